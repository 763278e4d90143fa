using System.Security.Cryptography;
using System.Text.Json.Nodes;
using KollaNet.ImageService.Tests.Api;
using static KollaNet.ImageService.Tests.Imports.ImportServer;

namespace KollaNet.ImageService.Tests.Imports;

/// <summary>Imports from the request to the end of the task, with two file stores and a web server.</summary>
public abstract class ImportContract(Func<CancellationToken, Task<string>>? database) : IAsyncLifetime
{
    private static readonly byte[] Data = RandomNumberGenerator.GetBytes((3 << 20) + 5);
    private ApiServer api = null!;
    private WebServer web = null!;

    public async ValueTask InitializeAsync()
    {
        web = await WebServer.StartAsync(Data);
        api = await ApiServer.StartAsync(new ApiServer { Database = database, SecondStore = true, Sections = $"[import_filtering_opts]\nallowed_hosts = 127.0.0.1\nallowed_ports = {web.Port}" });
    }

    public async ValueTask DisposeAsync()
    {
        await api.DisposeAsync();
        await web.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Staged_data_becomes_the_image()
    {
        string id = await api.StagedAsync(Data);
        Answer accepted = await api.ImportAsync(id, Glance());
        (accepted.Status, accepted.Body.Length).Should().Be((202, 0));

        (JsonNode image, JsonNode task) = await api.SettledAsync(id);

        ((string?)image["status"], (long?)image["size"], (long?)image["virtual_size"], (string?)image["stores"]).Should().Be(("active", Data.Length, Data.Length, "fast"));
        ((string?)image["os_hash_value"], (string?)image["checksum"]).Should().Be((Convert.ToHexStringLower(SHA512.HashData(Data)), Convert.ToHexStringLower(CryptographicOperations.HashData(HashAlgorithmName.MD5, Data))));
        OsGlance(image).Should().Equal(("os_glance_failed_import", ""), ("os_glance_importing_to_stores", ""));
        ((string?)task["type"], (string?)task["status"], (string?)task["owner"], (string?)task["message"]).Should().Be(("api_image_import", "success", "p1", "Copied 3 MiB (100%)"));
        task["input"]!.ToJsonString().Should().Be($$$"""{"image_id":"{{{id}}}","import_req":{"method":{"name":"glance-direct"}},"backend":["fast"]}""");
        task["result"]!.ToJsonString().Should().Be($$"""{"image_id":"{{id}}"}""");
        task["expires_at"].Should().NotBeNull();
        (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}/file")).Body.Should().Equal(Data);
        Directory.GetFileSystemEntries(api.StagingFolder).Should().BeEmpty();
    }

    [Theory]
    [InlineData("/image")]
    [InlineData("/chunked")]
    [InlineData("/there")]
    public async Task Data_is_fetched_from_the_web_into_every_store(string path)
    {
        string id = await api.CreateAsync();
        (await api.ImportAsync(id, Web(web.Url + path, "\"all_stores\": true"))).Status.Should().Be(202);

        (JsonNode image, JsonNode task) = await api.SettledAsync(id);

        ((string?)image["status"], (string?)image["stores"], (string?)task["message"]).Should().Be(("active", "fast,cheap", "Copied 3 MiB (100%)"));
        foreach (string folder in new[] { api.ImagesFolder, api.CheapFolder }) (await File.ReadAllBytesAsync(Path.Combine(folder, id), TestContext.Current.CancellationToken)).Should().Equal(Data);
        Directory.GetFileSystemEntries(api.StagingFolder).Should().BeEmpty();
    }

    [Theory]
    [InlineData("/nothing", "the server answered 404")]
    [InlineData("/short", "the download broke off")]
    [InlineData("/loop", "the server redirects without end")]
    [InlineData("/forbidden", "the server redirects to where downloads may not go")]
    [InlineData("/otherport", "the server redirects to where downloads may not go")]
    public async Task A_failed_download_leaves_the_image_queued_for_another_try(string path, string why)
    {
        string id = await api.CreateAsync();
        (await api.ImportAsync(id, Web(web.Url + path))).Status.Should().Be(202);

        (JsonNode image, JsonNode task) = await api.SettledAsync(id);

        ((string?)image["status"], image["size"], (string?)task["status"], (string?)task["message"]).Should().Be(("queued", null, "failure", $"Task failed due to Internal Error: {why}"));
        OsGlance(image).Should().Equal(("os_glance_failed_import", "fast"), ("os_glance_importing_to_stores", ""));
        NothingKept();
        (await api.ImportAsync(id, Web(web.Url + "/image"))).Status.Should().Be(202);
        ((string?)(await api.SettledAsync(id)).Image["status"]).Should().Be("active");
    }

    [Fact]
    public async Task Content_that_is_not_what_it_claims_to_be_is_refused()
    {
        string id = await api.StagedAsync(Data);
        await api.PatchAsync(ApiServer.Owner, id, """[{"op": "replace", "path": "/disk_format", "value": "qcow2"}]""");
        await api.ImportAsync(id, Glance(more: "\"all_stores\": true, \"all_stores_must_succeed\": false"));

        (JsonNode image, JsonNode task) = await api.SettledAsync(id);

        ((string?)image["status"], (string?)image["os_glance_failed_import"], (string?)task["status"]).Should().Be(("queued", "fast,cheap", "failure"));
        NothingKept();
    }

    [Theory]
    [InlineData(true, "queued", "fast,cheap", null)]
    [InlineData(false, "active", "cheap", "fast")]
    public async Task A_store_that_fails_fails_all_or_itself(bool mustSucceed, string status, string failed, string? stores)
    {
        string id = await api.StagedAsync(Data);
        Directory.CreateDirectory(Path.Combine(api.CheapFolder, id));
        await api.ImportAsync(id, Glance(more: $"\"stores\": [\"fast\", \"cheap\"], \"all_stores_must_succeed\": {(mustSucceed ? "true" : "false")}"));

        (JsonNode image, JsonNode task) = await api.SettledAsync(id);

        ((string?)image["status"], (string?)image["os_glance_failed_import"], (string?)image["os_glance_importing_to_stores"], (string?)image["stores"]).Should().Be((status, failed, "", stores));
        ((string?)task["status"]).Should().Be(mustSucceed ? "failure" : "success");
        File.Exists(Path.Combine(api.ImagesFolder, id)).Should().Be(!mustSucceed);
        Directory.GetFileSystemEntries(api.StagingFolder).Should().BeEmpty();
    }

    [Fact]
    public async Task An_active_image_is_copied_to_other_stores()
    {
        string id = await api.CreateActiveAsync();
        (await api.ImportAsync(id, Glance("copy-image", "\"stores\": [\"cheap\"]"))).Status.Should().Be(403, "only administrators copy");
        (await api.ImportAsync(id, Glance("copy-image", "\"stores\": [\"fast\"]"), ApiServer.Admin)).Status.Should().Be(400, "it is there");
        (await api.ImportAsync(id, Glance("copy-image", "\"all_stores\": true"), ApiServer.Admin)).Status.Should().Be(202);

        (JsonNode image, JsonNode task) = await api.SettledAsync(id);

        ((string?)image["status"], (string?)image["stores"], (string?)task["status"]).Should().Be(("active", "fast,cheap", "success"));
        (await File.ReadAllTextAsync(Path.Combine(api.CheapFolder, id), TestContext.Current.CancellationToken)).Should().Be("0123456789");
        (await api.ImportAsync(id, Glance("copy-image", "\"all_stores\": true"), ApiServer.Admin)).Status.Should().Be(202, "there is nothing to do");
        (await api.GetAsync(ApiServer.Admin, $"/v2/images/{id}/tasks")).Json["tasks"]!.AsArray().Should().HaveCount(1);
    }

    [Fact]
    public async Task A_copy_that_differs_or_fails_leaves_the_image_as_it_was()
    {
        string id = await api.CreateActiveAsync();
        await File.WriteAllTextAsync(Path.Combine(api.ImagesFolder, id), "9876543210", TestContext.Current.CancellationToken);
        await api.ImportAsync(id, Glance("copy-image", "\"stores\": [\"cheap\"]"), ApiServer.Admin);

        (JsonNode image, JsonNode task) = await api.SettledAsync(id);

        ((string?)image["status"], (string?)image["stores"], (string?)image["os_glance_failed_import"]).Should().Be(("active", "fast", "cheap"));
        ((string?)task["message"]).Should().Contain("differs");
        Directory.GetFileSystemEntries(api.CheapFolder).Should().BeEmpty();
    }

    [Fact]
    public async Task Copies_asked_for_at_once_are_made_once_and_none_fails()
    {
        for (int round = 0; round < 5; round++)
        {
            string id = await api.CreateActiveAsync();
            Answer[] answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => api.ImportAsync(id, Glance("copy-image", "\"stores\": [\"cheap\"]"), ApiServer.Admin)));

            answers.Select(answer => answer.Status).Should().ContainSingle(status => status == 202).And.OnlyContain(status => status == 202 || status == 409 || status == 400);
            JsonNode image = (await api.SettledAsync(id)).Image;
            ((string?)image["stores"], (string?)image["os_glance_failed_import"]).Should().Be(("fast,cheap", ""));
        }
    }

    [Fact]
    public async Task A_copy_that_fails_leaves_what_it_made_when_nothing_else_is_left()
    {
        await using ApiServer three = await ApiServer.StartAsync(new ApiServer { Database = database, SecondStore = true, WebStore = true });
        string id = await three.CreateAsync();
        await three.PostAsync(ApiServer.Owner, $"/v2/images/{id}/locations", $$"""{"url": "{{web.Url}}/slow"}""");
        web.SlowAfter = int.MaxValue;
        ((string?)(await three.SettledAsync(id)).Image["stores"]).Should().Be("web");
        web.SlowAfter = web.Asks.Count(ask => ask.StartsWith("GET /slow", StringComparison.Ordinal)) + 1;
        Directory.CreateDirectory(Path.Combine(three.CheapFolder, id));

        (await three.ImportAsync(id, Glance("copy-image", "\"stores\": [\"fast\", \"cheap\"]"), ApiServer.Admin)).Status.Should().Be(202);
        await web.Asked;
        (await three.SendAsync(ApiServer.Admin, "DELETE", $"/v2/stores/web/{id}")).Status.Should().Be(204, "the copy in the first store is there");
        web.GoOn();

        JsonNode image = (await three.SettledAsync(id)).Image;
        ((string?)image["status"], (string?)image["stores"], (string?)image["os_glance_failed_import"]).Should().Be(("active", "fast", "cheap"));
        (await three.GetAsync(ApiServer.Owner, $"/v2/images/{id}/file")).Body.Should().Equal(Data);
    }

    [Fact]
    public async Task A_task_of_the_old_kind_makes_an_image()
    {
        Answer created = await api.PostAsync(ApiServer.Admin, "/v2/tasks", OldTask($"{web.Url}/image"));
        created.Status.Should().Be(201, created.Text);
        ((string?)created.Json["type"], (string?)created.Json["status"]).Should().Be(("import", "pending"));
        created.Header("Location").Should().EndWith($"/v2/tasks/{(string?)created.Json["id"]}");

        (JsonNode image, JsonNode task) = await api.SettledAsync((string)created.Json["image_id"]!);

        ((string?)image["status"], (string?)image["name"], (string?)image["disk_format"], (long?)image["size"]).Should().Be(("active", "old", "raw", Data.Length));
        ((string?)task["id"], (string?)task["status"]).Should().Be(((string?)created.Json["id"], "success"));
        ((string?)(await api.GetAsync(ApiServer.Admin, "/v2/tasks?type=import")).Json["tasks"]![0]!["id"]).Should().Be((string?)created.Json["id"]);
    }

    [Theory]
    [InlineData(ApiServer.Owner, "{}", 403)]
    [InlineData(ApiServer.Admin, "{}", 400)]
    [InlineData(ApiServer.Admin, """{"type": "export", "input": {}}""", 400)]
    [InlineData(ApiServer.Admin, """{"type": "import"}""", 400)]
    [InlineData(ApiServer.Admin, """{"type": "import", "input": {"import_from": "http://127.0.0.1/x", "import_from_format": "raw"}}""", 400)]
    [InlineData(ApiServer.Admin, """{"type": "import", "input": {"import_from": "file:///etc/passwd", "import_from_format": "raw", "image_properties": {"container_format": "bare"}}}""", 400)]
    [InlineData(ApiServer.Admin, """{"type": "import", "input": {"import_from": "http://127.0.0.1/x", "import_from_format": "raw", "image_properties": {"min_disk": -1}}}""", 400)]
    public async Task A_task_that_says_nothing_sensible_is_refused(string token, string body, int status)
    {
        (await api.PostAsync(token, "/v2/tasks", body)).Status.Should().Be(status);
        (await api.GetAsync(ApiServer.Admin, "/v2/images?visibility=all")).Json["images"]!.AsArray().Should().BeEmpty();
    }

    [Fact]
    public async Task Injected_properties_are_for_those_whose_roles_are_not_left_out()
    {
        await using ApiServer injecting = await ApiServer.StartAsync(new ApiServer
        {
            Database = database,
            Sections = "[image_import_opts]\nimage_import_plugins = [no_op, inject_image_metadata]\n[inject_metadata_properties]\ninject = origin:import, note:checked",
        });
        foreach ((string token, string? origin) in new[] { (ApiServer.Owner, "import"), (ApiServer.Admin, (string?)null) })
        {
            string id = await injecting.StagedAsync([1]);
            (await injecting.ImportAsync(id, Glance(), token)).Status.Should().Be(202);
            ((string?)(await injecting.SettledAsync(id)).Image["origin"]).Should().Be(origin);
        }
    }

    [Fact]
    public async Task While_a_task_has_the_image_nobody_else_gets_it_but_its_metadata_may_change()
    {
        string id = await api.CreateAsync();
        await api.ImportAsync(id, Web(web.Url + "/slow"));
        await web.Asked;

        JsonNode image = (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json;
        ((string?)image["status"], (string?)image["os_glance_importing_to_stores"], (string?)image["os_glance_failed_import"]).Should().Be(("importing", "fast", ""));
        string task = (string)(await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}/tasks")).Json["tasks"]![0]!["id"]!;
        ((string?)image["os_glance_import_task"]).Should().Be(task);
        (await api.ImportAsync(id, Web(web.Url + "/image"))).Status.Should().Be(409);
        (await api.PatchAsync(ApiServer.Owner, id, """[{"op": "add", "path": "/colour", "value": "red"}]""")).Status.Should().Be(200);
        web.GoOn();

        image = (await api.SettledAsync(id)).Image;
        ((string?)image["status"], (string?)image["colour"]).Should().Be(("active", "red"));
    }

    [Fact]
    public async Task An_image_deleted_meanwhile_leaves_nothing_behind()
    {
        string id = await api.CreateAsync();
        await api.ImportAsync(id, Web(web.Url + "/slow"));
        await web.Asked;
        string task = (string)(await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}/tasks")).Json["tasks"]![0]!["id"]!;
        (await api.SendAsync(ApiServer.Owner, "DELETE", $"/v2/images/{id}")).Status.Should().Be(204);
        web.GoOn();

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        JsonNode shown;
        while ((string?)(shown = (await api.GetAsync(ApiServer.Admin, $"/v2/tasks/{task}")).Json)["status"] is not "failure") await Task.Delay(20, patience.Token);
        ((string?)shown["message"]).Should().Contain("deleted");
        NothingKept();
    }

    private static IEnumerable<(string, string?)> OsGlance(JsonNode image) =>
        image.AsObject().Where(pair => pair.Key.StartsWith("os_glance", StringComparison.Ordinal)).Select(pair => (pair.Key, (string?)pair.Value)).Order();

    private static string OldTask(string uri) =>
        $$$$"""{"type": "import", "input": {"import_from": "{{{{uri}}}}", "import_from_format": "raw", "image_properties": {"name": "old", "container_format": "bare"}}}""";

    private void NothingKept()
    {
        foreach (string folder in new[] { api.ImagesFolder, api.CheapFolder, api.StagingFolder }) Directory.GetFileSystemEntries(folder).Should().BeEmpty(folder);
    }
}
