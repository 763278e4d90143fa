using System.Collections.Frozen;
using System.Data.Common;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Imports;

namespace KollaNet.ImageService.Metadata;

/// <summary>The tables <c>tasks</c> and <c>task_info</c> over any of our databases.</summary>
internal sealed class TaskRepository(Transactions transactions) : ITaskRepository
{
    private static readonly FrozenDictionary<string, string> SortColumns = new Dictionary<string, string>
    {
        ["id"] = "t.id",
        ["type"] = "t.type",
        ["status"] = "t.status",
        ["owner"] = "t.owner",
        ["created_at"] = "t.created_at",
        ["updated_at"] = "COALESCE(t.updated_at, t.created_at)",
    }.ToFrozenDictionary();

    private static readonly Sql Running = Sql.Raw("deleted = 0 AND status IN ('pending', 'processing')");

    private SqlDialect Dialect => transactions.Dialect;

    public Task AddAsync(ImageTask task, CancellationToken cancel) => transactions.WriteAsync(async session =>
    {
        await session.ExecuteAsync(
            $"""
            INSERT INTO tasks (id, type, status, owner, expires_at, created_at, updated_at, deleted, image_id, request_id, user_id)
            VALUES ({task.Id}, {task.Type}, {Name(task.Status)}, {task.Owner}, {Whole(task.ExpiresAt)}, {task.CreatedAt.WholeSeconds()},
                {task.UpdatedAt.WholeSeconds()}, 0, {task.ImageId}, {task.RequestId}, {task.UserId})
            """,
            cancel);
        return await session.ExecuteAsync(
            $"INSERT INTO task_info (task_id, input, result, message) VALUES ({task.Id}, {task.Input}, {task.Result}, {task.Message})", cancel);
    }, cancel);

    public async Task<ImageTask?> FindAsync(string id, Caller caller, CancellationToken cancel) =>
        await FetchAsync($"t.id = {id} AND t.deleted = 0 AND {Seen(caller)}", cancel) is [ImageTask task, ..] ? task : null;

    public Task<IReadOnlyList<ImageTask>> ListForImageAsync(string imageId, Caller caller, CancellationToken cancel) =>
        FetchAsync($"t.image_id = {imageId} AND t.deleted = 0 AND {Seen(caller)} ORDER BY t.created_at, t.id", cancel);

    public Task<IReadOnlyList<ImageTask>> ListSilentAsync(DateTime before, CancellationToken cancel) =>
        FetchAsync(
            $"t.deleted = 0 AND t.status IN ('pending', 'processing') AND COALESCE(t.updated_at, t.created_at) < {before} ORDER BY t.created_at, t.id", cancel);

    public async Task<IReadOnlyList<ImageTask>> ListAsync(TaskQuery query, Caller caller, CancellationToken cancel)
    {
        Sql where = $"t.deleted = 0 AND {Seen(caller)}";
        if (query.Status is { } status) where = $"{where} AND t.status = {Name(status)}";
        if (query.Type is { } type) where = $"{where} AND t.type = {type}";
        if (query.Marker is { } marker)
        {
            ImageTask last = await FindAsync(marker, caller, cancel) ?? throw new TaskMarkerNotFoundException(marker);
            where = $"{where} AND {After(last, query)}";
        }

        string order = string.Join(", ", query.Sort.Select(key => $"{SortColumns[key.Column]} {(key.Descending ? "DESC" : "ASC")}"));
        IReadOnlyList<ImageTask> page = await FetchAsync($"{where} ORDER BY {Sql.Raw(order)} LIMIT {query.Limit}", cancel);
        return [.. page.Select(task => task with { Input = null, Result = null, Message = "" })];
    }

    public Task<bool> SaveAsync(ImageTask task, CancellationToken cancel) => transactions.WriteAsync(async session =>
    {
        int matched = await session.ExecuteAsync(
            $"""
            UPDATE tasks SET status = {Name(task.Status)}, image_id = {task.ImageId}, expires_at = {Whole(task.ExpiresAt)}, updated_at = {task.UpdatedAt.WholeSeconds()}
            WHERE id = {task.Id} AND {Running}
            """,
            cancel);
        if (matched == 0) return false;
        await session.ExecuteAsync($"UPDATE task_info SET result = {task.Result}, message = {task.Message} WHERE task_id = {task.Id}", cancel);
        return true;
    }, cancel);

