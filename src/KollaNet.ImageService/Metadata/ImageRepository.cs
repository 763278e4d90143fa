using System.Data.Common;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;

namespace KollaNet.ImageService.Metadata;

/// <summary>Glance's tables over any of our databases. Writes lock the row in <c>images</c> first, so two of them never wait for each other in a circle.</summary>
internal sealed class ImageRepository(Transactions transactions) : IImageRepository
{
    private readonly ImageLookups lookups = new(transactions);
    private readonly SharedReads<IReadOnlyList<Image>> lists = new();

    private SqlDialect Dialect => transactions.Dialect;

    public async Task<Image?> FindAsync(string id, Caller caller, CancellationToken cancel)
    {
        Image? image = await lookups.FindAsync(id, cancel);
        if (image is null || VisibleImages.IsShown(image, caller)) return image;
        return VisibleImages.IsShownToMembers(image) && caller.ProjectId is { } project && await IsMemberAsync(image, project, cancel) ? image : null;
    }

    public Task<IReadOnlyList<Image>> ListAsync(ImageQuery query, Caller caller, CancellationToken cancel)
    {
        var who = new Caller { IsAdmin = caller.IsAdmin, IsReadOnly = caller.IsReadOnly, ProjectId = caller.ProjectId };   // All that a list depends on.
        string question = $"{who.IsAdmin} {who.IsReadOnly} {query.ToJson()} {who.ProjectId}";
        return lists.ReadAsync(question, () => transactions.ReadAsync(session => ImageListing.PageAsync(session, query, who, CancellationToken.None), CancellationToken.None), cancel);
    }

    public Task AddAsync(Image image, CancellationToken cancel) =>
        transactions.WriteAsync(session => ImageSaving.AddAsync(session, image, cancel), cancel);

    public Task<Image> SaveAsync(Image image, ImageStatus expected, CancellationToken cancel) =>
        transactions.WriteAsync(session => ImageSaving.SaveAsync(session, image, expected, cancel), cancel);

    public Task<Image> ChangeAsync(string id, Func<Image, Task<Image>> change, CancellationToken cancel) =>
        transactions.WriteAsync(session => ImageTaskLock.ChangeAsync(session, id, change, cancel), cancel);

    public Task<Image> TakeForTaskAsync(string id, string taskId, string? staleTaskId, DateTime at, Func<Image, Image> change, CancellationToken cancel) =>
        transactions.WriteAsync(session => ImageTaskLock.ChangeAsync(session, id, async current =>
        {
            await ImageTaskLock.TakeAsync(session, id, taskId, staleTaskId, at, cancel);
            return change(current);
        }, cancel), cancel);

    public Task<Image> ChangeForTaskAsync(string id, string taskId, bool release, DateTime at, Func<Image, Image> change, CancellationToken cancel) =>
        transactions.WriteAsync(async session =>
        {
            try
            {
                return await ImageTaskLock.ChangeAsync(session, id, async current =>
                {
                    await ImageTaskLock.VerifyAsync(session, id, taskId, cancel);
                    if (release) await ImageTaskLock.ReleaseAsync(session, id, taskId, at, cancel);
                    return change(current);
                }, cancel);
            }
            catch (ImageMissingException)
            {
                throw new ImageTaskLostException(id, taskId);
            }
        }, cancel);

    public Task<bool> TouchAsync(string id, ImageStatus expected, DateTime at, CancellationToken cancel)
    {
        Sql touch = $"UPDATE images SET updated_at = {at.WholeSeconds()} WHERE id = {id} AND status = {expected.Name()} AND deleted = 0";
        return transactions.WriteAsync(async session => await session.ExecuteAsync(touch, cancel) > 0, cancel);
    }

    public Task DeleteAsync(string id, ImageStatus expected, DateTime at, CancellationToken cancel) =>
        transactions.WriteAsync(session => ImageSaving.DeleteAsync(session, id, expected, ImageStatus.Deleted, at, cancel), cancel);

