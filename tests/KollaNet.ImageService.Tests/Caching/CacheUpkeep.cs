using System.Text.Json.Nodes;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Hosting;
using KollaNet.ImageService.Tests.Api;
using static KollaNet.ImageService.Tests.Caching.CacheClient;

namespace KollaNet.ImageService.Tests.Caching;

/// <summary>Pruning, drivers, several nodes, and the same from the command line.</summary>
public sealed class CacheUpkeep
{
    private const string Self = "worker_self_reference_url = http://one.example:9292";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pruning_drops_what_was_not_read_for_the_longest_time_and_breaks_no_download_that_runs()
    {
        const int size = 64 * 1024, count = 10;
        await using ApiServer api = await StartAsync(new ApiServer { Cached = true, Flavor = "keystone+caching", Default = $"{Self}\nimage_cache_max_size = {4 * size}" });
        byte[][] data = [.. Enumerable.Range(0, count).Select(_ => Bytes(size))];
        string[] ids = [.. await Task.WhenAll(data.Select(bytes => api.UploadedAsync(bytes)))];
        foreach (string id in ids) await api.FillAsync(id);
        (await api.DownloadAsync(await api.UploadedAsync(Bytes((4 * size) + 1)))).Status.Should().Be(200);
        api.FilesIn().Should().HaveCount(count, "what is larger than the whole cache may be is not cached");

        using var stop = new CancellationTokenSource();
        Task[] readers = [.. Enumerable.Range(0, 4).Select(reader => Task.Run(async () =>
        {
            for (int i = reader; !stop.IsCancellationRequested; i = (i + 3) % count) (await api.DownloadAsync(ids[i])).Body.Should().Equal(data[i]);
        }, Cancel))];
        for (int i = 0; i < 10; i++) (await api.SendAsync(ApiServer.Admin, "POST", "/v2/cache/prune")).Status.Should().Be(200);
        await stop.CancelAsync();
        await Task.WhenAll(readers);

        foreach (string id in ids) await api.FillAsync(id);
        await UntilAsync(() => api.FilesIn("incomplete").Length == 0);
        string[] before = api.FilesIn();
        JsonNode pruned = (await api.SendAsync(ApiServer.Admin, "POST", "/v2/cache/prune")).Json;
        string[] gone = [.. before.Except(api.FilesIn())];
        ((int)pruned["total_files_pruned"]!, (long)pruned["total_bytes_pruned"]!).Should().Be((gone.Length, (long)gone.Length * size));
        (await api.StateAsync())["cached_images"]!.AsArray().Sum(entry => (long)entry!["size"]!).Should().BeLessThanOrEqualTo(4 * size).And.BeGreaterThan(0);
        (await api.SendAsync(ApiServer.Admin, "POST", "/v2/cache/prune")).Text.Should().Be("""{"total_files_pruned": 0, "total_bytes_pruned": 0}""");
    }

