using System.Security.Cryptography;
using System.Text.Json.Nodes;
using KollaNet.ImageService.Tests.Imports;

namespace KollaNet.ImageService.Tests.Api;

/// <summary>What Nova, Cinder and gophercloud ask for, call by call. Source: image-api reference 10.</summary>
public abstract class ClientSequencesContract(Func<CancellationToken, Task<string>>? database) : IAsyncLifetime
{
    private static readonly byte[] Data = RandomNumberGenerator.GetBytes(4099);
    private static readonly string AsService = $"X-Service-Token: {ApiServer.Service}";
    private WebServer web = null!;
    private ApiServer api = null!;

    public async ValueTask InitializeAsync()
    {
        web = await WebServer.StartAsync(Data);
        api = await ApiServer.StartAsync(new ApiServer
        {
            Database = database,
            WebStore = true,
            SecondStore = true,
            Default = "show_multiple_locations = true\nshow_image_direct_url = true\nimage_location_quota = 2",
        });
    }

    public async ValueTask DisposeAsync()
    {
        await api.DisposeAsync();
        await web.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Nova_makes_the_shell_of_a_snapshot_and_puts_an_empty_body()
    {
        (await api.GetAsync(ApiServer.Owner, "/v2/schemas/image")).Json["properties"]!["disk_format"]!["enum"]!.AsArray().Select(one => (string?)one).Should().StartWith([null, "ami"]);
        Answer shell = await api.SendAsync(ApiServer.Owner, "POST", "/v2/images", ApiServer.Json(
            """{"name": "snap", "visibility": "private", "min_ram": 512, "min_disk": 1, "disk_format": "qcow2", "container_format": "bare", "image_type": "snapshot", "instance_uuid": "6f1b3d2c-0000-1111-2222-333344445555", "block_device_mapping": "[]"}"""), AsService);
        string id = (string)shell.Json["id"]!;
        (shell.Status, (string?)shell.Json["status"]).Should().Be((201, "queued"));
        (await api.UploadAsync(ApiServer.Owner, id, [], AsService)).Status.Should().Be(204);
        JsonNode active = (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}", AsService)).Json;
        ((string?)active["status"], (long?)active["size"], active["virtual_size"]).Should().Be(("active", 0L, null));
    }

    [Fact]
    public async Task Nova_takes_away_the_properties_that_are_there()
    {
        string id = await api.CreateActiveAsync(more: "\"image_state\": \"available\", \"old\": \"x\"");
        (await api.PatchAsync(ApiServer.Owner, id, """[{"op": "remove", "path": "/old"}, {"op": "remove", "path": "/image_state"}, {"op": "add", "path": "/image_state", "value": "ready"}]""")).Status.Should().Be(200);
        JsonNode left = (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json;
        (left["old"], (string?)left["image_state"]).Should().Be((null, "ready"));
        (await api.PatchAsync(ApiServer.Owner, id, """[{"op": "remove", "path": "/old"}]""")).Status.Should().Be(409, "it must not be asked twice");
    }

    [Fact]
    public async Task Nova_tells_where_a_snapshot_lies_and_cinder_asks_for_it()
    {
        (await api.GetAsync("", "/versions")).Text.Should().Contain("\"v2.17\"");
        string id = await api.CreateAsync();
        (await api.SendAsync(ApiServer.Owner, "POST", $"/v2/images/{id}/locations", ApiServer.Json($$$"""{"url": "{{{web.Url}}}/image", "validation_data": {}}"""), AsService)).Status.Should().Be(202);
        JsonNode image = (await api.SettledAsync(id)).Image;
        ((string?)image["status"], (long?)image["size"], (string?)image["direct_url"]).Should().Be(("active", Data.Length, $"{web.Url}/image"));
        Answer locations = await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}/locations", AsService);
        locations.Text.Should().Be($$$"""[{"url": "{{{web.Url}}}/image", "metadata": {"store": "web"}}]""");
        (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}/locations")).Status.Should().Be(403, "Cinder falls back to the direct url");
    }

    [Fact]
    public async Task Nova_without_the_locations_api_adds_one_by_patch()
    {
        string id = await api.CreateAsync();
        string first = $"{web.Url}/image", second = $"{web.Url}/ranges";
        await Refused("""{"url": "http://127.0.0.1:1/x"}""", 400, "metadata is needed");
        await Refused("""{"url": "http://127.0.0.1:1/x", "metadata": {}}""", 400, "nothing answers there");
        await Refused("""{"url": "file:///etc/passwd", "metadata": {}}""", 400, "files are not pointed to");
        await Refused("""{"url": "swift+config://ref1/glance/x", "metadata": {}}""", 400, "credentials are not pointed to");
        await Refused("""{"url": "nothing://x", "metadata": {}}""", 400, "the scheme is unknown");
        await Refused($$$"""{"url": "http://{{{new string('x', 255)}}}", "metadata": {}}""", 400, "a url has at most 255 characters");
        await Refused($$$"""{"url": "{{{first}}}", "metadata": {}, "validation_data": {"os_hash_algo": "md5", "os_hash_value": "00"}}""", 400, "the service hashes otherwise");

        Answer added = await Add(first);
        added.Status.Should().Be(200, added.Text);
        ((string?)added.Json["status"], (long?)added.Json["size"], (string?)added.Json["direct_url"]).Should().Be(("active", Data.Length, first));
        (await Add(first)).Status.Should().Be(400, "it is there already");
        (await Add(second)).Json["locations"]!.AsArray().Select(one => (string?)one!["url"]).Should().Equal(first, second);
        (await Add($"{web.Url}/chunked")).Status.Should().BeOneOf(400, 413);
        (await Patch($$$"""[{"op": "replace", "path": "/locations", "value": [{"url": "{{{first}}}", "metadata": {"a": "b"}}, {"url": "{{{second}}}", "metadata": {}}]}]""")).Status.Should().Be(200, "other metadata of the same urls");
        (await Patch($$$"""[{"op": "replace", "path": "/locations", "value": [{"url": "{{{first}}}", "metadata": {}}]}]""")).Status.Should().Be(400);
        (await Patch("""[{"op": "replace", "path": "/locations", "value": []}]""")).Status.Should().Be(403);
        (await Patch("""[{"op": "remove", "path": "/locations/0"}]""")).Status.Should().Be(403, "only administrators take locations away");
        (await Patch("""[{"op": "remove", "path": "/locations/7"}]""", ApiServer.Admin)).Status.Should().BeOneOf(400, 409);
        (await Patch("""[{"op": "remove", "path": "/locations/0"}]""", ApiServer.Admin)).Status.Should().Be(200);
        (await Patch("""[{"op": "remove", "path": "/locations/0"}]""", ApiServer.Admin)).Status.Should().Be(403, "it is the last");
        (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}/file")).Body.Should().Equal(Data);
        (await api.SendAsync(ApiServer.Owner, "POST", $"/v2/images/{id}/actions/deactivate")).Status.Should().Be(204);
        JsonNode withheld = (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json;
        (withheld["locations"]!.AsArray().Count, withheld["direct_url"]).Should().Be((0, null));
        (await Add(first)).Status.Should().Be(409, "the image is deactivated");

        Task<Answer> Patch(string operations, string token = ApiServer.Owner) => api.PatchAsync(token, id, operations);
        Task<Answer> Add(string url) => Patch($$$"""[{"op": "add", "path": "/locations/-", "value": {"url": "{{{url}}}", "metadata": {} } }]""");
        async Task Refused(string location, int status, string because)
        {
            Answer answer = await Patch($$$"""[{"op": "add", "path": "/locations/-", "value": {{{location}}}}]""");
            answer.Status.Should().Be(status, because);
            ((string?)(await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json["status"]).Should().Be("queued");
        }
    }

    [Fact]
    public async Task Nova_has_an_image_copied_to_another_store_and_looks_until_it_is_there()
    {
        string id = await api.CreateActiveAsync();
        (await api.ImportAsync(id, """{"method": {"name": "copy-image"}, "all_stores": false, "all_stores_must_succeed": true, "stores": ["cheap"]}""", ApiServer.Admin)).Status.Should().Be(202);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        JsonNode image;
        while (!((string?)(image = (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json)["stores"])!.Split(',').Contains("cheap"))
        {
            ((string?)image["os_glance_failed_import"] ?? "").Should().BeEmpty();
            await Task.Delay(20, patience.Token);
        }

        ((string?)image["status"]).Should().Be("active");
    }

    [Fact]
    public async Task Gophercloud_follows_relative_links_and_speaks_the_newer_dialect()
    {
        string[] ids = [await api.CreateAsync(more: "\"mark\": \"g\""), await api.CreateAsync(more: "\"mark\": \"g\"")];
        var found = new List<string>();
        string? next = "/v2/images?limit=1&mark=g&sort=created_at:asc,id:asc";
        while (next is not null)
        {
            JsonNode page = (await api.GetAsync(ApiServer.Owner, next)).Json;
            found.AddRange(page["images"]!.AsArray().Select(one => (string)one!["id"]!));
            next = (string?)page["next"];
            next?.Should().StartWith("/v2/images?");
        }

        found.Should().BeEquivalentTo(ids);
        Answer patched = await api.PatchAsync(ApiServer.Owner, ids[0], """[{"op": "replace", "path": "/name", "value": "n"}, {"op": "replace", "path": "/tags", "value": ["a"]}, {"op": "add", "path": "/hw_disk_bus", "value": "scsi"}]""");
        (patched.Status, (string?)patched.Json["schema"]).Should().Be((200, "/v2/schemas/image"));
        (await api.PostAsync(ApiServer.Owner, $"/v2/images/{ids[0]}/members", """{"member": "p2"}""")).Status.Should().Be(200);
        (await api.PostAsync(ApiServer.Owner, "/v2/images", "{}")).Header("OpenStack-image-import-methods").Should().Be("glance-direct,web-download,copy-image");
    }
}
