using System.Collections.Immutable;
using System.IO.Pipelines;
using System.Text.Json.Nodes;
using KollaNet.ImageService.Hosting;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Tests.Api;
using KollaNet.ImageService.Tests.Imports;

namespace KollaNet.ImageService.Tests.Fsck;

/// <summary>The command, beside a service that runs.</summary>
public sealed class FsckTests : IAsyncLifetime
{
    private ApiServer api = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => api = await ApiServer.StartAsync(new ApiServer { SecondStore = true, WebStore = true });

    public ValueTask DisposeAsync() => api.DisposeAsync();

    [Fact]
    public async Task Everything_that_a_service_does_by_itself_is_all_right()
    {
        await api.CreateAsync();
        await api.CreateActiveAsync(more: "\"visibility\": \"private\", \"os_hidden\": true");
        await api.StagedAsync([1, 2, 3]);
        string parts = await api.CreateAsync();
        (await api.UploadAsync(ApiServer.Owner, parts, [1, 2], "Content-Range: bytes 0-1/5")).Status.Should().Be(202);
        string gone = await api.CreateActiveAsync();
        (await api.SendAsync(ApiServer.Owner, "DELETE", $"/v2/images/{gone}")).Status.Should().Be(204);

        (int code, string output) = await FsckAsync("--hash");

        (code, output).Should().Be((0, "The database and the stores agree.\n"));
    }

    [Fact]
    public async Task What_is_wrong_is_named_and_what_can_be_repaired_is()
    {
        string missing = await api.CreateActiveAsync(), copied = await CopiedAsync(), size = await api.CreateActiveAsync(), hash = await api.CreateActiveAsync();
        string unknown = await api.CreateActiveAsync(), stuck = await api.CreateAsync(), queued = await api.CreateAsync(), nobody = Guid.NewGuid().ToString();
        File.Delete(Path.Combine(api.ImagesFolder, missing));
        File.Delete(Path.Combine(api.CheapFolder, copied));
        await ChangeAsync(size, image => image with { SizeBytes = 3 });
        File.WriteAllText(Path.Combine(api.ImagesFolder, hash), "9876543210");
        await ChangeAsync(unknown, image => image with { Locations = image.Locations.Add(new ImageLocation(0, "rbd://fsid/images/x/snap", ImmutableSortedDictionary<string, string>.Empty)) });
        await ChangeAsync(stuck, image => image with { Status = ImageStatus.Saving, Properties = image.Properties.SetItem(UploadOwnership.PropertyName, "dead"), UpdatedAt = DateTime.UtcNow.AddMinutes(-5) });
        File.WriteAllText(Path.Combine(api.ImagesFolder, queued), "left by somebody");
        File.WriteAllText(Path.Combine(api.ImagesFolder, nobody), "left by somebody else");
        File.WriteAllText(Path.Combine(api.CheapFolder, $".kollanet-{nobody}-x.partial"), "half");
        File.WriteAllText(Path.Combine(api.StagingFolder, nobody), "staged");
        string[] all =
        [
            $"missing-data {missing} fast", $"missing-data {copied} cheap", $"wrong-size {size} fast", $"wrong-hash {hash} fast", $"unknown-store {unknown} ", $"stuck {stuck} ",
            $"orphan {queued} fast", $"orphan {nobody} fast", $"partial {nobody} cheap", $"staged-leftover {nobody} os_glance_staging_store",
        ];

        (int code, string output) = await FsckAsync("--hash", "--json");
        (code, Lines(output).Select(Text)).Should().BeEquivalentTo((1, all));
        Lines(output).Should().OnlyContain(line => line["repair"] == null, "nothing was to be changed");
        (await FsckAsync("--store", "cheap", "--json")).Output.Should().NotContain("fast").And.Contain(copied);
        (int one, string only) = await FsckAsync("--image", hash, "--hash");
        (one, only.Split('\n')[0]).Should().Be((1, $"wrong-hash      {hash} fast         the data does not have the image's sha512"));

        string quarantine = Path.Combine(api.StagingFolder, "..", "quarantine");
        (int repaired, string repairs) = await FsckAsync("--hash", "--repair", "--quarantine", quarantine, "--json");
        repaired.Should().Be(1);
        Lines(repairs).Where(line => line["repair"] is null).Select(Text).Should().BeEquivalentTo([$"missing-data {missing} fast", $"wrong-hash {hash} fast", $"unknown-store {unknown} "]);
        File.ReadAllText(Path.Combine(quarantine, $"fast-{nobody}")).Should().Be("left by somebody else");

        (int again, string left) = await FsckAsync("--hash", "--json");
        (again, Lines(left).Select(Text)).Should().BeEquivalentTo((1, new[] { $"missing-data {missing} fast", $"wrong-hash {hash} fast", $"unknown-store {unknown} " }));
        ((string?)(await ImageAsync(stuck))["status"], (long?)(await ImageAsync(size))["size"], (string?)(await ImageAsync(copied))["stores"]).Should().Be(("queued", 10, "fast"));
        foreach (string id in new[] { missing, hash, unknown }) (await api.SendAsync(ApiServer.Owner, "DELETE", $"/v2/images/{id}")).Status.Should().Be(204);
        (await FsckAsync("--hash")).Code.Should().Be(0);
    }

