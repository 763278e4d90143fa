using System.Data.Common;
using KollaNet.ImageService.Metadata;

namespace KollaNet.ImageService.Caching;

/// <summary>Driver <c>centralized_db</c>: the tables <c>node_reference</c> and <c>cached_images</c> of the image database, shared by all nodes.
/// Source: image-api reference 7.</summary>
/// <param name="nodeUrl">Option <c>worker_self_reference_url</c>, by which nodes tell each other apart.</param>
internal sealed class DatabaseCacheIndex(Transactions transactions, string nodeUrl) : ICacheIndex
{
    private Sql Node => $"(SELECT node_reference_id FROM node_reference WHERE node_reference_url = {nodeUrl})";

    public Task<IReadOnlyList<CacheEntry>> ListAsync(CancellationToken cancel) => transactions.ReadAsync<IReadOnlyList<CacheEntry>>(async session => await session.ListAsync(
        $"SELECT image_id, last_accessed, last_modified, size, hits, checksum FROM cached_images WHERE node_reference_id = {Node} ORDER BY last_accessed, id", Read, cancel), cancel);

    public async Task PutAsync(CacheEntry entry, CancellationToken cancel)
    {
        try
        {
            await transactions.WriteAsync(session => PutAsync(session, entry, cancel), cancel);
        }
        catch (DbException e) when (transactions.Dialect.IsDuplicateKey(e))
        {
            // Another process of this node stored it at the same moment.
            await transactions.WriteAsync(session => PutAsync(session, entry, cancel), cancel);
        }
    }

    public Task<bool> HitAsync(string imageId, string? checksum, DateTime at, CancellationToken cancel)
    {
        Sql same = checksum is null ? Sql.Raw("checksum IS NULL") : $"(checksum IS NULL OR checksum = {checksum})";
        return transactions.WriteAsync(async session => await session.ExecuteAsync(
            $"UPDATE cached_images SET hits = hits + 1, last_accessed = {at.WholeSeconds()} WHERE image_id = {imageId} AND node_reference_id = {Node} AND {same}", cancel) > 0, cancel);
    }

    public Task RemoveAsync(string imageId, CancellationToken cancel) =>
        transactions.WriteAsync(session => session.ExecuteAsync($"DELETE FROM cached_images WHERE image_id = {imageId} AND node_reference_id = {Node}", cancel), cancel);

    public async Task<IReadOnlyList<string>?> FindNodesAsync(string imageId, CancellationToken cancel) => await transactions.ReadAsync(session => session.ListAsync(
        $"""
        SELECT n.node_reference_url FROM cached_images c JOIN node_reference n ON n.node_reference_id = c.node_reference_id
        WHERE c.image_id = {imageId} ORDER BY n.node_reference_url
        """,
        row => row.GetString(0), cancel), cancel);

    /// <summary>The database belongs to the service.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<int> PutAsync(Session session, CacheEntry entry, CancellationToken cancel)
    {
        Sql node = $"SELECT node_reference_id FROM node_reference WHERE node_reference_url = {nodeUrl}";
        if (await session.ScalarAsync(node, cancel) is null) await session.ExecuteAsync($"INSERT INTO node_reference (node_reference_url) VALUES ({nodeUrl})", cancel);
        await session.ExecuteAsync($"DELETE FROM cached_images WHERE image_id = {entry.ImageId} AND node_reference_id = {Node}", cancel);
        return await session.ExecuteAsync(
            $"""
            INSERT INTO cached_images (image_id, last_accessed, last_modified, size, hits, checksum, node_reference_id)
            VALUES ({entry.ImageId}, {entry.LastAccessed.WholeSeconds()}, {entry.LastModified.WholeSeconds()}, {entry.SizeBytes}, {entry.Hits}, {entry.Checksum}, {Node})
            """,
            cancel);
    }

    private CacheEntry Read(DbDataReader row) => new(
        row.GetString(0), transactions.Dialect.TimeAt(row, 1), transactions.Dialect.TimeAt(row, 2), row.GetInt64(3), row.GetInt64(4), row.IsDBNull(5) ? null : row.GetString(5));
}
