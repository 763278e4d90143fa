using System.Text.Json.Nodes;
using KollaNet.ImageService.Tests.Imports;

namespace KollaNet.ImageService.Tests.Api;

/// <summary>Changes of locations. Source: image-api reference 2.5, /locations.</summary>
public abstract class LocationPatchContract(Func<CancellationToken, Task<string>>? database) : IAsyncLifetime
{
    private const string Missing = "Property disk_format must be set prior to saving data.";
    private static readonly byte[] Data = [1, 2, 3];
    private static readonly string Sha512 = new('a', 128), Md5 = new('b', 32);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private WebServer web = null!;
    private ApiServer api = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        web = await WebServer.StartAsync(Data);
        api = await ApiServer.StartAsync(new ApiServer { Database = database, WebStore = true, SecondStore = true, Default = "show_multiple_locations = true" });
    }

    public async ValueTask DisposeAsync()
    {
        await api.DisposeAsync();
        await web.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData("""[{"op": "add", "path": "/locations/-", "value": LOCATION}]""")]
    [InlineData("""[{"op": "replace", "path": "/locations", "value": [LOCATION]}]""")]
    public async Task While_a_backend_is_asked_others_write(string operations)
    {
        string id = await api.CreateAsync(), other = await api.CreateAsync();
        Task<Answer> adding = api.PatchAsync(ApiServer.Owner, id, operations.Replace("LOCATION", Location("/silent"), StringComparison.Ordinal));
        await web.Asked.WaitAsync(Deadline, Cancel);

        foreach (string one in new[] { other, id })
            (await api.PatchAsync(ApiServer.Owner, one, """[{"op": "replace", "path": "/name", "value": "new"}]""").WaitAsync(Deadline, Cancel)).Status.Should().Be(200);
        adding.IsCompleted.Should().BeFalse();
        web.GoOn();

        JsonNode image = (await adding.WaitAsync(Deadline, Cancel)).Json;
        ((string?)image["status"], (long?)image["size"], (string?)image["name"]).Should().Be(("active", Data.Length, "new"));
    }

    [Fact]
    public async Task What_changed_while_a_backend_was_asked_counts()
    {
        string id = await api.CreateAsync();
        Task<Answer> adding = AddAsync(id, Location("/silent"));
        await web.Asked.WaitAsync(Deadline, Cancel);
        (await PatchAsync(id, """[{"op": "replace", "path": "/disk_format", "value": null}]""").WaitAsync(Deadline, Cancel)).Status.Should().Be(200);
        web.GoOn();

        Answer refused = await adding.WaitAsync(Deadline, Cancel);

        (refused.Status, await StatusAsync(id)).Should().Be((400, "queued"));
        refused.Text.Should().Contain(Missing);
    }

    [Fact]
    public async Task No_backend_is_asked_for_a_change_that_is_refused()
    {
        string id = await api.CreateAsync();
        (await api.PatchAsync(ApiServer.Reader, id, Adding(Location("/image")))).Status.Should().Be(403);
        (await PatchAsync(id, $$"""[{"op": "add", "path": "/locations/-", "value": {{Location("/image")}}}, {"op": "remove", "path": "/absent"}]""")).Status.Should().Be(409);
        web.Asks.Should().BeEmpty();
    }

    [Theory]
    [InlineData("/locations/0", "fast", "cheap")]
    [InlineData("/locations/1", "cheap", "fast")]
    [InlineData("/locations/-", "cheap", "fast")]
    public async Task The_data_of_a_removed_location_goes_with_it(string path, string gone, string stays)
    {
        string id = await TwoCopiesAsync(), remove = $$"""[{"op": "remove", "path": "{{path}}"}]""";
        (await PatchAsync(id, remove)).Status.Should().Be(403, "only administrators take locations away");
        (FileOf(id, gone).Exists, FileOf(id, stays).Exists).Should().Be((true, true));

        (await PatchAsync(id, remove, ApiServer.Admin)).Status.Should().Be(200);

        (FileOf(id, gone).Exists, FileOf(id, stays).Exists, (string?)(await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json["stores"]).Should().Be((false, true, stays));
        (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}/file")).Text.Should().Be("0123456789");
        (await PatchAsync(id, """[{"op": "remove", "path": "/locations/-"}]""", ApiServer.Admin)).Status.Should().Be(403, "it is the last");
    }

    [Fact]
    public async Task Locations_that_stay_keep_their_data()
    {
        string id = await TwoCopiesAsync();
        JsonArray locations = (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json["locations"]!.AsArray();
        string reversed = $"[{string.Join(", ", locations.Reverse().Select(location => location!.ToJsonString()))}]";
        (await PatchAsync(id, $$"""[{"op": "replace", "path": "/locations", "value": {{reversed}}}]""")).Status.Should().Be(200);
        (await PatchAsync(id, """[{"op": "remove", "path": "/locations/0"}, {"op": "remove", "path": "/absent"}]""", ApiServer.Admin)).Status.Should().Be(409);
        (await PatchAsync(id, """[{"op": "remove", "path": "/locations/0"}, {"op": "remove", "path": "/locations/0"}]""", ApiServer.Admin)).Status.Should().Be(403);
        (FileOf(id, "fast").Exists, FileOf(id, "cheap").Exists).Should().Be((true, true));
    }

    [Fact]
    public async Task Where_there_is_no_location_there_is_no_last_one()
    {
        string id = await api.CreateAsync();
        foreach (string path in new[] { "/locations/-", "/locations/0" }) (await PatchAsync(id, $$"""[{"op": "remove", "path": "{{path}}"}]""", ApiServer.Admin)).Status.Should().Be(400);
    }

    [Fact]
    public async Task What_cannot_be_a_digest_is_refused()
    {
        string id = await api.CreateAsync();
        foreach ((string promise, int status) in new[]
        {
            ("5", 400), ("null", 400), ("[]", 400), ("{}", 400), ("""{"os_hash_algo": "sha512"}""", 400), ("""{"os_hash_algo": "sha512", "os_hash_value": 5}""", 400),
            (Promise("abc"), 409), (Promise(new string('x', 128)), 409), (Promise(new string('a', 127)), 409), (Promise(new string('a', 5000)), 409), (Promise(""), 409),
            (Promise(Sha512, ", \"checksum\": 5"), 400), (Promise(Sha512, ", \"checksum\": null"), 400), (Promise(Sha512, ", \"checksum\": \"abc\""), 400),
            (Promise(Sha512, $", \"checksum\": \"{new string('x', 32)}\""), 409), (Promise(Sha512, $", \"crc\": \"{Md5}\""), 400),
        })
        {
            (await AddAsync(id, Location("/image", promise))).Status.Should().Be(status, promise);
            (await PatchAsync(id, $$"""[{"op": "replace", "path": "/locations", "value": [{{Location("/image", promise)}}]}]""")).Status.Should().Be(status, promise);
        }

        string two = $"[{Location("/image", Promise(Sha512))}, {Location("/ranges", Promise(new string('c', 128)))}]";
        (await PatchAsync(id, $$"""[{"op": "replace", "path": "/locations", "value": {{two}}}]""")).Status.Should().Be(409, "they contradict each other");
        (await StatusAsync(id)).Should().Be("queued");
        web.Asks.Should().BeEmpty();
    }

    [Fact]
    public async Task Digests_are_kept_in_lower_case_and_compared_whatever_theirs()
    {
        string id = await api.CreateAsync(), promise = Promise(Sha512.ToUpperInvariant(), $", \"checksum\": \"{Md5.ToUpperInvariant()}\"");
        JsonNode image = (await AddAsync(id, Location("/image", promise))).Json;
        ((string?)image["os_hash_value"], (string?)image["checksum"]).Should().Be((Sha512, Md5));
        (await AddAsync(id, Location("/ranges", promise))).Status.Should().Be(200);
        (await AddAsync(id, Location("/there", Promise(Sha512, $", \"checksum\": \"{new string('c', 32)}\"")))).Status.Should().Be(409);
        (await PatchAsync(id, $$"""[{"op": "replace", "path": "/locations", "value": [{{Location("/image", Promise("abc"))}}, {{Location("/ranges")}}]}]""")).Status.Should().Be(409);
    }

    [Fact]
    public async Task An_image_without_formats_gets_no_location()
    {
        foreach ((string formats, string why) in new[] { ("", Missing), ("\"container_format\": \"bare\"", Missing), ("\"disk_format\": \"raw\"", Missing.Replace("disk", "container", StringComparison.Ordinal)) })
        {
            string id = (string)(await api.PostAsync(ApiServer.Owner, "/v2/images", $"{{{formats}}}")).Json["id"]!;
            Answer before = await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}");
            foreach (Answer refused in new[]
            {
                await AddAsync(id, Location("/image")),
                await PatchAsync(id, $$"""[{"op": "replace", "path": "/locations", "value": [{{Location("/image")}}]}]"""),
                await api.PostAsync(ApiServer.Owner, $"/v2/images/{id}/locations", $$"""{"url": "{{web.Url}}/image"}"""),
            })
            {
                refused.Status.Should().Be(400, refused.Text);
                refused.Text.Should().Contain(why);
                (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Text.Should().Be(before.Text);
            }

            web.Asks.Should().BeEmpty();
        }
    }

    [Fact]
    public async Task Formats_may_come_with_the_location()
    {
        string id = (string)(await api.PostAsync(ApiServer.Owner, "/v2/images", "{}")).Json["id"]!;
        string operations = $$"""[{"op": "replace", "path": "/disk_format", "value": "raw"}, {"op": "replace", "path": "/container_format", "value": "bare"}, {"op": "add", "path": "/locations/-", "value": {{Location("/image")}}}]""";
        ((string?)(await PatchAsync(id, operations)).Json["status"]).Should().Be("active");
    }

    [Fact]
    public async Task Formats_that_are_taken_away_while_a_location_is_looked_at_fail_its_task()
    {
        string id = await api.CreateAsync();
        (await api.PostAsync(ApiServer.Owner, $"/v2/images/{id}/locations", $$"""{"url": "{{web.Url}}/silent"}""")).Status.Should().Be(202);
        await web.Asked.WaitAsync(Deadline, Cancel);
        (await PatchAsync(id, """[{"op": "replace", "path": "/disk_format", "value": null}]""").WaitAsync(Deadline, Cancel)).Status.Should().Be(200);
        web.GoOn();

        (JsonNode image, JsonNode task) = await api.SettledAsync(id);

        ((string?)image["status"], (string?)task["status"], (string?)task["message"]).Should().Be(("queued", "failure", $"Task failed due to Internal Error: {Missing}"));
    }

    [Fact]
    public async Task Metadata_that_names_a_key_twice_has_its_last_value()
    {
        string id = await api.CreateAsync();
        Answer added = await AddAsync(id, $$$"""{"url": "{{{web.Url}}}/image", "metadata": {"a": "b", "a": "c"}}""");
        added.Status.Should().Be(200, added.Text);
        ((string?)added.Json["locations"]![0]!["metadata"]!["a"]).Should().Be("c");
    }

    private static string Promise(string hash, string more = "") => $$"""{"os_hash_algo": "sha512", "os_hash_value": "{{hash}}"{{more}}}""";

    private static string Adding(string location) => $$"""[{"op": "add", "path": "/locations/-", "value": {{location}}}]""";

    private string Location(string path, string? promise = null) => $$"""{"url": "{{web.Url}}{{path}}", "metadata": {}{{(promise is null ? "" : $", \"validation_data\": {promise}")}}}""";

    private FileInfo FileOf(string id, string store) => new(Path.Combine(store == "fast" ? api.ImagesFolder : api.CheapFolder, id));

    private async Task<string?> StatusAsync(string id) => (string?)(await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json["status"];

    private async Task<string> TwoCopiesAsync()
    {
        string id = await api.CreateActiveAsync();
        await api.ImportAsync(id, """{"method": {"name": "copy-image"}, "stores": ["cheap"]}""", ApiServer.Admin);
        ((string?)(await api.SettledAsync(id)).Image["stores"]).Should().Be("fast,cheap");
        return id;
    }

    private Task<Answer> PatchAsync(string id, string operations, string token = ApiServer.Owner) => api.PatchAsync(token, id, operations);

    private Task<Answer> AddAsync(string id, string location) => PatchAsync(id, Adding(location));
}
