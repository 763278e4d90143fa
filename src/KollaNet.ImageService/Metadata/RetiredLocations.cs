using KollaNet.ImageService.Images;

namespace KollaNet.ImageService.Metadata;

/// <summary>Locations that living images gave up while their data still waits to be deleted: marked <c>pending_delete</c> like those of the scrubber, so that a
/// process that dies in between leaves a note of what is to go.</summary>
public sealed class RetiredLocations
{
    private readonly Transactions transactions;

    internal RetiredLocations(Transactions transactions) => this.transactions = transactions;

    /// <summary>Image id and location of each, also of images that were deleted since; not of those that wait for the scrubber, which does this, too.</summary>
    public Task<IReadOnlyList<(string ImageId, ImageLocation Location)>> ListAsync(CancellationToken cancel) => transactions.ReadAsync<IReadOnlyList<(string, ImageLocation)>>(async session => await session.ListAsync(
        $"""
        SELECT i.id, l.id, l.value, l.meta_data FROM image_locations l JOIN images i ON i.id = l.image_id
        WHERE l.deleted = 1 AND l.status = 'pending_delete' AND i.status <> 'pending_delete' ORDER BY l.id
        """,
        row => (row.GetString(0), new ImageLocation(row.GetInt64(1), session.Cipher.Read(row.GetString(2)), ImageRows.ParseMetadata(row.IsDBNull(3) ? null : row.GetString(3)), "pending_delete")), cancel), cancel);

    /// <summary>Its data is gone.</summary>
    public Task EndAsync(ImageLocation location, CancellationToken cancel) => transactions.WriteAsync(
        session => session.ExecuteAsync($"UPDATE image_locations SET status = 'deleted' WHERE id = {location.RowId} AND status = 'pending_delete'", cancel), cancel);
}
