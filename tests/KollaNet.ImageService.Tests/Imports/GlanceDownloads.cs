using System.Text.Json.Nodes;
using KollaNet.ImageService.Tests.Api;
using KollaNet.ImageService.Tests.Caching;

namespace KollaNet.ImageService.Tests.Imports;

/// <summary>Import method glance-download, between two services whose Keystones know the same tokens; the catalog of the first names the second.</summary>
public sealed class GlanceDownloads : IAsyncLifetime
{
    private readonly byte[] data = CacheClient.Bytes(3_000_000);
    private ApiServer there = null!, here = null!;

    public async ValueTask InitializeAsync()
    {
        there = await ApiServer.StartAsync(new ApiServer());
        here = await ApiServer.StartAsync(new ApiServer
        {
            Default = "enabled_import_methods = web-download,glance-download",
            Sections = $"[import_filtering_opts]\nallowed_hosts = 127.0.0.1\nallowed_ports = {there.Address.Port}",
        });
        here.Keystone.Add(ApiServer.Owner, "p1", ["member", "reader"], edit: token => token["catalog"] = Catalog($"{there.Address}"));
    }

    public async ValueTask DisposeAsync()
    {
        await here.DisposeAsync();
        await there.DisposeAsync();
    }

    [Fact]
    public async Task An_image_comes_with_its_data_formats_and_the_properties_that_matter_everywhere()
    {
        string remote = await there.UploadedAsync(data, "\"container_format\": \"ovf\", \"hw_disk_bus\": \"scsi\", \"trait:CUSTOM_X\": \"required\", \"os_distro\": \"debian\", \"color\": \"red\"");
        string id = await here.CreateAsync(more: "\"os_distro\": \"unknown\", \"own\": \"stays\"");

        (await here.ImportAsync(id, Remote(remote))).Status.Should().Be(202);

        (JsonNode image, JsonNode task) = await here.SettledAsync(id);
        ((string?)task["status"], (string?)image["status"], (long)image["size"]!, (string?)image["container_format"]).Should().Be(("success", "active", data.Length, "ovf"), task.ToJsonString());
        ((string?)image["hw_disk_bus"], (string?)image["trait:CUSTOM_X"], (string?)image["os_distro"], (string?)image["own"], image["color"]).Should().Be(("scsi", "required", "debian", "stays", null));
        ((string?)image["os_hash_value"]).Should().Be((string?)(await there.GetAsync(ApiServer.Owner, $"/v2/images/{remote}")).Json["os_hash_value"]);
        (await here.DownloadAsync(id)).Body.Should().Equal(data);
        Directory.GetFiles(here.StagingFolder).Should().BeEmpty();
    }

