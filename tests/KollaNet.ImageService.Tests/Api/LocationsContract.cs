using System.Security.Cryptography;
using System.Text.Json.Nodes;
using KollaNet.ImageService.Tests.Imports;

namespace KollaNet.ImageService.Tests.Api;

/// <summary>The locations API, with a web server whose data images point to.</summary>
public abstract class LocationsContract(Func<CancellationToken, Task<string>>? database) : IAsyncLifetime
{
    private static readonly byte[] Data = RandomNumberGenerator.GetBytes((1 << 20) + 7);
    private static readonly string Sha256 = Convert.ToHexStringLower(SHA256.HashData(Data));
    private WebServer web = null!;
    private ApiServer api = null!;

    public async ValueTask InitializeAsync()
    {
        web = await WebServer.StartAsync(Data);
        api = await ApiServer.StartAsync(new ApiServer { Database = database, WebStore = true });
    }

    public async ValueTask DisposeAsync()
    {
        await api.DisposeAsync();
        await web.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_location_without_a_promise_is_hashed_behind()
    {
        string id = await api.CreateAsync();
        (await api.GetAsync(ApiServer.Service, $"/v2/images/{id}/locations")).Status.Should().Be(404, "a service without roles in the project does not see it");
        (await api.GetAsync(ApiServer.Admin, $"/v2/images/{id}/locations")).Text.Should().Be("[]");
        Answer accepted = await AddAsync(ApiServer.Owner, id, $"{web.Url}/ranges");
        (accepted.Status, accepted.Body.Length).Should().Be((202, 0));

        (JsonNode image, JsonNode task) = await api.SettledAsync(id);

        ((string?)image["status"], (long?)image["size"], (string?)image["stores"], (string?)image["os_hash_value"]).Should().Be(("active", Data.Length, "web", Convert.ToHexStringLower(SHA512.HashData(Data))));
        ((string?)task["type"], (string?)task["status"]).Should().Be(("location_import", "success"));
        (await api.GetAsync(ApiServer.Admin, $"/v2/images/{id}/locations")).Text.Should().Be($$$"""[{"url": "{{{web.Url}}}/ranges", "metadata": {"store": "web"}}]""");
        (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}/locations")).Status.Should().Be(403);
        (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}/file")).Body.Should().Equal(Data);
        (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}/file", "Range: bytes=5-14")).Body.Should().Equal(Data[5..15]);
        web.Asks.Should().Contain("GET /ranges bytes=5-14");
        (await AddAsync(ApiServer.Owner, id, $"{web.Url}/image")).Status.Should().Be(409, "only a queued image takes a location");
        (await api.SendAsync(ApiServer.Owner, "DELETE", $"/v2/images/{id}")).Status.Should().Be(204);
    }

    [Fact]
    public async Task The_role_that_a_route_asks_for_is_enough()
    {
        string id = await api.CreateAsync(ApiServer.Admin, more: "\"visibility\": \"public\"");
        (await AddAsync(ApiServer.Service, id, $"{web.Url}/ranges")).Status.Should().Be(202);
        await api.SettledAsync(id);
        (await api.GetAsync(ApiServer.Service, $"/v2/images/{id}/locations")).Text.Should().Contain($"{web.Url}/ranges");
        (await api.GetAsync(ApiServer.Service, $"/v2/images/{id}")).Status.Should().Be(404, "it may not show images");
        api.Keystone.Add("writer", "p1", ["member"]);
        string own = await api.CreateAsync();
        (await api.PatchAsync("writer", own, """[{"op": "add", "path": "/colour", "value": "red"}]""")).Status.Should().Be(200);
        (await api.UploadAsync("writer", own, [1])).Status.Should().Be(204);
    }

    [Fact]
    public async Task A_web_server_that_breaks_off_is_asked_again_as_often_as_the_options_say()
    {
        string id = await api.CreateAsync(), hopeless = await api.CreateAsync();
        web.BreakOff(3);
        await AddAsync(ApiServer.Owner, id, $"{web.Url}/weak");
        (JsonNode image, JsonNode task) = await api.SettledAsync(id);
        ((string?)image["os_hash_value"], (string?)task["status"], web.Asks.Count(ask => ask.StartsWith("GET /weak", StringComparison.Ordinal))).Should()
            .Be((Convert.ToHexStringLower(SHA512.HashData(Data)), "success", 4), "http_retries is 3");

        web.BreakOff(4);
        await AddAsync(ApiServer.Owner, hopeless, $"{web.Url}/weak", "sha256", Sha256);
        (image, task) = await api.SettledAsync(hopeless);
        ((string?)image["status"], (string?)task["status"]).Should().Be(("queued", "failure"));
    }

    [Fact]
    public async Task While_a_location_is_read_no_other_is_taken()
    {
        string id = await api.CreateAsync();
        await AddAsync(ApiServer.Owner, id, $"{web.Url}/slow", "sha256", Sha256);
        await web.Asked;
        ((string?)(await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json["status"]).Should().Be("importing");
        (await AddAsync(ApiServer.Owner, id, $"{web.Url}/image")).Status.Should().Be(409);
        (await api.UploadAsync(ApiServer.Owner, id, [1])).Status.Should().Be(409);
        web.GoOn();
        ((string?)(await api.SettledAsync(id)).Image["status"]).Should().Be("active");
    }

    [Fact]
    public async Task A_web_server_that_is_away_is_told_from_data_that_is_gone()
    {
        string id = await api.CreateAsync();
        await using (WebServer elsewhere = await WebServer.StartAsync(Data))
        {
            await AddAsync(ApiServer.Owner, id, $"{elsewhere.Url}/image");
            await api.SettledAsync(id);
        }

        (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}/file")).Status.Should().Be(503);
        (await api.SendAsync(ApiServer.Owner, "DELETE", $"/v2/images/{id}")).Status.Should().Be(204);
    }

    [Fact]
    public async Task A_server_that_knows_no_ranges_serves_them_all_the_same()
    {
        string id = await api.CreateAsync();
        await AddAsync(ApiServer.Owner, id, $"{web.Url}/there");
        await api.SettledAsync(id);
        (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}/file", "Range: bytes=70000-70009")).Body.Should().Equal(Data[70000..70010]);
    }

    [Theory]
    [InlineData(true, "active")]
    [InlineData(false, "queued")]
    public async Task A_promised_hash_is_verified_first(bool right, string status)
    {
        string id = await api.CreateAsync();
        (await AddAsync(ApiServer.Owner, id, $"{web.Url}/image", "sha256", right ? Sha256 : new string('0', 64))).Status.Should().Be(202);

        (JsonNode image, JsonNode task) = await api.SettledAsync(id);

        ((string?)image["status"], (string?)image["os_hash_algo"], (string?)image["os_hash_value"], (string?)task["status"]).Should()
            .Be((status, right ? "sha256" : null, right ? Sha256 : null, right ? "success" : "failure"));
    }

    [Theory]
    [InlineData(ApiServer.Owner, "file:///etc/passwd", 403)]
    [InlineData(ApiServer.Admin, "rbd://a/b/c/snap", 403)]
    [InlineData(ApiServer.Other, "http://127.0.0.1/x", 404)]
    [InlineData(ApiServer.Reader, "http://127.0.0.1/x", 403)]
    public async Task Whoever_is_no_service_only_points_to_the_web(string token, string url, int status) => (await AddAsync(token, await api.CreateAsync(), url)).Status.Should().Be(status);

    [Theory]
    [InlineData("file:///etc/passwd", "the location's scheme is refused")]
    [InlineData("rbd://a/b/c/snap", "no store has that location")]
    [InlineData("http://127.0.0.1:1/x", "there is nothing at the location")]
    public async Task What_a_service_says_is_accepted_and_fails_later(string url, string why)
    {
        string id = await api.CreateAsync();
        (await api.SendAsync(ApiServer.Owner, "POST", $"/v2/images/{id}/locations", ApiServer.Json($$"""{"url": "{{url}}"}"""), $"X-Service-Token: {ApiServer.Service}")).Status.Should().Be(202);
        (JsonNode image, JsonNode task) = await api.SettledAsync(id);
        ((string?)image["status"], (string?)task["status"], (string?)task["message"]).Should().Be(("queued", "failure", $"Task failed due to Internal Error: {why}"));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"url": 1}""")]
    [InlineData("""{"url": "http://127.0.0.1/x", "validation_data": {"os_hash_algo": "sha256"}}""")]
    [InlineData("""{"url": "http://127.0.0.1/x", "validation_data": {"os_hash_algo": "crc", "os_hash_value": "00"}}""")]
    [InlineData("""{"url": "http://127.0.0.1/x", "validation_data": {"os_hash_algo": "md5", "os_hash_value": "00"}}""")]
    public async Task The_body_has_a_shape(string body) => (await api.PostAsync(ApiServer.Owner, $"/v2/images/{await api.CreateAsync()}/locations", body)).Status.Should().Be(400);

    [Fact]
    public async Task Without_hashing_the_promise_is_believed_and_nothing_is_written_to_the_web()
    {
        await using ApiServer trusting = await ApiServer.StartAsync(new ApiServer { Database = database, WebStore = true, Default = "do_secure_hash = false" });
        string id = await trusting.CreateAsync();
        string promised = new('0', 64);
        await trusting.PostAsync(ApiServer.Owner, $"/v2/images/{id}/locations", $$$"""{"url": "{{{web.Url}}}/image", "validation_data": {"os_hash_algo": "sha256", "os_hash_value": "{{{promised}}}"}}""");
        JsonNode image = (await trusting.SettledAsync(id)).Image;
        ((string?)image["status"], (string?)image["os_hash_value"]).Should().Be(("active", promised));
        (await trusting.UploadAsync(ApiServer.Owner, await trusting.CreateAsync(), [1], "x-image-meta-store: web")).Status.Should().Be(410);
        (await trusting.GetAsync(ApiServer.Owner, "/v2/info/stores")).Text.Should().Contain("""{"id": "web", "read-only": "true"}""");
        (await trusting.SendAsync(ApiServer.Owner, "PUT", $"/v2/images/{id}/locations")).Status.Should().Be(405);
    }

    [Fact]
    public async Task Without_an_http_store_the_web_is_no_location()
    {
        await using ApiServer without = await ApiServer.StartAsync(new ApiServer { Database = database });
        (await without.PostAsync(ApiServer.Admin, $"/v2/images/{await without.CreateAsync()}/locations", """{"url": "http://127.0.0.1/x"}""")).Status.Should().Be(403);
    }

    private Task<Answer> AddAsync(string token, string id, string url, string? algorithm = null, string? hash = null) => api.PostAsync(
        token, $"/v2/images/{id}/locations",
        algorithm is null ? $$"""{"url": "{{url}}"}""" : $$$"""{"url": "{{{url}}}", "validation_data": {"os_hash_algo": "{{{algorithm}}}", "os_hash_value": "{{{hash}}}"}}""");
}
