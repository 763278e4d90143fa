using System.Data.Common;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Imports;

namespace KollaNet.ImageService.Metadata;

/// <summary>The property that says which task has the image. The table's unique key decides between two that want it, also when one is a Glance.</summary>
internal static class ImageTaskLock
{
    private static readonly Sql Name = Sql.Raw($"name = '{ImportProperties.Lock}'");

    /// <param name="staleTaskId">A task that may be pushed aside; null for none.</param>
    /// <exception cref="ImageHasTaskException">Another task has it.</exception>
    public static async Task TakeAsync(Session session, string imageId, string taskId, string? staleTaskId, DateTime at, CancellationToken cancel)
    {
        DateTime now = at.WholeSeconds();
        try
        {
            await session.ExecuteAsync(
                $"""
                INSERT INTO image_properties (image_id, name, value, created_at, updated_at, deleted)
                VALUES ({imageId}, {ImportProperties.Lock}, {taskId}, {now}, {now}, 0)
                """,
                cancel);
            return;
        }
        catch (DbException error) when (session.Dialect.IsDuplicateKey(error))
        {
            // There is a row: of a task that has ended, or of one that holds it.
        }

        int taken = await session.ExecuteAsync(
            $"""
            UPDATE image_properties SET value = {taskId}, updated_at = {now}, deleted_at = NULL, deleted = 0
            WHERE image_id = {imageId} AND {Name} AND (deleted = 1 OR value = {staleTaskId})
            """,
            cancel);
        if (taken == 0) throw new ImageHasTaskException(imageId);
    }

    /// <exception cref="ImageTaskLostException">The task does not have it.</exception>
    public static async Task VerifyAsync(Session session, string imageId, string taskId, CancellationToken cancel)
    {
        object? held = await session.ScalarAsync(
            $"SELECT 1 FROM image_properties WHERE image_id = {imageId} AND {Name} AND deleted = 0 AND value = {taskId}{Sql.Raw(session.Dialect.ForUpdate)}", cancel);
        if (held is null) throw new ImageTaskLostException(imageId, taskId);
    }

    public static Task ReleaseAsync(Session session, string imageId, string taskId, DateTime at, CancellationToken cancel) =>
        session.ExecuteAsync(
            $"""
            UPDATE image_properties SET deleted = 1, deleted_at = {at.WholeSeconds()}, updated_at = {at.WholeSeconds()}
            WHERE image_id = {imageId} AND {Name} AND deleted = 0 AND value = {taskId}
            """,
            cancel);

    /// <summary>Locks the image's row, changes the image as it is now, saves it.</summary>
    /// <exception cref="ImageMissingException">There is no such image.</exception>
    public static async Task<Image> ChangeAsync(Session session, string id, Func<Image, Task<Image>> change, CancellationToken cancel)
    {
        Sql row = $"SELECT 1 FROM images WHERE id = {id} AND deleted = 0 AND status <> 'pending_delete'{Sql.Raw(session.Dialect.ForUpdate)}";
        if (await session.ScalarAsync(row, cancel) is null) throw new ImageMissingException(id);
        Image current = (await ImageSaving.LoadAsync(session, id, cancel))!;
        return await ImageSaving.SaveAsync(session, await change(current), current.Status, cancel);
    }
}
