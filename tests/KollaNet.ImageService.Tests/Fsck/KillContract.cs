using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Hosting;
using KollaNet.ImageService.Hosting.Logging;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Tests.Hosting;
using KollaNet.ImageService.Tests.Imports;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Fsck;

public sealed class KilledOnSqlite : KillContract
{
    protected override Task<string?> NewDatabaseAsync() => Task.FromResult<string?>(null);
}

public sealed class KilledOnMariaDb : KillContract
{
    protected override async Task<string?> NewDatabaseAsync()
    {
        MariaDbServer server = await MariaDbServer.StartedAsync(TestContext.Current.CancellationToken);
        return await server.NewDatabaseAsync("killed", TestContext.Current.CancellationToken);
    }
}

/// <summary><c>kill -9</c> in the middle of everything a service does.</summary>
public abstract class KillContract
{
    private const int Rounds = 6, Seed = 20261125;
    private static readonly byte[] Data = [.. Enumerable.Range(0, 2_000_000).Select(i => (byte)(i * 7 >> 4))];

    /// <summary>Gives the address of an empty database; null for SQLite.</summary>
    protected abstract Task<string?> NewDatabaseAsync();

    [Fact]
    public async Task Killed_at_any_point_nothing_is_stuck_and_database_and_stores_agree()
    {
        await using WebServer web = await WebServer.StartAsync(Data);
        using var folder = new ServiceFolder(await NewDatabaseAsync());
        folder.Configure($"""
            enabled_backends = fast:file, cheap:file
            [glance_store]
            default_backend = fast
            [fast]
            filesystem_store_datadir = {folder.Root}/fast
            [cheap]
            filesystem_store_datadir = {folder.Root}/cheap
            [import_filtering_opts]
            allowed_hosts = 127.0.0.1
            allowed_ports = {web.Port}
            """);
        await using (ImageDatabase database = ImageDatabase.Open(folder.Connection)) await database.Schema.SyncAsync(TestContext.Current.CancellationToken);
        var random = new Random(Seed);
        string? cut = null;
        for (int round = 0; round < Rounds; round++)
        {
            await using ServiceProcess service = await ServiceProcess.ServeAsync(folder.ConfigFile);
            HttpClient http = service.Http;
            // Nobody else knows what its writer has left in the store.
            if (cut is not null) (await http.DeleteAsync(new Uri($"/v2/images/{cut}", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode.Should().Be(HttpStatusCode.NoContent);
            cut = await BeginUploadAsync(http);
            string toCopy = await UploadedAsync(http), toDelete = await UploadedAsync(http);
            Task work = Task.WhenAll(new Func<Task>[]
            {
                () => UploadedAsync(http), () => ResumableAsync(http), () => StageAsync(http), () => WebAsync(http, web.Url),
                () => ImportAsync(http, toCopy, """{"method": {"name": "copy-image"}, "all_stores": true}"""), () => http.DeleteAsync(new Uri($"/v2/images/{toDelete}", UriKind.Relative)),
            }.Select(one => CutShortAsync(Task.Delay(random.Next(0, 100)), one)));
            await Task.Delay(random.Next(5, 400), TestContext.Current.CancellationToken);   // Where the kill hits is the chance that this test is about.
            await service.KillAsync();
            await work;
        }

        await RecoverAsync(folder);

        await using ServiceProcess fsck = ServiceProcess.Run(folder.ConfigFile, ["fsck", "--hash"]);
        (await fsck.EndedAsync(), fsck.Output).Should().Be((0, "The database and the stores agree."));
    }

    /// <summary>A service that starts two minutes later: all that died is silent for longer than any worker may be.</summary>
    private static async Task RecoverAsync(ServiceFolder folder)
    {
        await using ImageServer server = ImageServer.Create(GlanceOptions.Load([folder.ConfigFile], []), new LineLog(TextWriter.Null), new TwoMinutesLater());
        await server.StartAsync(TestContext.Current.CancellationToken);
        using var http = new HttpClient { BaseAddress = server.Address };
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        await using ImageDatabase database = ImageDatabase.Open(folder.Connection);
        while (true)
        {
            JsonArray images = (await http.GetFromJsonAsync<JsonNode>("/v2/images?limit=1000"))!["images"]!.AsArray();
            JsonArray tasks = (await http.GetFromJsonAsync<JsonNode>("/v2/tasks?limit=1000"))!["tasks"]!.AsArray();
            images.Count.Should().BeGreaterThan(Rounds);
            JsonNode?[] unsettled =
            [
                .. images.Where(image => (string?)image!["status"] is not ("queued" or "active" or "uploading") || image["os_glance_import_task"] is not null),
                .. tasks.Where(task => (string?)task!["status"] is not ("success" or "failure")),
                .. (await database.Images.ListStuckAsync([ImageStatus.PendingDelete], DateTime.MaxValue, TestContext.Current.CancellationToken)).Select(image => JsonValue.Create(image.Id)),
            ];
            if (unsettled.Length == 0) return;
            patience.IsCancellationRequested.Should().BeFalse("this is still not settled: {0}", string.Join('\n', unsettled.Select(one => one!.ToJsonString())));
            await Task.Delay(100);
        }
    }

    /// <returns>The id of an image whose upload has begun and does not end.</returns>
    private static async Task<string> BeginUploadAsync(HttpClient http)
    {
        string id = await CreateAsync(http);
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        await pipe.Writer.WriteAsync(Data.AsMemory(0, 500_000));
        var content = new StreamContent(pipe.Reader.AsStream()) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } };
        _ = CutShortAsync(Task.CompletedTask, () => http.PutAsync(new Uri($"/v2/images/{id}/file", UriKind.Relative), content));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while ((string?)(await http.GetFromJsonAsync<JsonNode>($"/v2/images/{id}", patience.Token))!["status"] != "saving") await Task.Delay(20, patience.Token);
        return id;
    }

    private static async Task CutShortAsync(Task first, Func<Task> work)
    {
        await first;
        try
        {
            await work();
        }
        catch (Exception e) when (e is HttpRequestException or IOException or System.Text.Json.JsonException)
        {
            // The service was killed under it.
        }
    }

    private static async Task<string> CreateAsync(HttpClient http)
    {
        using HttpResponseMessage answer = await http.PostAsync(new Uri("/v2/images", UriKind.Relative), new StringContent("""{"disk_format": "raw", "container_format": "bare"}""", Encoding.UTF8, "application/json"));
        return (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["id"]!;
    }

    private static async Task<string> UploadedAsync(HttpClient http)
    {
        string id = await CreateAsync(http);
        await PutAsync(http, id, "file");
        return id;
    }

    private static async Task ResumableAsync(HttpClient http) => await PutAsync(http, await CreateAsync(http), "file", ranged: true);

    private static async Task StageAsync(HttpClient http)
    {
        string id = await CreateAsync(http);
        await PutAsync(http, id, "stage");
        await ImportAsync(http, id, """{"method": {"name": "glance-direct"}, "all_stores": true}""");
    }

    private static async Task WebAsync(HttpClient http, string web) =>
        await ImportAsync(http, await CreateAsync(http), $$"""{"method": {"name": "web-download", "uri": "{{web}}/image"}, "all_stores": true, "all_stores_must_succeed": false}""");

    private static async Task ImportAsync(HttpClient http, string id, string body)
    {
        using HttpResponseMessage answer = await http.PostAsync(new Uri($"/v2/images/{id}/import", UriKind.Relative), new StringContent(body, Encoding.UTF8, "application/json"));
        answer.StatusCode.Should().Be(HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync());
    }

    private static async Task PutAsync(HttpClient http, string id, string way, bool ranged = false)
    {
        using var content = new ByteArrayContent(Data);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        if (ranged) content.Headers.ContentRange = new ContentRangeHeaderValue(0, Data.Length - 1, Data.Length);
        using HttpResponseMessage answer = await http.PutAsync(new Uri($"/v2/images/{id}/{way}", UriKind.Relative), content);
        answer.StatusCode.Should().Be(HttpStatusCode.NoContent);
    }
}