    public Task DeleteLaterAsync(string id, ImageStatus expected, DateTime at, CancellationToken cancel) =>
        transactions.WriteAsync(session => ImageSaving.DeleteAsync(session, id, expected, ImageStatus.PendingDelete, at, cancel), cancel);

    public Task AddTagAsync(string id, string tag, DateTime at, CancellationToken cancel) =>
        transactions.WriteAsync(session => ImageTags.AddAsync(session, id, tag, at, cancel), cancel);

    public Task<bool> RemoveTagAsync(string id, string tag, DateTime at, CancellationToken cancel) =>
        transactions.WriteAsync(session => ImageTags.RemoveAsync(session, id, tag, at, cancel), cancel);

    public Task<IReadOnlyList<ImageMember>> ListMembersAsync(string imageId, CancellationToken cancel) =>
        transactions.ReadAsync(session => ImageMembers.ListAsync(session, imageId, cancel), cancel);

    public Task<ImageMember> AddMemberAsync(string imageId, string memberId, DateTime at, CancellationToken cancel) =>
        transactions.WriteAsync(session => ImageMembers.AddAsync(session, imageId, memberId, at, cancel), cancel);

    public Task<ImageMember?> SetMemberStatusAsync(string imageId, string memberId, string status, DateTime at, CancellationToken cancel) =>
        transactions.WriteAsync(session => ImageMembers.SetStatusAsync(session, imageId, memberId, status, at, cancel), cancel);

    public Task<bool> RemoveMemberAsync(string imageId, string memberId, DateTime at, CancellationToken cancel) =>
        transactions.WriteAsync(session => ImageMembers.RemoveAsync(session, imageId, memberId, at, cancel), cancel);

    public Task<IReadOnlyList<Image>> ListStuckAsync(IReadOnlyList<ImageStatus> statuses, DateTime before, CancellationToken cancel)
    {
        Sql where = $"i.deleted = 0 AND {Sql.In("i.status", [.. statuses.Select(s => s.Name())])} AND COALESCE(i.updated_at, i.created_at) < {before}";
        return transactions.ReadAsync(
            session => ImageListing.FetchAsync(session, $"{ImageRows.ImagesOnly(where, Dialect)} ORDER BY i.created_at, i.id", cancel), cancel);
    }

    public Task<long> UsageBytesAsync(string? owner, CancellationToken cancel)
    {
        Sql owned = owner is null ? $"i.owner IS NULL" : Dialect.Exact("i.owner", owner);
        Sql sum = $"""
            SELECT CAST(COALESCE(SUM(i.size), 0) AS SIGNED) FROM images i JOIN image_locations l ON l.image_id = i.id AND l.deleted = 0
            WHERE i.deleted = 0 AND i.status NOT IN ('killed', 'deleted', 'pending_delete') AND {owned}
            """;
        return transactions.ReadAsync(
            async session => Convert.ToInt64(await session.ScalarAsync(sum, cancel), System.Globalization.CultureInfo.InvariantCulture), cancel);
    }

    private Task<bool> IsMemberAsync(Image image, string project, CancellationToken cancel)
    {
        Sql member = $"SELECT 1 FROM image_members m WHERE m.image_id = {image.Id} AND m.deleted = 0 AND {Dialect.Exact("m.member", project)}";
        return transactions.ReadAsync(async session => await session.ScalarAsync(member, cancel) is not null, cancel);
    }

    public async Task<bool> IsReadyAsync(CancellationToken cancel)
    {
        try
        {
            List<string> revisions = await transactions.ReadAsync(
                session => session.ListAsync($"SELECT version_num FROM alembic_version", row => row.GetString(0), cancel), cancel);
            return SchemaRevision.Read([.. revisions], out _) is not null;
        }
        catch (DbException)
        {
            return false;
        }
    }
}