    [Fact]
    public async Task Cleaning_and_pruning_also_run_on_a_timer()
    {
        await using ApiServer api = await StartAsync(new ApiServer
        {
            Cached = true,
            Flavor = "keystone+caching",
            Default = $"{Self}\nimage_cache_max_size = 1500\nimage_cache_stall_time = 0\ncache_prefetcher_interval = 1",
        });
        await File.WriteAllTextAsync(Path.Combine(api.CacheFolder, "invalid", "x"), "x", Cancel);
        foreach (string id in new[] { await api.UploadedAsync(Bytes(1000)), await api.UploadedAsync(Bytes(1000)) }) (await api.DownloadAsync(id)).Status.Should().Be(200);
        await UntilAsync(() => api.FilesIn("invalid").Length == 0);
        await UntilAsync(() => api.FilesIn().Length == 1);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("xattr")]
    public async Task Other_drivers_keep_their_index_in_the_folder_and_take_in_what_is_there(string driver)
    {
        await using ApiServer api = await StartAsync(new ApiServer { Cached = true, Flavor = "keystone+cachemanagement", Default = $"image_cache_driver = {driver}" });
        byte[] data = Bytes(1000);
        string id = await api.UploadedAsync(data);
        await api.FillAsync(id);
        (await api.GetAsync(ApiServer.Admin, $"/v2/cache/nodes/{id}")).Status.Should().Be(409);
        (await api.DownloadAsync(id)).Body.Should().Equal(data);
        ((long)(await api.CachedAsync(id))["hits"]!).Should().Be(1);
        api.FilesIn().Should().Contain("cache.db");

        string foreign = await api.UploadedAsync(data);
        await File.WriteAllBytesAsync(Path.Combine(api.CacheFolder, foreign), data, Cancel);
        await api.Server.DisposeAsync();
        await api.StartServerAsync(TimeProvider.System);

        await api.CachedAsync(foreign);
        File.Delete(Path.Combine(api.ImagesFolder, foreign));
        (await api.DownloadAsync(foreign)).Body.Should().Equal(data);
        ((long)(await api.CachedAsync(id))["hits"]!).Should().Be(1, "the index outlives the service");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nodes_over_one_database_each_have_their_own_cache_and_know_of_each_other(bool mariaDb)
    {
        await using ApiServer one = await StartAsync(new ApiServer { Cached = true, Flavor = "keystone+caching", Default = Self, Database = mariaDb ? MariaDbApi.NewDatabaseAsync : null });
        await using ApiServer two = await StartAsync(
            new ApiServer { Cached = true, Flavor = "keystone+caching", Default = "worker_self_reference_url = http://two.example:9292", Beside = one });
        byte[] data = Bytes(1000);
        string id = await one.UploadedAsync(data);
        await one.FillAsync(id);
        (await two.FindCachedAsync(id)).Should().BeNull();
        await two.FillAsync(id);
        (await one.GetAsync(ApiServer.Admin, $"/v2/cache/nodes/{id}")).Text.Should().Be("""["http://one.example:9292", "http://two.example:9292"]""");

        (await one.SendAsync(ApiServer.Owner, "DELETE", $"/v2/images/{id}")).Status.Should().Be(204);

        (await two.DownloadAsync(id)).Status.Should().Be(404, "what is deleted is gone, wherever a copy lies");
        (await two.SendAsync(ApiServer.Admin, "POST", "/v2/cache/clean")).Status.Should().Be(200);
        (one.FilesIn().Length, two.FilesIn().Length).Should().Be((0, 0));
    }

    [Fact]
    public async Task Without_caching_in_the_flavor_the_cache_is_there_and_downloads_leave_it_alone()
    {
        await using ApiServer api = await StartAsync(new ApiServer { Cached = true, Default = Self });
        string id = await api.CreateActiveAsync();
        (await api.SendAsync(ApiServer.Admin, "PUT", $"/v2/cache/{id}")).Status.Should().Be(202);
        await api.CachedAsync(id);
        (await api.DownloadAsync(id)).Status.Should().Be(200);
        ((long)(await api.CachedAsync(id))["hits"]!).Should().Be(0);
        (await api.GetAsync(ApiServer.Admin, "/v2/cached_images")).Status.Should().Be(404);
    }

    [Theory]
    [InlineData("GET", "/v2/cache")]
    [InlineData("DELETE", "/v2/cache")]
    [InlineData("PUT", "/v2/cache/ID")]
    [InlineData("DELETE", "/v2/cache/ID")]
    [InlineData("GET", "/v2/cache/nodes/ID")]
    [InlineData("POST", "/v2/cache/clean")]
    [InlineData("POST", "/v2/cache/prune")]
    [InlineData("GET", "/v2/cached_images")]
    public async Task Without_a_folder_there_is_no_cache(string method, string path)
    {
        await using ApiServer api = await StartAsync(new ApiServer { Flavor = "keystone+cachemanagement" });
        string id = await api.CreateActiveAsync();
        (await api.SendAsync(ApiServer.Admin, method, path.Replace("ID", id, StringComparison.Ordinal))).Status.Should().Be(404);
        (await api.SendAsync(ApiServer.Owner, method, path.Replace("ID", id, StringComparison.Ordinal))).Status.Should().Be(403);
    }

    [Fact]
    public async Task The_central_index_needs_the_nodes_own_address()
    {
        Func<Task> start = () => StartAsync(new ApiServer { Cached = true });
        (await start.Should().ThrowAsync<ConfigurationInvalidException>()).Which.Problems.Should().ContainSingle().Which.Should().Contain("worker_self_reference_url");
    }

    [Fact]
    public async Task The_command_line_cleans_prunes_and_prefetches()
    {
        await using ApiServer api = await StartAsync(new ApiServer { Cached = true, Default = $"{Self}\nimage_cache_max_size = 1500" });
        string first = await api.UploadedAsync(Bytes(1000)), second = await api.UploadedAsync(Bytes(1000));
        foreach (string id in new[] { first, second }) await File.WriteAllTextAsync(Path.Combine(api.CacheFolder, "queue", id), "", Cancel);
        await File.WriteAllTextAsync(Path.Combine(api.CacheFolder, "invalid", "x"), "", Cancel);

        (await RunAsync(api, "prefetch")).Should().Be("2 images were cached; 0 wait on.\n");
        (await RunAsync(api, "clean")).Should().Be("1 files were removed.\n");
        (await RunAsync(api, "prune")).Should().Be("1 images with 1000 bytes were removed.\n");
        api.FilesIn().Should().HaveCount(1);
    }

    private static async Task<string> RunAsync(ApiServer api, string command)
    {
        using var output = new StringWriter { NewLine = "\n" };
        (await CommandLine.RunAsync(["cache", command, "--config-file", api.ConfigFile], output)).Should().Be(0);
        return output.ToString();
    }

    /// <summary>Started, its cache made.</summary>
    private static async Task<ApiServer> StartAsync(ApiServer configured)
    {
        ApiServer api;
        try
        {
            api = await ApiServer.StartAsync(configured);
        }
        catch
        {
            await configured.DisposeAsync();
            throw;
        }

        if (configured.Cached) await UntilAsync(() => Directory.Exists(Path.Combine(api.CacheFolder, "queue")));
        return api;
    }
}