    public Task<bool> TouchAsync(string id, string? message, DateTime at, CancellationToken cancel) => transactions.WriteAsync(async session =>
    {
        if (await session.ExecuteAsync($"UPDATE tasks SET updated_at = {at.WholeSeconds()} WHERE id = {id} AND {Running}", cancel) == 0) return false;
        if (message is not null) await session.ExecuteAsync($"UPDATE task_info SET message = {message} WHERE task_id = {id}", cancel);
        return true;
    }, cancel);

    public Task ExpireAsync(string owner, DateTime now, CancellationToken cancel) => transactions.WriteAsync(
        session => session.ExecuteAsync(
            $"""
            UPDATE tasks SET deleted = 1, deleted_at = {now.WholeSeconds()}, updated_at = {now.WholeSeconds()}
            WHERE deleted = 0 AND expires_at <= {now.WholeSeconds()} AND {Dialect.Exact("owner", owner)}
            """,
            cancel), cancel);

    private static string Name(ImageTaskStatus status) => status.ToString().ToLowerInvariant();

    private static DateTime? Whole(DateTime? time) => time?.WholeSeconds();

    private Sql Seen(Caller caller) => caller.IsAdmin ? Sql.True : Dialect.Exact("t.owner", caller.ProjectId ?? "");

    private static Sql After(ImageTask last, TaskQuery query)
    {
        Sql condition = Sql.False;
        foreach (SortKey key in query.Sort.Reverse())
        {
            Sql column = Sql.Raw(SortColumns[key.Column]), compare = Sql.Raw(key.Descending ? "<" : ">");
            condition = key.Column switch
            {
                "created_at" => $"({column} {compare} {last.CreatedAt} OR ({column} = {last.CreatedAt} AND {condition}))",
                "updated_at" => $"({column} {compare} {last.UpdatedAt} OR ({column} = {last.UpdatedAt} AND {condition}))",
                _ => $"({column} {compare} {TextOf(last, key)} OR ({column} = {TextOf(last, key)} AND {condition}))",
            };
        }

        return condition;
    }

    private static string TextOf(ImageTask task, SortKey key) => key.Column switch
    {
        "id" => task.Id,
        "type" => task.Type,
        "status" => Name(task.Status),
        _ => task.Owner,
    };

    private Task<IReadOnlyList<ImageTask>> FetchAsync(Sql where, CancellationToken cancel) => transactions.ReadAsync<IReadOnlyList<ImageTask>>(
        async session => await session.ListAsync(
            $"""
            SELECT t.id, t.type, t.status, t.owner, t.expires_at, t.created_at, COALESCE(t.updated_at, t.created_at), t.image_id, t.request_id, t.user_id,
                i.input, i.result, i.message
            FROM tasks t LEFT JOIN task_info i ON i.task_id = t.id WHERE {where}
            """,
            Read, cancel), cancel);

    private ImageTask Read(DbDataReader row) => new()
    {
        Id = row.GetString(0),
        Type = row.GetString(1),
        Status = Enum.TryParse(row.GetString(2), ignoreCase: true, out ImageTaskStatus status) ? status : ImageTaskStatus.Failure,
        Owner = row.GetString(3),
        ExpiresAt = row.IsDBNull(4) ? null : Dialect.TimeAt(row, 4),
        CreatedAt = Dialect.TimeAt(row, 5),
        UpdatedAt = Dialect.TimeAt(row, 6),
        ImageId = TextAt(row, 7),
        RequestId = TextAt(row, 8),
        UserId = TextAt(row, 9),
        Input = TextAt(row, 10),
        Result = TextAt(row, 11),
        Message = TextAt(row, 12) ?? "",
    };

    private static string? TextAt(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