    [Fact]
    public async Task What_goes_wrong_over_there_leaves_the_image_queued_with_nothing_kept()
    {
        string queued = await there.CreateAsync(), foreign = await there.CreateActiveAsync(ApiServer.Other), rotten = await there.UploadedAsync(data), cut = await there.UploadedAsync(data);
        await File.WriteAllBytesAsync(Path.Combine(there.ImagesFolder, rotten), CacheClient.Bytes(data.Length), TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(Path.Combine(there.ImagesFolder, cut), data[..1_000_000], TestContext.Current.CancellationToken);
        await FailsAsync(Remote(queued), "not active but queued");
        await FailsAsync(Remote(foreign), "answered 404");
        await FailsAsync(Remote(rotten), "sha512");
        await FailsAsync(Remote(cut), "Task failed due to Internal Error: ");
        await FailsAsync(Remote(queued, "\"glance_region\": \"nowhere\""), "no public endpoint of an image service in region nowhere");
        await FailsAsync(Remote(queued, "\"glance_region\": \"there\", \"glance_service_interface\": \"admin\""), "no admin endpoint");
    }

    [Fact]
    public async Task Where_downloads_may_go_holds_for_other_regions_too()
    {
        await using ApiServer closed = await ApiServer.StartAsync(new ApiServer { Default = "enabled_import_methods = glance-download" });
        closed.Keystone.Add(ApiServer.Owner, "p1", ["member", "reader"], edit: token => token["catalog"] = Catalog($"{there.Address}"));
        string id = await closed.CreateAsync();
        (await closed.ImportAsync(id, Remote(await there.CreateActiveAsync()))).Status.Should().Be(202);
        ((string?)(await closed.SettledAsync(id)).Task["message"]).Should().Contain("port is not allowed");
    }

    [Fact]
    public async Task Another_region_is_no_way_around_property_protections()
    {
        string file = Path.Combine(here.StagingFolder, "protections.conf");
        await File.WriteAllTextAsync(file, "[hw_.*]\ncreate = admin\nread = @\nupdate = admin\ndelete = admin\n[.*]\ncreate = @\nread = @\nupdate = @\ndelete = @\n", TestContext.Current.CancellationToken);
        await using ApiServer strict = await ApiServer.StartAsync(new ApiServer
        {
            Default = $"enabled_import_methods = glance-download\nproperty_protection_file = {file}",
            Sections = $"[import_filtering_opts]\nallowed_hosts = 127.0.0.1\nallowed_ports = {there.Address.Port}",
        });
        strict.Keystone.Add(ApiServer.Owner, "p1", ["member", "reader"], edit: token => token["catalog"] = Catalog($"{there.Address}"));
        string id = await strict.CreateAsync();
        (await strict.ImportAsync(id, Remote(await there.CreateActiveAsync(more: "\"hw_disk_bus\": \"scsi\"")))).Status.Should().Be(202);
        (JsonNode image, JsonNode task) = await strict.SettledAsync(id);
        ((string?)task["message"]).Should().Contain("'hw_disk_bus'").And.Contain("protected");
        ((string?)image["status"], image["hw_disk_bus"]).Should().Be(("queued", null));
    }

    [Theory]
    [InlineData("\"glance_image_id\": \"00000000-0000-0000-0000-000000000001\"")]
    [InlineData("\"glance_region\": \"there\"")]
    [InlineData("\"glance_region\": \"there\", \"glance_image_id\": \"x\"")]
    [InlineData("\"glance_region\": 1, \"glance_image_id\": \"00000000-0000-0000-0000-000000000001\"")]
    [InlineData("\"glance_region\": \"there\", \"glance_image_id\": \"00000000-0000-0000-0000-000000000001\", \"glance_service_interface\": \"x\"")]
    public async Task What_to_fetch_has_to_be_said(string fields)
    {
        string id = await here.CreateAsync();
        Answer answer = await here.ImportAsync(id, $$"""{"method": {"name": "glance-download", {{fields}} } }""");
        answer.Status.Should().Be(400, answer.Text);
        (await there.ImportAsync(await there.CreateAsync(), Remote(Guid.NewGuid().ToString()))).Status.Should().Be(400, "the method is off by default");
        (await here.ImportAsync(await here.CreateActiveAsync(), $$"""{"method": {"name": "glance-download", {{fields}} } }""")).Status.Should().Be(409, "the status comes first");
    }

    private static string Remote(string id, string where = "\"glance_region\": \"there\"") => $$"""{"method": {"name": "glance-download", "glance_image_id": "{{id}}", {{where}} } }""";

    private static JsonArray Catalog(string url) => new(new JsonObject
    {
        ["type"] = "image",
        ["name"] = "glance",
        ["endpoints"] = new JsonArray(
            new JsonObject { ["region"] = "here", ["region_id"] = "here", ["interface"] = "public", ["url"] = "http://127.0.0.1:1" },
            new JsonObject { ["region"] = "there", ["region_id"] = "there", ["interface"] = "internal", ["url"] = "http://127.0.0.1:1" },
            new JsonObject { ["region"] = "there", ["region_id"] = "there", ["interface"] = "public", ["url"] = url }),
    });

    private async Task FailsAsync(string body, string why)
    {
        string id = await here.CreateAsync();
        (await here.ImportAsync(id, body)).Status.Should().Be(202);
        (JsonNode image, JsonNode task) = await here.SettledAsync(id);
        ((string?)task["status"], (string?)image["status"]).Should().Be(("failure", "queued"), body);
        ((string?)task["message"]).Should().Contain(why);
        (Directory.GetFiles(here.StagingFolder).Length, File.Exists(Path.Combine(here.ImagesFolder, id))).Should().Be((0, false), body);
    }
}
