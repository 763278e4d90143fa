using System.Collections.Immutable;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Imports;

namespace KollaNet.ImageService.Metadata;

/// <summary>Images that are deleted to everybody while their data waits for the scrubber, in the rows that Glance's delayed delete leaves: <c>deleted = 1</c>, status
/// <c>pending_delete</c> on the image and its locations. Source: image-api reference 3, 7.</summary>
public sealed class PendingDeletions
{
    private readonly Transactions transactions;

    internal PendingDeletions(Transactions transactions) => this.transactions = transactions;

    /// <summary>Ids of images deleted at <paramref name="deletedBefore"/> or earlier, oldest first.</summary>
    public Task<IReadOnlyList<string>> ListAsync(DateTime deletedBefore, CancellationToken cancel) => transactions.ReadAsync<IReadOnlyList<string>>(async session => await session.ListAsync(
        $"""
        SELECT id FROM images WHERE status = 'pending_delete' AND deleted = 1 AND COALESCE(deleted_at, updated_at, created_at) <= {deletedBefore.WholeSeconds()}
        ORDER BY COALESCE(deleted_at, updated_at, created_at), id
        """,
        row => row.GetString(0), cancel), cancel);

    /// <summary>Of every image that waits: its id, its size in bytes (0 when unknown) and where its data still is, one entry per location, by image.</summary>
    public Task<IReadOnlyList<(string ImageId, long SizeBytes, ImageLocation Location)>> LocationsAsync(CancellationToken cancel) => transactions.ReadAsync<IReadOnlyList<(string, long, ImageLocation)>>(async session => await session.ListAsync(
        $"""
        SELECT i.id, COALESCE(i.size, 0), l.id, l.value, l.meta_data FROM image_locations l JOIN images i ON i.id = l.image_id
        WHERE i.status = 'pending_delete' AND (l.deleted = 0 OR l.status = 'pending_delete') ORDER BY i.id, l.id
        """,
        row => (row.GetString(0), row.GetInt64(1), new ImageLocation(row.GetInt64(2), session.Cipher.Read(row.GetString(3)), ImageRows.ParseMetadata(row.IsDBNull(4) ? null : row.GetString(4)), "pending_delete")), cancel), cancel);

    /// <summary>Ends an image: its data first, then its rows. The image is locked meanwhile, so that it cannot be restored without its data.</summary>
    /// <param name="deleteData">Removes the data of these locations; may run more than once. What it throws leaves the image pending.</param>
    /// <returns>False: it is not pending any more.</returns>
    public Task<bool> ScrubAsync(string id, DateTime at, Func<ImmutableArray<ImageLocation>, Task> deleteData, CancellationToken cancel) => transactions.WriteAsync(async session =>
    {
        if (!await LockAsync(session, id, cancel)) return false;
        Sql pending = $"image_id = {id} AND (deleted = 0 OR status = 'pending_delete')";
        await deleteData([.. await session.ListAsync(
            $"SELECT id, value, meta_data, status FROM image_locations WHERE {pending} ORDER BY id",
            row => new ImageLocation(row.GetInt64(0), session.Cipher.Read(row.GetString(1)), ImageRows.ParseMetadata(row.IsDBNull(2) ? null : row.GetString(2)), row.GetString(3)), cancel)]);
        DateTime now = at.WholeSeconds();
        await session.ExecuteAsync(
            $"UPDATE image_locations SET status = 'deleted', deleted = 1, deleted_at = COALESCE(deleted_at, {now}), updated_at = {now} WHERE {pending}", cancel);
        await session.ExecuteAsync(
            $"UPDATE images SET status = 'deleted', deleted = 1, deleted_at = COALESCE(deleted_at, {now}), updated_at = {now} WHERE id = {id}", cancel);
        return true;
    }, cancel);

    /// <summary>Makes an image active again, with everything that was deleted together with it.</summary>
    /// <returns>False: there is no such image waiting to be scrubbed.</returns>
    public Task<bool> RestoreAsync(string id, DateTime at, CancellationToken cancel) => transactions.WriteAsync(async session =>
    {
        if (!await LockAsync(session, id, cancel)) return false;
        DateTime now = at.WholeSeconds();
        Sql alive = $"deleted = 0, deleted_at = NULL, updated_at = {now}";
        Sql together = $"image_id = {id} AND deleted = 1 AND deleted_at = (SELECT deleted_at FROM images WHERE id = {id})";
        await session.ExecuteAsync($"UPDATE image_properties SET {alive} WHERE {together} AND name NOT IN ({ImportProperties.Lock}, {UploadOwnership.PropertyName})", cancel);
        await session.ExecuteAsync($"UPDATE image_tags SET {alive} WHERE {together}", cancel);
        await session.ExecuteAsync($"UPDATE image_members SET {alive} WHERE {together}", cancel);
        await session.ExecuteAsync($"UPDATE image_locations SET {alive}, status = 'active' WHERE image_id = {id} AND status = 'pending_delete'", cancel);
        await session.ExecuteAsync($"UPDATE images SET status = 'active', {alive} WHERE id = {id}", cancel);
        return true;
    }, cancel);

    /// <summary>Only those: of images that are not deleted to the database a service or its recovery removes the data just now.</summary>
    private static async Task<bool> LockAsync(Session session, string id, CancellationToken cancel) =>
        await session.ScalarAsync($"SELECT 1 FROM images WHERE id = {id} AND status = 'pending_delete' AND deleted = 1{Sql.Raw(session.Dialect.ForUpdate)}", cancel) is not null;
}
