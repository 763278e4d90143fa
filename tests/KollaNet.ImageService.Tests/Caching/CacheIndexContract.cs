using KollaNet.ImageService.Caching;
using KollaNet.ImageService.Metadata;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Caching;

/// <summary>What every index of the image cache promises.</summary>
public abstract class CacheIndexContract
{
    private static readonly DateTime At = new(2026, 11, 22, 9, 50, 34, DateTimeKind.Utc);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected abstract Task<ICacheIndex> EmptyAsync();

    [Fact]
    public async Task An_entry_is_stored_replaced_counted_and_forgotten()
    {
        await using ICacheIndex index = await EmptyAsync();
        string id = Guid.NewGuid().ToString();
        (await index.ListAsync(Cancel)).Should().BeEmpty();
        (await index.HitAsync(id, "c1", At, Cancel)).Should().BeFalse("it is not there");
        var entry = new CacheEntry(id, At, At, 5L << 30, 0, "c1");
        await index.PutAsync(entry, Cancel);
        await index.PutAsync(entry with { SizeBytes = 6L << 30 }, Cancel);

        (await index.HitAsync(id, "c1", At.AddSeconds(5), Cancel)).Should().BeTrue();
        (await index.HitAsync(id, "c2", At.AddSeconds(9), Cancel)).Should().BeFalse("it was filled from other data");
        (await index.HitAsync(id, null, At.AddSeconds(9), Cancel)).Should().BeFalse("nobody knows that the data is the same");

        (await index.ListAsync(Cancel)).Should().Equal(entry with { SizeBytes = 6L << 30, Hits = 1, LastAccessed = At.AddSeconds(5) });
        await index.RemoveAsync(id, Cancel);
        await index.RemoveAsync(id, Cancel);
        (await index.ListAsync(Cancel)).Should().BeEmpty();
    }

    [Fact]
    public async Task An_entry_whose_checksum_nobody_knows_is_good_for_any()
    {
        await using ICacheIndex index = await EmptyAsync();
        string id = Guid.NewGuid().ToString();
        await index.PutAsync(new CacheEntry(id, At, At, 1, 0, null), Cancel);
        (await index.HitAsync(id, "c1", At, Cancel)).Should().BeTrue();
        (await index.HitAsync(id, null, At, Cancel)).Should().BeTrue();
        (await index.ListAsync(Cancel))[0].Hits.Should().Be(2);
    }

    [Fact]
    public async Task The_entry_that_was_not_read_for_the_longest_time_comes_first()
    {
        await using ICacheIndex index = await EmptyAsync();
        string[] ids = [.. Enumerable.Range(0, 3).Select(_ => Guid.NewGuid().ToString())];
        foreach (string id in ids) await index.PutAsync(new CacheEntry(id, At, At, 1, 0, null), Cancel);
        await index.HitAsync(ids[0], null, At.AddSeconds(1), Cancel);
        (await index.ListAsync(Cancel)).Select(entry => entry.ImageId).Should().Equal(ids[1], ids[2], ids[0]);
    }

    [Fact]
    public async Task Writers_at_the_same_moment_leave_one_entry()
    {
        await using ICacheIndex index = await EmptyAsync();
        string id = Guid.NewGuid().ToString();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => index.PutAsync(new CacheEntry(id, At, At, 1, 0, null), Cancel))));
        (await index.ListAsync(Cancel)).Should().ContainSingle();
    }
}

public sealed class SqliteDatabaseIsACacheIndex : DatabaseCacheIndexContract, IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kollanet-cacheindex-");

    public void Dispose() => folder.Delete(recursive: true);

    protected override Task<string> NewDatabaseAsync() => Task.FromResult($"sqlite:///{folder.FullName}/{Guid.NewGuid():N}.sqlite");
}

public sealed class MariaDbIsACacheIndex : DatabaseCacheIndexContract
{
    protected override async Task<string> NewDatabaseAsync() =>
        await (await MariaDbServer.StartedAsync(TestContext.Current.CancellationToken)).NewDatabaseAsync("cache", TestContext.Current.CancellationToken);
}

public sealed class AFileInTheCacheFolderIsACacheIndex : CacheIndexContract, IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kollanet-cacheindex-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task It_does_not_know_other_nodes()
    {
        await using ICacheIndex index = await EmptyAsync();
        (await index.FindNodesAsync("x", TestContext.Current.CancellationToken)).Should().BeNull();
    }

    protected override Task<ICacheIndex> EmptyAsync() => Task.FromResult<ICacheIndex>(new LocalCacheIndex(Path.Combine(folder.FullName, $"{Guid.NewGuid():N}.db")));
}

/// <summary>The index in the image database, which all nodes share.</summary>
public abstract class DatabaseCacheIndexContract : CacheIndexContract, IAsyncDisposable
{
    private readonly List<ImageDatabase> opened = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (ImageDatabase database in opened) await database.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Nodes_see_their_own_entries_and_who_else_has_an_image()
    {
        ImageDatabase database = await OpenAsync();
        await using ICacheIndex one = database.CacheIndexOf("http://one:9292"), two = database.CacheIndexOf("http://two:9292");
        DateTime at = DateTime.UtcNow;
        await two.PutAsync(new CacheEntry("shared", at, at, 1, 0, null), Cancel);
        await one.PutAsync(new CacheEntry("shared", at, at, 1, 0, null), Cancel);
        await one.PutAsync(new CacheEntry("own", at, at, 1, 0, null), Cancel);

        (await two.ListAsync(Cancel)).Select(entry => entry.ImageId).Should().Equal("shared");
        (await two.HitAsync("own", null, at, Cancel)).Should().BeFalse();
        (await one.FindNodesAsync("shared", Cancel)).Should().Equal("http://one:9292", "http://two:9292");
        await one.RemoveAsync("shared", Cancel);
        (await one.FindNodesAsync("shared", Cancel)).Should().Equal("http://two:9292");
        (await one.FindNodesAsync("neither", Cancel)).Should().BeEmpty();
    }

    protected abstract Task<string> NewDatabaseAsync();

    protected override async Task<ICacheIndex> EmptyAsync() => (await OpenAsync()).CacheIndexOf("http://node:9292");

    private async Task<ImageDatabase> OpenAsync()
    {
        ImageDatabase database = ImageDatabase.Open(await NewDatabaseAsync());
        opened.Add(database);
        await database.Schema.SyncAsync(Cancel);
        return database;
    }
}
