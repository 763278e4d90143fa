namespace KollaNet.ImageService.Metadata;

/// <summary>Rows of <c>image_tags</c>: a tag that comes back is a new row. Tags that differ in case are different tags.</summary>
internal static class ImageTags
{
    public static async Task<bool> AddAsync(Session session, string id, string tag, DateTime at, CancellationToken cancel)
    {
        // This UPDATE locks the image before it looks for the tag: of two that add the same one, the second finds it.
        bool added = await TouchAsync(session, id, at, $"NOT EXISTS ({Live(session, id, tag)})", cancel);
        if (added)
            await InsertAsync(session, id, [tag], at, cancel);
        else if (await session.ScalarAsync($"SELECT 1 FROM images i WHERE i.id = {id} AND i.deleted = 0", cancel) is null)
            throw new ImageMissingException(id);
        return added;
    }

    public static async Task<bool> RemoveAsync(Session session, string id, string tag, DateTime at, CancellationToken cancel)
    {
        if (!await TouchAsync(session, id, at, $"EXISTS ({Live(session, id, tag)})", cancel)) return false;
        await session.ExecuteAsync(
            $"""
            UPDATE image_tags SET deleted = 1, deleted_at = {at.WholeSeconds()}, updated_at = {at.WholeSeconds()}
            WHERE image_id = {id} AND deleted = 0 AND {session.Dialect.Exact("value", tag)}
            """,
            cancel);
        return true;
    }

    public static async Task InsertAsync(Session session, string id, IEnumerable<string> tags, DateTime at, CancellationToken cancel)
    {
        foreach (string[] some in tags.Chunk(ImageSaving.RowsPerInsert))
        {
            Sql rows = Sql.Join(", ", some.Select(tag => { Sql row = $"({id}, {tag}, {at.WholeSeconds()}, {at.WholeSeconds()}, 0)"; return row; }));
            await session.ExecuteAsync($"INSERT INTO image_tags (image_id, value, created_at, updated_at, deleted) VALUES {rows}", cancel);
        }
    }

    private static async Task<bool> TouchAsync(Session session, string id, DateTime at, Sql condition, CancellationToken cancel) =>
        await session.ExecuteAsync(
            $"UPDATE images SET updated_at = {at.WholeSeconds()} WHERE id = {id} AND deleted = 0 AND {condition}", cancel) > 0;

    private static Sql Live(Session session, string id, string tag) =>
        $"SELECT 1 FROM image_tags t WHERE t.image_id = {id} AND t.deleted = 0 AND {session.Dialect.Exact("t.value", tag)}";
}
