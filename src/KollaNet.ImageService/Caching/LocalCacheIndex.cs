using System.Data.Common;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Metadata.Sqlite;

namespace KollaNet.ImageService.Caching;

/// <summary>Drivers <c>sqlite</c> and <c>xattr</c>: a SQLite file in the cache's own folder, in the shape that Glance's sqlite driver gives it. Times are epoch seconds.</summary>
internal sealed class LocalCacheIndex : ICacheIndex
{
    private const string Table = """
        CREATE TABLE IF NOT EXISTS cached_images (image_id TEXT PRIMARY KEY, last_accessed REAL DEFAULT 0.0, last_modified REAL DEFAULT 0.0,
            size INTEGER DEFAULT 0, hits INTEGER DEFAULT 0, checksum TEXT)
        """;

    private readonly SqliteDataSource source;
    private readonly Transactions transactions;

    /// <param name="path">The file; made by the first change.</param>
    public LocalCacheIndex(string path)
    {
        source = new SqliteDataSource(path);
        transactions = new Transactions(source, new SqliteDialect());
    }

    public Task<IReadOnlyList<CacheEntry>> ListAsync(CancellationToken cancel) => WithTableAsync<IReadOnlyList<CacheEntry>>(async session => await session.ListAsync(
        $"SELECT image_id, last_accessed, last_modified, size, hits, checksum FROM cached_images ORDER BY last_accessed, rowid", Read, cancel), cancel);

    public Task PutAsync(CacheEntry entry, CancellationToken cancel) => WithTableAsync(session => session.ExecuteAsync(
        $"""
        INSERT OR REPLACE INTO cached_images (image_id, last_accessed, last_modified, size, hits, checksum)
        VALUES ({entry.ImageId}, {Epoch(entry.LastAccessed)}, {Epoch(entry.LastModified)}, {entry.SizeBytes}, {entry.Hits}, {entry.Checksum})
        """,
        cancel), cancel);

    public Task<bool> HitAsync(string imageId, string? checksum, DateTime at, CancellationToken cancel)
    {
        Sql same = checksum is null ? Sql.Raw("checksum IS NULL") : $"(checksum IS NULL OR checksum = {checksum})";
        return WithTableAsync(async session => await session.ExecuteAsync(
            $"UPDATE cached_images SET hits = hits + 1, last_accessed = {Epoch(at)} WHERE image_id = {imageId} AND {same}", cancel) > 0, cancel);
    }

    public Task RemoveAsync(string imageId, CancellationToken cancel) =>
        WithTableAsync(session => session.ExecuteAsync($"DELETE FROM cached_images WHERE image_id = {imageId}", cancel), cancel);

    public Task<IReadOnlyList<string>?> FindNodesAsync(string imageId, CancellationToken cancel) => Task.FromResult<IReadOnlyList<string>?>(null);

    public ValueTask DisposeAsync() => source.DisposeAsync();

    /// <summary>The folder may be emptied, or mounted late, while the service runs.</summary>
    private Task<T> WithTableAsync<T>(Func<Session, Task<T>> work, CancellationToken cancel) => transactions.WriteAsync(async session =>
    {
        await session.ExecuteAsync(Sql.Raw(Table), cancel);
        return await work(session);
    }, cancel);

    private static double Epoch(DateTime time) => (time - DateTime.UnixEpoch).TotalSeconds;

    private static CacheEntry Read(DbDataReader row) => new(
        row.GetString(0), DateTime.UnixEpoch.AddSeconds(row.GetDouble(1)), DateTime.UnixEpoch.AddSeconds(row.GetDouble(2)), row.GetInt64(3), row.GetInt64(4),
        row.IsDBNull(5) ? null : row.GetString(5));
}