    [Fact]
    public async Task What_runs_is_left_alone_and_orphans_are_deleted_only_when_asked_for()
    {
        string orphan = Path.Combine(api.ImagesFolder, Guid.NewGuid().ToString()), id = await api.CreateAsync();
        File.WriteAllText(orphan, "left");
        var body = new Pipe();
        var content = new StreamContent(body.Reader.AsStream());
        content.Headers.ContentType = new("application/octet-stream");
        Task<Answer> upload = api.SendAsync(ApiServer.Owner, "PUT", $"/v2/images/{id}/file", content);
        await body.Writer.WriteAsync(new byte[300_000], Cancel);
        await body.Writer.FlushAsync(Cancel);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (Directory.GetFiles(api.ImagesFolder, $"*{id}*").Length == 0) await Task.Delay(20, patience.Token);

        (await FsckAsync("--repair")).Code.Should().Be(1);
        File.Exists(orphan).Should().BeTrue();
        (int code, string output) = await FsckAsync("--repair", "--delete-orphans");

        (code, output.Contains(id)).Should().Be((1, false));
        File.Exists(orphan).Should().BeFalse();
        await body.Writer.CompleteAsync();
        (await upload).Status.Should().Be(204);
        (await FsckAsync("--hash")).Code.Should().Be(0);
    }

    [Fact]
    public async Task What_cannot_be_looked_at_is_exit_code_2()
    {
        string away = await api.CreateActiveAsync();
        await ChangeAsync(away, image => image with { Locations = image.Locations.Add(new ImageLocation(0, "http://127.0.0.1:1/image", ImmutableSortedDictionary<string, string>.Empty.Add("store", "web"))) });

        (int code, string output) = await FsckAsync();
        (code, output.Contains($"unchecked       {away} web")).Should().Be((2, true));
        (await FsckAsync("--store", "nowhere")).Code.Should().Be(2);
        (await FsckAsync("--delete-orphans")).Code.Should().Be(2, "it needs --repair");
        (await CommandLine.RunAsync(["fsck", "--config-file", "/nowhere.conf"], new StringWriter())).Should().Be(2);
    }

    [Fact]
    public async Task An_image_that_nobody_knows_is_no_image_that_is_all_right()
    {
        string known = await api.CreateActiveAsync(), gone = await api.CreateActiveAsync(), orphan = Guid.NewGuid().ToString();
        (await api.SendAsync(ApiServer.Owner, "DELETE", $"/v2/images/{gone}")).Status.Should().Be(204);
        File.WriteAllText(Path.Combine(api.ImagesFolder, orphan), "left by somebody");

        (await FsckAsync("--image", known.ToUpperInvariant())).Code.Should().Be(0);
        (await FsckAsync("--image", orphan)).Code.Should().Be(1);
        foreach (string id in new[] { "nope", gone })
        {
            (await FsckAsync("--image", id)).Should().Be((2, ""));
            var output = new StringWriter();
            (await CommandLine.RunAsync(["images", "verify", "--image", id, "--config-file", api.ConfigFile], output)).Should().Be(2);
            output.ToString().Should().BeEmpty();
        }
    }

    private async Task<(int Code, string Output)> FsckAsync(params string[] args)
    {
        var output = new StringWriter { NewLine = "\n" };
        int code = await CommandLine.RunAsync(["fsck", "--config-file", api.ConfigFile, .. args], output);
        return (code, output.ToString());
    }

    private static IReadOnlyList<JsonNode> Lines(string output) => [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).Where(line => line["problem"] is not null)];

    private static string Text(JsonNode line) => $"{line["problem"]} {line["image"]} {line["store"]}";

    private Task<Image> ChangeAsync(string id, Func<Image, Image> change) => api.Server.Database.Images.ChangeAsync(id, image => Task.FromResult(change(image)), Cancel);

    private async Task<JsonNode> ImageAsync(string id) => (await api.GetAsync(ApiServer.Admin, $"/v2/images/{id}")).Json;

    private async Task<string> CopiedAsync()
    {
        string id = await api.CreateActiveAsync();
        (await api.ImportAsync(id, ImportServer.Glance("copy-image", "\"stores\": [\"cheap\"]"), ApiServer.Admin)).Status.Should().Be(202);
        await api.SettledAsync(id);
        return id;
    }
}
