using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Hosting;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Tests.Hosting;

namespace KollaNet.ImageService.Tests.Migration;

/// <summary>A service process over several stores whose images move between them, and clients that use it meanwhile.</summary>
internal sealed class MovingSite : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, byte[]> expected = new();
    private readonly int seed;
    private ServiceProcess? service;

    private MovingSite(int seed) => this.seed = seed;

    public ServiceFolder Folder { get; } = new();

    /// <summary>What every image that was not deleted has to be.</summary>
    public IReadOnlyDictionary<string, byte[]> Expected => expected;

    public HttpClient Http => service!.Http;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <param name="stores">Id, type and the lines of its section; the first takes what names none. A file store needs no lines: its folder has the name of the store.</param>
    public static async Task<MovingSite> StartAsync(int seed, params (string Id, string Type, string Options)[] stores)
    {
        var site = new MovingSite(seed);
        string sections = string.Concat(stores.Select(store => $"[{store.Id}]\n{(store.Type == "file" ? $"filesystem_store_datadir = {site.Folder.Root}/{store.Id}" : store.Options)}\n"));
        site.Folder.Configure($"enabled_backends = {string.Join(", ", stores.Select(store => $"{store.Id}:{store.Type}"))}\n[glance_store]\ndefault_backend = {stores[0].Id}\n{sections}");
        await using (ImageDatabase database = ImageDatabase.Open(site.Folder.Connection)) await database.Schema.SyncAsync(Cancel);
        site.service = await ServiceProcess.ServeAsync(site.Folder.ConfigFile);
        return site;
    }

    public async ValueTask DisposeAsync()
    {
        if (service is not null) await service.DisposeAsync();
        Folder.Dispose();
    }

    /// <summary>Starts a migration as a process of its own and waits until it begins.</summary>
    public async Task<ServiceProcess> BeginMigrationAsync(string from, string to, params string[] more)
    {
        ServiceProcess migration = ServiceProcess.Run(Folder.ConfigFile, ["images", "migrate", "--from", from, "--to", to, .. more]);
        await migration.PrintedAsync($" to move from store {from} to store {to}");
        return migration;
    }

    /// <summary>Moves everything inside this process, by a clock that makes those that were killed count as dead at once.</summary>
    /// <param name="adjust">Changes what the configuration says; null for nothing.</param>
    public async Task<(int Code, string Text)> MigrateAsync(string from, string to, Func<GlanceOptions, GlanceOptions>? adjust = null, long? bytesPerSecond = null)
    {
        using var output = new StringWriter();
        GlanceOptions options = GlanceOptions.Load([Folder.ConfigFile], []);
        int code = await new MigrateCommand { From = from, To = to, BytesPerSecond = bytesPerSecond }.RunAsync(adjust?.Invoke(options) ?? options, null, new TwoMinutesLater(), output);
        return (code, output.ToString());
    }

    /// <summary>Runs a command of the program inside this process.</summary>
    public async Task<(int Code, string Text)> RunAsync(params string[] command)
    {
        using var output = new StringWriter();
        return (await CommandLine.RunAsync([.. command, "--config-file", Folder.ConfigFile], output), output.ToString());
    }

    /// <summary>Clients that upload, delete and download until stopped; it fails with whatever they see that must not be.</summary>
    /// <param name="stores">Where the next image may go.</param>
    public Task UseAsync(Func<string[]> stores, CancellationToken stop) => Task.WhenAll(ChangeAsync(stores, stop), ReadAsync(stop));

    /// <returns>The new image's id.</returns>
    public async Task<string> UploadAsync(int sizeBytes, string store)
    {
        byte[] data = new byte[sizeBytes];
        Random.Shared.NextBytes(data);
        using HttpResponseMessage made = await Http.PostAsync(new Uri("/v2/images", UriKind.Relative), new StringContent("""{"disk_format": "raw", "container_format": "bare"}""", Encoding.UTF8, "application/json"), CancellationToken.None);
        string id = (string)JsonNode.Parse(await made.Content.ReadAsStringAsync(CancellationToken.None))!["id"]!;
        using var upload = new HttpRequestMessage(HttpMethod.Put, $"/v2/images/{id}/file") { Content = new ByteArrayContent(data), Headers = { { "X-Image-Meta-Store", store } } };
        upload.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using HttpResponseMessage stored = await Http.SendAsync(upload, CancellationToken.None);
        stored.StatusCode.Should().Be(HttpStatusCode.NoContent, await stored.Content.ReadAsStringAsync(CancellationToken.None));
        expected[id] = data;
        return id;
    }

    public async Task DeleteAsync(string id)
    {
        expected.TryRemove(id, out _).Should().BeTrue();
        using HttpResponseMessage deleted = await Http.DeleteAsync(new Uri($"/v2/images/{id}", UriKind.Relative), CancellationToken.None);
        deleted.StatusCode.Should().Be(HttpStatusCode.NoContent, await deleted.Content.ReadAsStringAsync(CancellationToken.None));
    }

    /// <summary>Every image is in this store and nowhere else, and every byte of it is right, for clients and for the database.</summary>
    public async Task ShouldAllBeInAsync(string store)
    {
        (await RunAsync("images", "list", "--json")).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)
            .Should().HaveCount(expected.Count).And.OnlyContain(image => image["stores"]!.ToJsonString() == $"[\"{store}\"]" && image["size"]!.GetValue<long>() == expected[(string)image["id"]!].Length);
        await ShouldBeReadableAsync();
        (await RunAsync("images", "verify")).Should().Be((0, "The database and the stores agree.\n"));
    }

    /// <summary>Every image can be downloaded, and every byte is right.</summary>
    public async Task ShouldBeReadableAsync()
    {
        foreach ((string id, byte[] data) in expected)
            (await Http.GetByteArrayAsync(new Uri($"/v2/images/{id}/file", UriKind.Relative), Cancel)).AsSpan().SequenceEqual(data).Should().BeTrue(id);
    }

    private async Task ChangeAsync(Func<string[]> stores, CancellationToken stop)
    {
        var random = new Random(seed + 1);
        while (!stop.IsCancellationRequested)
        {
            string[] open = stores();
            await UploadAsync(random.Next(1, 200_000), open[random.Next(open.Length)]);
            string[] known = [.. expected.Keys];
            if (random.Next(2) == 0) await DeleteAsync(known[random.Next(known.Length)]);
        }
    }

    private async Task ReadAsync(CancellationToken stop)
    {
        var random = new Random(seed + 2);
        while (!stop.IsCancellationRequested)
        {
            string[] known = [.. expected.Keys];
            string id = known[random.Next(known.Length)];
            if (!expected.TryGetValue(id, out byte[]? data)) continue;
            try
            {
                using HttpResponseMessage answer = await Http.GetAsync(new Uri($"/v2/images/{id}/file", UriKind.Relative), CancellationToken.None);
                byte[] read = await answer.Content.ReadAsByteArrayAsync(CancellationToken.None);
                if (!expected.ContainsKey(id)) continue;   // Deleted under it.
                answer.StatusCode.Should().Be(HttpStatusCode.OK, "image {0}", id);
                read.AsSpan().SequenceEqual(data).Should().BeTrue(id);
            }
            catch (HttpRequestException) when (!expected.ContainsKey(id))
            {
                // The same, in the middle.
            }
        }
    }
}
