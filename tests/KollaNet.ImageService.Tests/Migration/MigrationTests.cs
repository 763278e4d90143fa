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

/// <summary>Images move from one store to another while the service is used.</summary>
public sealed class MigrationTests : IDisposable
{
    private const int Seed = 20261125, Images = 40, Kills = 5;

    private readonly ServiceFolder folder = new();
    private readonly ConcurrentDictionary<string, byte[]> expected = new();
    private readonly Random random = new(Seed);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Killed_again_and_again_under_load_every_image_stays_readable_and_a_last_run_finishes()
    {
        await ConfigureAsync();
        await using ServiceProcess service = await ServiceProcess.ServeAsync(folder.ConfigFile);
        for (int i = 0; i < Images; i++) await UploadAsync(service.Http, random.Next(1, 2_000_000));

        using var stop = new CancellationTokenSource();
        Task load = Task.WhenAll(UseAsync(service.Http, stop.Token), ReadAsync(service.Http, stop.Token));
        for (int round = 0; round < Kills; round++)
        {
            await using ServiceProcess migration = ServiceProcess.Run(folder.ConfigFile, ["images", "migrate", "--from", "fast", "--to", "cheap", "--limit-rate", "20M"]);
            await migration.PrintedAsync(" to move from store fast to store cheap");
            await Task.Delay(random.Next(0, 400), Cancel);   // Where the kill hits is the chance that this test is about.
            await migration.KillAsync();
            load.IsFaulted.Should().BeFalse(load.Exception?.ToString());
        }

        await stop.CancelAsync();
        await load;
        (int code, string said) = await MigrateAsync();

        code.Should().Be(0, said);
        foreach ((string id, byte[] data) in expected) (await service.Http.GetByteArrayAsync(new Uri($"/v2/images/{id}/file", UriKind.Relative), Cancel)).Should().Equal(data);
        (await RunAsync("images", "list", "--store", "fast")).Should().Be((0, ""));
        (await RunAsync("images", "list", "--json")).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)
            .Should().HaveCount(expected.Count).And.OnlyContain(image => image["stores"]!.ToJsonString() == "[\"cheap\"]" && image["size"]!.GetValue<long>() == expected[(string)image["id"]!].Length);
        (await RunAsync("images", "verify")).Should().Be((0, "The database and the stores agree.\n"));
        Directory.GetFiles(Path.Combine(folder.Root, "fast")).Should().BeEmpty();
        (await RunAsync("stores", "check", "--keep", "cheap", "--default", "cheap")).Code.Should().Be(0);
    }

    [Fact]
    public async Task A_dry_run_moves_nothing_and_damaged_data_stays_where_it_is()
    {
        await ConfigureAsync();
        await using ServiceProcess service = await ServiceProcess.ServeAsync(folder.ConfigFile);
        string good = await UploadAsync(service.Http, 1000), bad = await UploadAsync(service.Http, 2000), other = await UploadAsync(service.Http, 3000);
        (await RunAsync("images", "migrate", "--from", "fast", "--to", "cheap", "--dry-run")).Should().Be((0, "3 images (5.9 KiB) would be moved from store fast to store cheap\n"));
        Directory.GetFiles(Path.Combine(folder.Root, "fast")).Should().HaveCount(3);

        (await RunAsync("images", "migrate", "--from", "fast", "--to", "cheap", "--image", other)).Text.Should().EndWith("1 image was moved.\n");
        await File.WriteAllBytesAsync(Path.Combine(folder.Root, "fast", bad), new byte[2000], Cancel);
        (int code, string said) = await RunAsync("images", "migrate", "--from", "fast", "--to", "cheap");

        code.Should().Be(1);
        said.Should().Contain($"image {bad} () stays in store fast: the copy differs from what the image was").And.EndWith("1 image was moved; 1 stays in store fast: run the same command again.\n");
        Directory.GetFiles(Path.Combine(folder.Root, "fast")).Select(Path.GetFileName).Should().Equal(bad);
        Directory.GetFiles(Path.Combine(folder.Root, "cheap")).Select(Path.GetFileName).Should().BeEquivalentTo(good, other);
        (await RunAsync("images", "verify")).Code.Should().Be(1);
    }

    [Theory]
    [InlineData("images migrate needs --from STORE and --to STORE.", "--from", "fast")]
    [InlineData("--to: there is no store nowhere; configured are fast, cheap.", "--from", "fast", "--to", "nowhere")]
    [InlineData("--limit-rate: 'fast' is not a number of bytes per second, such as 50M.", "--from", "fast", "--to", "cheap", "--limit-rate", "fast")]
    public async Task What_makes_no_sense_is_refused(string why, params string[] arguments)
    {
        await ConfigureAsync();
        await FluentActions.Awaiting(() => RunAsync(["images", "migrate", .. arguments])).Should().ThrowAsync<FormatException>().WithMessage(why);
    }

    private async Task ConfigureAsync()
    {
        folder.Configure($"""
            enabled_backends = fast:file, cheap:file
            [glance_store]
            default_backend = fast
            [fast]
            filesystem_store_datadir = {folder.Root}/fast
            [cheap]
            filesystem_store_datadir = {folder.Root}/cheap
            """);
        await using ImageDatabase database = ImageDatabase.Open(folder.Connection);
        await database.Schema.SyncAsync(Cancel);
    }

    /// <summary>By a clock that makes those that were killed count as dead at once.</summary>
    private async Task<(int Code, string Text)> MigrateAsync()
    {
        using var output = new StringWriter();
        int code = await new MigrateCommand { From = "fast", To = "cheap" }.RunAsync(GlanceOptions.Load([folder.ConfigFile], []), null, new TwoMinutesLater(), output);
        return (code, output.ToString());
    }

    private async Task<(int Code, string Text)> RunAsync(params string[] command)
    {
        using var output = new StringWriter();
        return (await CommandLine.RunAsync([.. command, "--config-file", folder.ConfigFile], output), output.ToString());
    }

    /// <summary>Uploads and deletes until stopped.</summary>
    private async Task UseAsync(HttpClient http, CancellationToken stop)
    {
        var own = new Random(Seed + 1);
        while (!stop.IsCancellationRequested)
        {
            await UploadAsync(http, own.Next(1, 200_000));
            string[] known = [.. expected.Keys];
            if (own.Next(2) > 0 || !expected.TryRemove(known[own.Next(known.Length)], out _)) continue;
            string gone = known.First(id => !expected.ContainsKey(id));
            using HttpResponseMessage deleted = await http.DeleteAsync(new Uri($"/v2/images/{gone}", UriKind.Relative), CancellationToken.None);
            deleted.StatusCode.Should().Be(HttpStatusCode.NoContent);
        }
    }

    /// <summary>Downloads and compares until stopped.</summary>
    private async Task ReadAsync(HttpClient http, CancellationToken stop)
    {
        var own = new Random(Seed + 2);
        while (!stop.IsCancellationRequested)
        {
            string[] known = [.. expected.Keys];
            string id = known[own.Next(known.Length)];
            if (!expected.TryGetValue(id, out byte[]? data)) continue;
            using HttpResponseMessage answer = await http.GetAsync(new Uri($"/v2/images/{id}/file", UriKind.Relative), CancellationToken.None);
            if (!expected.ContainsKey(id)) continue;   // Deleted under it.
            answer.StatusCode.Should().Be(HttpStatusCode.OK);
            (await answer.Content.ReadAsByteArrayAsync(CancellationToken.None)).AsSpan().SequenceEqual(data).Should().BeTrue(id);
        }
    }

    private async Task<string> UploadAsync(HttpClient http, int sizeBytes)
    {
        byte[] data = new byte[sizeBytes];
        Random.Shared.NextBytes(data);
        using HttpResponseMessage made = await http.PostAsync(new Uri("/v2/images", UriKind.Relative), new StringContent("""{"disk_format": "raw", "container_format": "bare"}""", Encoding.UTF8, "application/json"), CancellationToken.None);
        string id = (string)JsonNode.Parse(await made.Content.ReadAsStringAsync(CancellationToken.None))!["id"]!;
        using var content = new ByteArrayContent(data);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using HttpResponseMessage stored = await http.PutAsync(new Uri($"/v2/images/{id}/file", UriKind.Relative), content, CancellationToken.None);
        stored.StatusCode.Should().Be(HttpStatusCode.NoContent);
        expected[id] = data;
        return id;
    }
}
