using System.Net.Http.Json;
using System.Text.Json.Nodes;
using KollaNet.ImageService.Tests.Api;
using KollaNet.ImageService.Tests.Hosting;
using static KollaNet.ImageService.Tests.Caching.CacheClient;

namespace KollaNet.ImageService.Tests.Caching;

/// <summary>A cache that cannot be used must not stand in the way of a download.</summary>
public sealed class CacheTrouble : IDisposable
{
    private const int ImageBytes = 8 << 20;

    private readonly ServiceFolder folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string CacheFolder => Path.Combine(folder.Root, "cache");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_folder_that_cannot_be_written_costs_no_download()
    {
        await using ApiServer api = await ApiServer.StartAsync(
            new ApiServer { Cached = true, Flavor = "keystone+caching", Default = "worker_self_reference_url = http://one.example:9292" });
        await UntilAsync(() => Directory.Exists(Path.Combine(api.CacheFolder, "queue")));
        string id = await api.CreateActiveAsync();
        Directory.Delete(api.CacheFolder, recursive: true);
        await File.WriteAllTextAsync(api.CacheFolder, "not a folder", Cancel);

        (await api.DownloadAsync(id)).Text.Should().Be("0123456789");
        (await api.DownloadAsync(id, ApiServer.Owner, "Range: bytes=3-4")).Text.Should().Be("34");
        (await api.SendAsync(ApiServer.Admin, "PUT", $"/v2/cache/{id}")).Status.Should().Be(503);
        (await api.GetAsync(ApiServer.Admin, "/v2/queued_images")).Status.Should().Be(404, "the flavor is not +cachemanagement");
        (await api.SendAsync(ApiServer.Owner, "DELETE", $"/v2/images/{id}")).Status.Should().Be(204);

        File.Delete(api.CacheFolder);
        string next = await api.CreateActiveAsync();
        await api.FillAsync(next);
    }

    [Fact]
    public async Task An_index_that_cannot_be_written_costs_no_download()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer { Cached = true, Flavor = "keystone+caching", Default = "image_cache_driver = sqlite" });
        string id = await api.CreateActiveAsync();
        await api.FillAsync(id);
        foreach (string file in Directory.GetFiles(api.CacheFolder, "cache.db*")) await File.WriteAllTextAsync(file, "not a database", Cancel);
        (await api.DownloadAsync(id)).Text.Should().Be("0123456789");
        (await api.GetAsync(ApiServer.Admin, "/v2/cache")).Status.Should().Be(503);
    }

    [Fact]
    public async Task A_full_disk_costs_no_download_and_leaves_nothing_behind()
    {
        Directory.CreateDirectory(CacheFolder);
        await using ServiceProcess service = await StartAsync($"mount -t tmpfs -o size=2m kollanet {CacheFolder}");
        string large = await UploadAsync(service, ImageBytes), small = await UploadAsync(service, 1 << 20);
        for (int i = 0; i < 2; i++) (await service.Http.GetByteArrayAsync(Uri($"/v2/images/{large}/file"), Cancel)).Length.Should().Be(ImageBytes);

        // The small one fits only when the large one left nothing.
        (await service.Http.GetByteArrayAsync(Uri($"/v2/images/{small}/file"), Cancel)).Length.Should().Be(1 << 20);
        await UntilCachedAsync(service, small);
    }

    [Fact]
    public async Task A_service_killed_while_it_fills_the_cache_starts_with_nothing_of_it()
    {
        string id;
        await using (ServiceProcess service = await StartAsync())
        {
            id = await UploadAsync(service, 4 * ImageBytes);
            using HttpResponseMessage answer = await service.Http.GetAsync(Uri($"/v2/images/{id}/file"), HttpCompletionOption.ResponseHeadersRead, Cancel);
            string partial = Path.Combine(CacheFolder, "incomplete", id);
            await UntilAsync(() => File.Exists(partial) && new FileInfo(partial).Length > 0);
            await service.KillAsync();
            File.Exists(partial).Should().BeTrue("a killed service cannot tidy up");
        }

        await using ServiceProcess next = await StartAsync();
        await UntilAsync(() => Directory.GetFiles(Path.Combine(CacheFolder, "incomplete")).Length == 0);
        (await StateAsync(next))["cached_images"]!.AsArray().Should().BeEmpty();
        (await next.Http.GetByteArrayAsync(Uri($"/v2/images/{id}/file"), Cancel)).Length.Should().Be(4 * ImageBytes);
        await UntilCachedAsync(next, id);
    }

    private static Uri Uri(string path) => new(path, UriKind.Relative);

    private static async Task<string> UploadAsync(ServiceProcess service, int bytes)
    {
        using HttpResponseMessage made = await service.Http.PostAsync(Uri("/v2/images"), ApiServer.Json("""{"disk_format": "raw", "container_format": "bare"}"""), Cancel);
        string id = (string)(await made.Content.ReadFromJsonAsync<JsonNode>(Cancel))!["id"]!;
        using HttpResponseMessage stored = await service.Http.PutAsync(Uri($"/v2/images/{id}/file"), ApiServer.Octets(new byte[bytes]), Cancel);
        ((int)stored.StatusCode).Should().Be(204);
        return id;
    }

    private static async Task<JsonNode> StateAsync(ServiceProcess service) => (await service.Http.GetFromJsonAsync<JsonNode>(Uri("/v2/cache"), Cancel))!;

    private static async Task UntilCachedAsync(ServiceProcess service, string id)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while ((await StateAsync(service))["cached_images"]!.AsArray().All(entry => (string?)entry!["image_id"] != id)) await Task.Delay(20, patience.Token);
    }

    private Task<ServiceProcess> StartAsync(string before = "")
    {
        folder.Configure($"image_cache_dir = {CacheFolder}\nworker_self_reference_url = http://one.example:9292\n[paste_deploy]\nflavor = caching");
        return ServiceProcess.ServeAsync(folder.ConfigFile, before);
    }
}
