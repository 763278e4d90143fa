using System.Data.Common;
using KollaNet.ImageService.Images;

namespace KollaNet.ImageService.Metadata;

/// <summary>Rows of <c>image_members</c>. The unique key does not forbid two live rows (their <c>deleted_at</c> is NULL), so the image's row is the lock.</summary>
internal static class ImageMembers
{
    public static async Task<IReadOnlyList<ImageMember>> ListAsync(Session session, string imageId, CancellationToken cancel) =>
        await session.ListAsync(Select($"m.image_id = {imageId} AND m.deleted = 0 ORDER BY m.created_at, m.id"), row => Read(row, session.Dialect), cancel);

    public static async Task<ImageMember> AddAsync(Session session, string imageId, string memberId, DateTime at, CancellationToken cancel)
    {
        await LockAsync(session, imageId, cancel);
        if (await FindAsync(session, imageId, memberId, cancel) is not null) throw new MemberExistsException(imageId, memberId);
        object? deleted = await session.ScalarAsync(
            $"SELECT MAX(id) FROM image_members WHERE image_id = {imageId} AND deleted = 1 AND {session.Dialect.Exact("member", memberId)}", cancel);
        DateTime now = at.WholeSeconds();
        Sql change = deleted is null
            ? $"""
              INSERT INTO image_members (image_id, member, can_share, created_at, updated_at, deleted, status)
              VALUES ({imageId}, {memberId}, 0, {now}, {now}, 0, 'pending')
              """
            : (Sql)$"UPDATE image_members SET deleted = 0, deleted_at = NULL, updated_at = {now}, status = 'pending' WHERE id = {deleted}";
        await session.ExecuteAsync(change, cancel);
        return (await FindAsync(session, imageId, memberId, cancel))!;
    }

    public static async Task<ImageMember?> SetStatusAsync(
        Session session, string imageId, string memberId, string status, DateTime at, CancellationToken cancel)
    {
        int found = await session.ExecuteAsync(
            $"UPDATE image_members SET status = {status}, updated_at = {at.WholeSeconds()} WHERE {Live(session, imageId, memberId)}", cancel);
        return found == 0 ? null : await FindAsync(session, imageId, memberId, cancel);
    }

    public static async Task<bool> RemoveAsync(Session session, string imageId, string memberId, DateTime at, CancellationToken cancel) =>
        await session.ExecuteAsync(
            $"""
            UPDATE image_members SET deleted = 1, deleted_at = {at.WholeSeconds()}, updated_at = {at.WholeSeconds()}
            WHERE {Live(session, imageId, memberId)}
            """,
            cancel) > 0;

    private static async Task LockAsync(Session session, string imageId, CancellationToken cancel)
    {
        Sql image = $"SELECT 1 FROM images WHERE id = {imageId} AND deleted = 0{Sql.Raw(session.Dialect.ForUpdate)}";
        if (await session.ScalarAsync(image, cancel) is null) throw new ImageMissingException(imageId);
    }

    private static async Task<ImageMember?> FindAsync(Session session, string imageId, string memberId, CancellationToken cancel)
    {
        Sql live = $"m.image_id = {imageId} AND m.deleted = 0 AND {session.Dialect.Exact("m.member", memberId)}";
        return (await session.ListAsync(Select(live), row => Read(row, session.Dialect), cancel)).FirstOrDefault();
    }

    private static Sql Live(Session session, string imageId, string memberId) =>
        $"image_id = {imageId} AND deleted = 0 AND {session.Dialect.Exact("member", memberId)}";

    private static Sql Select(Sql where) =>
        $"SELECT m.image_id, m.member, m.status, m.created_at, COALESCE(m.updated_at, m.created_at) FROM image_members m WHERE {where}";

    private static ImageMember Read(DbDataReader row, SqlDialect dialect) =>
        new(row.GetString(0), row.GetString(1), row.GetString(2), dialect.TimeAt(row, 3), dialect.TimeAt(row, 4));
}
