namespace KollaNet.ImageService.Metadata;

/// <summary>Removes rows for good that were marked deleted some time ago. Rows of <c>images</c> go by a call of their own, so that they can be kept longer: an id is
/// free for anybody to use again once its row is gone, and what still refers to it would then mean another image. Source: OSSN-0075.</summary>
public sealed class DatabasePurge
{
    /// <summary>Rows per transaction: a large purge does not hold locks that requests wait for.</summary>
    private const int Batch = 1000;

    /// <summary>Tables with their key and, where there is one, what else must hold, in an order in which children go before parents. Data whose location waits for
    /// the scrubber is found by that row only.</summary>
    private static readonly (string Table, string Key, string Condition)[] ExceptImages =
    [
        ("task_info", "task_id", "task_id IN (SELECT t.id FROM tasks t WHERE {0})"),
        ("image_properties", "id", "{0}"),
        ("image_tags", "id", "{0}"),
        ("image_members", "id", "{0}"),
        ("image_locations", "id", "{0} AND status <> 'pending_delete'"),
        ("tasks", "id", "{0} AND NOT EXISTS (SELECT 1 FROM task_info i WHERE i.task_id = tasks.id)"),
    ];

    private static readonly (string Table, string Key, string Condition) Images = ("images", "id", "{0} AND status <> 'pending_delete'"
        + string.Concat(new[] { "image_properties", "image_tags", "image_members", "image_locations" }.Select(child => $" AND NOT EXISTS (SELECT 1 FROM {child} c WHERE c.image_id = images.id)")));

    private readonly Transactions transactions;

    internal DatabasePurge(Transactions transactions) => this.transactions = transactions;

    /// <summary>Purges every table but <c>images</c>.</summary>
    /// <param name="before">Rows that were deleted later stay.</param>
    /// <param name="maxRows">Most rows of each table; null for all.</param>
    public async Task<IReadOnlyList<PurgedTable>> PurgeExceptImagesAsync(DateTime before, int? maxRows, CancellationToken cancel)
    {
        List<PurgedTable> purged = [];
        foreach ((string Table, string Key, string Condition) rows in ExceptImages) purged.Add(await PurgeAsync(rows, before, maxRows, cancel));
        return purged;
    }

    /// <summary>Purges rows of <c>images</c> that nothing refers to any more.</summary>
    /// <param name="before">Rows that were deleted later stay.</param>
    /// <param name="maxRows">Most rows; null for all.</param>
    public Task<PurgedTable> PurgeImagesAsync(DateTime before, int? maxRows, CancellationToken cancel) => PurgeAsync(Images, before, maxRows, cancel);

    private async Task<PurgedTable> PurgeAsync((string Table, string Key, string Condition) rows, DateTime before, int? maxRows, CancellationToken cancel)
    {
        Sql old = $"deleted = 1 AND deleted_at < {before.WholeSeconds()}";
        string[] around = rows.Condition.Split("{0}");
        Sql condition = $"{Sql.Raw(around[0])}{old}{Sql.Raw(around[1])}", table = Sql.Raw(rows.Table), key = Sql.Raw(rows.Key);
        long purged = 0;
        while (true)
        {
            int some = (int)Math.Min(Batch, (maxRows ?? long.MaxValue) - purged);
            Sql delete = $"DELETE FROM {table} WHERE {key} IN (SELECT x.{key} FROM (SELECT {key} FROM {table} WHERE {condition} ORDER BY {key} LIMIT {some}) x)";
            int gone = some == 0 ? 0 : await transactions.WriteAsync(session => session.ExecuteAsync(delete, cancel), cancel);
            purged += gone;
            if (gone < Batch) return new PurgedTable(rows.Table, purged);
        }
    }
}

/// <summary>What a purge took from one table.</summary>
public sealed record PurgedTable(string Table, long Rows);
