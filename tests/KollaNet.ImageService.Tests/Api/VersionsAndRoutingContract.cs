using System.Net.Sockets;
using System.Text;

namespace KollaNet.ImageService.Tests.Api;

public abstract class VersionsAndRoutingContract(ApiServer api)
{
    private static readonly string[] Methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "PROPFIND"];

    [Theory]
    [InlineData("GET", "/versions", 200)]
    [InlineData("POST", "/versions/x", 200)]
    [InlineData("GET", "/", 300)]
    [InlineData("GET", "/v1/images", 300)]
    [InlineData("GET", "/v3", 300)]
    [InlineData("GET", "/v2.99/x", 300)]
    [InlineData("GET", "/v2.14/images", 300)]
    [InlineData("GET", "/foo", 300)]
    public async Task Version_documents_need_no_token(string method, string path, int status)
    {
        Answer answer = await api.SendAsync("", method, path);
        answer.Status.Should().Be(status);
        answer.ContentHeaders.ContentType!.ToString().Should().Be("application/json");
        answer.Text.Should().StartWith($$"""{"versions": [{"id": "v2.15", "status": "SUPPORTED", "links": [{"rel": "self", "href": "{{api.Address}}v2/"}]}, """);
        answer.Json["versions"]!.AsArray().Select(version => (string)version!["id"]!).Should().Equal(
            "v2.15", "v2.13", "v2.12", "v2.11", "v2.10", "v2.9", "v2.8", "v2.17", "v2.7", "v2.6", "v2.5", "v2.4", "v2.3", "v2.2", "v2.1", "v2.0");
        answer.Json["versions"]!.AsArray().Single(version => (string)version!["status"]! == "CURRENT")!["id"]!.GetValue<string>().Should().Be("v2.17");
    }

    [Theory]
    [InlineData("GET", "/v2", 302)]
    [InlineData("GET", "/v2/", 404)]
    [InlineData("GET", "/v2.5/images", 200)]
    [InlineData("GET", "/v2.13/images", 200)]
    [InlineData("GET", "/v2/images/", 404)]
    [InlineData("GET", "/v2/images.json", 404)]
    [InlineData("GET", "/v2/nothing", 404)]
    [InlineData("PROPFIND", "/v2/nothing", 501)]
    [InlineData("PUT", "/v2/images", 405)]
    [InlineData("HEAD", "/v2/images", 405)]
    [InlineData("PROPFIND", "/v2/images", 405)]
    [InlineData("GET", "/v2/cache", 403)]
    [InlineData("GET", "/v2/tasks", 403)]
    [InlineData("DELETE", "/v2/schemas/image", 405)]
    public async Task Paths_and_methods_are_answered_as_the_table_says(string method, string path, int status) =>
        (await api.SendAsync(ApiServer.Owner, method, path)).Status.Should().Be(status);

    [Theory]
    [InlineData("/v2/images", "GET, POST")]
    [InlineData("/v2/images/x", "GET, PATCH, DELETE")]
    [InlineData("/v2/images/x/actions/deactivate", "POST")]
    [InlineData("/v2/images/x/actions/reactivate", "POST")]
    [InlineData("/v2/images/x/file", "GET, PUT")]
    [InlineData("/v2/images/x/stage", "PUT")]
    [InlineData("/v2/images/x/import", "POST")]
    [InlineData("/v2/images/x/locations", "POST")]
    [InlineData("/v2/images/x/tasks", "GET")]
    [InlineData("/v2/images/x/tags/t", "PUT, DELETE")]
    [InlineData("/v2/images/x/members", "GET, POST")]
    [InlineData("/v2/images/x/members/m", "GET, PUT, DELETE")]
    [InlineData("/v2/stores/s/x", "DELETE")]
    [InlineData("/v2/tasks", "GET, POST")]
    [InlineData("/v2/tasks/x", "GET")]
    [InlineData("/v2/info/import", "GET")]
    [InlineData("/v2/info/stores", "GET")]
    [InlineData("/v2/info/stores/detail", "GET")]
    [InlineData("/v2/schemas/image", "GET")]
    [InlineData("/v2/schemas/metadefs/tags", "GET")]
    [InlineData("/v2/metadefs/resource_types", "GET")]
    [InlineData("/v2/metadefs/namespaces", "GET, POST")]
    [InlineData("/v2/metadefs/namespaces/n", "GET, PUT, DELETE")]
    [InlineData("/v2/metadefs/namespaces/n/resource_types", "GET, POST")]
    [InlineData("/v2/metadefs/namespaces/n/resource_types/r", "DELETE")]
    [InlineData("/v2/metadefs/namespaces/n/properties", "GET, POST, DELETE")]
    [InlineData("/v2/metadefs/namespaces/n/properties/p", "GET, PUT, DELETE")]
    [InlineData("/v2/metadefs/namespaces/n/objects", "GET, POST, DELETE")]
    [InlineData("/v2/metadefs/namespaces/n/objects/o", "GET, PUT, DELETE")]
    [InlineData("/v2/metadefs/namespaces/n/tags", "GET, POST, DELETE")]
    [InlineData("/v2/metadefs/namespaces/n/tags/t", "GET, POST, PUT, DELETE")]
    public async Task A_method_not_allowed_names_the_ones_that_are_and_has_no_body(string path, string allow)
    {
        foreach (string method in Methods.Except(allow.Split(", ")))
        {
            if (method == "GET" && path.EndsWith("/locations", StringComparison.Ordinal)) continue;   // served, and yet left out of Allow
            Answer answer = await api.SendAsync(ApiServer.Owner, method, path, null, "Accept: application/json");
            answer.Status.Should().Be(405, method);
            answer.Header("Allow").Should().Be(allow);
            answer.ContentHeaders.ContentType!.ToString().Should().Be("text/html");
            answer.Header("Content-Length").Should().Be("0");
            answer.Header("x-openstack-request-id").Should().StartWith("req-");
        }
    }

    [Fact]
    public async Task The_usage_has_no_other_method_at_all() => (await api.SendAsync(ApiServer.Owner, "POST", "/v2/info/usage")).Status.Should().Be(404);

    [Fact]
    public async Task The_root_of_the_api_leads_below_it_for_those_who_are_known()
    {
        (await api.GetAsync("", "/v2")).Status.Should().Be(401);
        (await api.GetAsync("", "/v2/")).Status.Should().Be(401);
        (await api.GetAsync(ApiServer.Owner, "/v2")).Header("Location").Should().Be($"{api.Address}v2/");
    }

    [Fact]
    public async Task The_versioned_media_type_leads_to_the_api_too() =>
        (await api.GetAsync(ApiServer.Owner, "/images", "Accept: application/vnd.openstack.images-v2")).Json["images"].Should().NotBeNull();

    [Theory]
    [InlineData("/versions")]
    [InlineData("/versions/x")]
    public async Task The_list_of_versions_is_for_everybody_whatever_media_type_is_asked_for(string path)
    {
        Answer answer = await api.GetAsync("", path, "Accept: application/vnd.openstack.images-v2");
        answer.Status.Should().Be(200);
        answer.Json["versions"].Should().NotBeNull();
    }

    [Theory]
    [InlineData("GET", "/v2/images/x")]
    [InlineData("DELETE", "/v2/images/x")]
    [InlineData("POST", "/v2/images/x/actions/deactivate")]
    [InlineData("GET", "/v2/images/x/file")]
    [InlineData("PUT", "/v2/images/x/tags/t")]
    [InlineData("DELETE", "/v2/images/x/tags/t")]
    [InlineData("GET", "/v2/images/x/members")]
    [InlineData("DELETE", "/v2/images/x/members/m")]
    [InlineData("GET", "/v2/images/x/tasks")]
    [InlineData("POST", "/v2/images/x/actions/reactivate")]
    [InlineData("GET", "/v2/images/x/members/m")]
    [InlineData("GET", "/v2/info/import")]
    [InlineData("GET", "/v2/info/stores")]
    [InlineData("GET", "/v2/info/stores/detail")]
    [InlineData("GET", "/v2/info/usage")]
    [InlineData("DELETE", "/v2/stores/fast/x")]
    [InlineData("GET", "/v2/schemas/image")]
    [InlineData("GET", "/v2/schemas/metadefs/namespace")]
    [InlineData("GET", "/v2/metadefs/resource_types")]
    [InlineData("GET", "/v2/metadefs/namespaces/n")]
    [InlineData("DELETE", "/v2/metadefs/namespaces/n")]
    [InlineData("GET", "/v2/metadefs/namespaces/n/resource_types")]
    [InlineData("DELETE", "/v2/metadefs/namespaces/n/resource_types/r")]
    [InlineData("GET", "/v2/metadefs/namespaces/n/objects/o")]
    [InlineData("DELETE", "/v2/metadefs/namespaces/n/objects/o")]
    [InlineData("DELETE", "/v2/metadefs/namespaces/n/tags")]
    [InlineData("GET", "/v2/metadefs/namespaces/n/tags/t")]
    [InlineData("POST", "/v2/metadefs/namespaces/n/tags/t")]
    [InlineData("DELETE", "/v2/metadefs/namespaces/n/tags/t")]
    public async Task A_body_where_none_belongs_is_a_bad_request(string method, string path)
    {
        (await api.SendAsync(ApiServer.Admin, method, path, ApiServer.Json("{}"))).Status.Should().Be(400);
        if (method is not ("POST" or "PUT")) return;
        using var chunked = ApiServer.Json("{}");
        (await api.SendAsync(ApiServer.Admin, method, path, chunked, "Transfer-Encoding: chunked")).Status.Should().Be(400);
    }

    [Theory]
    [InlineData("POST", "/v2/images")]
    [InlineData("PATCH", "/v2/images/x")]
    [InlineData("POST", "/v2/images/x/import")]
    [InlineData("POST", "/v2/images/x/locations")]
    [InlineData("POST", "/v2/images/x/members")]
    [InlineData("PUT", "/v2/images/x/members/m")]
    [InlineData("POST", "/v2/tasks")]
    [InlineData("POST", "/v2/metadefs/namespaces")]
    [InlineData("PUT", "/v2/metadefs/namespaces/n")]
    public async Task A_body_that_is_missing_is_asked_for(string method, string path)
    {
        Answer answer = await api.SendAsync(ApiServer.Admin, method, path, ApiServer.Json("", "application/openstack-images-v2.1-json-patch"));
        answer.Status.Should().Be(400);
        answer.Text.Should().Contain("Body expected in request.");
    }

    [Theory]
    [InlineData("PROPFIND", "/v2/nothing", "501 Not Implemented")]
    [InlineData("GET", "/v2/nothing", "404 Not Found")]
    [InlineData("GET", "/v2/tasks", "403 Forbidden")]
    [InlineData("GET", "/v2/images?limit=x", "400 Bad Request")]
    [InlineData("PATCH", "/v2/images/x", "415 Unsupported Media Type")]
    public async Task Every_error_comes_as_text_html_or_json_and_has_a_request_id(string method, string path, string status)
    {
        foreach ((string accept, string begins, string mediaType) in new[]
        {
            ("text/plain", $"{status}\n\n", "text/plain; charset=UTF-8"), ("*/*", $"<html>\n <head>\n  <title>{status}</title>\n </head>\n <body>\n  <h1>{status}</h1>\n  ", "text/html; charset=UTF-8"),
            ("application/json", "{\"message\": \"", "application/json"),
        })
        {
            Answer answer = await api.SendAsync(ApiServer.Owner, method, path, null, $"Accept: {accept}");
            answer.Status.ToString().Should().Be(status[..3]);
            answer.Text.Should().StartWith(begins);
            answer.ContentHeaders.ContentType!.ToString().Should().Be(mediaType);
            answer.ContentHeaders.ContentLength.Should().Be(answer.Body.Length);
            answer.Header("x-openstack-request-id").Should().StartWith("req-");
            if (mediaType == "application/json") ((string?)answer.Json["code"], (string?)answer.Json["title"]).Should().Be((status, status[4..]));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("5")]
    [InlineData("\"text\"")]
    [InlineData("null")]
    public async Task A_body_that_is_no_json_document_is_a_bad_request(string body) =>
        (await api.PostAsync(ApiServer.Owner, "/v2/images", body)).Status.Should().Be(400);

    [Fact]
    public async Task A_json_body_over_a_mebibyte_is_too_large() =>
        (await api.PostAsync(ApiServer.Owner, "/v2/images", $$"""{"name": "{{new string('x', 1024 * 1024)}}"}""")).Status.Should().Be(413);

    [Theory]
    [InlineData("", "^req-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]
    [InlineData("req-mine", "^req-mine$")]
    [InlineData("mine", "^req-mine$")]
    public async Task Requests_have_an_id(string sent, string expected)
    {
        Answer answer = await api.GetAsync(ApiServer.Owner, "/v2/images/none", sent.Length > 0 ? [$"X-Openstack-Request-ID: {sent}"] : []);
        answer.Header("x-openstack-request-id").Should().MatchRegex(expected);
    }

    [Fact]
    public async Task A_request_id_that_is_too_long_is_refused() =>
        (await api.GetAsync(ApiServer.Owner, "/v2/images", $"X-Openstack-Request-ID: {new string('x', 65)}")).Status.Should().Be(431);

    [Fact]
    public async Task The_health_check_says_ok_in_plain_text()
    {
        Answer answer = await api.GetAsync("", "/healthcheck");
        (answer.Status, answer.Text, answer.ContentHeaders.ContentType!.MediaType).Should().Be((200, "OK", "text/plain"));
    }

    [Fact]
    public async Task The_health_check_fails_without_the_store()
    {
        await using ApiServer broken = await ApiServer.StartAsync(new ApiServer());
        Directory.Move(broken.ImagesFolder, broken.ImagesFolder + "-gone");
        (await broken.GetAsync("", "/healthcheck")).Status.Should().Be(503);
    }

    [Fact]
    public async Task Proxy_headers_count_only_where_they_are_trusted()
    {
        string[] headers = ["X-Forwarded-Proto: https", "X-Forwarded-Host: images.example", "X-Forwarded-Prefix: /image"];
        (await api.GetAsync("", "/versions", headers)).Text.Should().Contain($"\"{api.Address}v2/\"");
        await using ApiServer trusting = await ApiServer.StartAsync(new ApiServer { Sections = "[oslo_middleware]\nenable_proxy_headers_parsing = true" });
        (await trusting.GetAsync("", "/versions", headers)).Text.Should().Contain("\"https://images.example/image/v2/\"");
        (await trusting.GetAsync("", "/versions", "Forwarded: for=10.0.0.1;proto=https;host=\"f.example\", for=10.0.0.2")).Text.Should().Contain("\"https://f.example/v2/\"");
    }

    [Theory]
    [InlineData(true, true, "", "2.18 2.17 2.16 2.15 2.14 2.13 2.12 2.11 2.10 2.9 2.8", "v2.18")]
    [InlineData(true, false, "", "2.18 2.17 2.16 2.15 2.14 2.9", "v2.18")]
    [InlineData(false, false, "public_endpoint = http://public.example:9292", "2.15 2.9 2.17", "v2.17")]
    public async Task The_versions_follow_what_is_enabled(bool cached, bool stores, string option, string newest, string current)
    {
        await using ApiServer other = await ApiServer.StartAsync(new ApiServer { Cached = cached, Stores = stores, Default = cached ? "image_cache_driver = sqlite" : option });
        Answer answer = await other.GetAsync("", "/versions");
        string ids = string.Join(' ', answer.Json["versions"]!.AsArray().Select(version => ((string)version!["id"]!)[1..]));
        ids.Should().Be($"{newest} 2.7 2.6 2.5 2.4 2.3 2.2 2.1 2.0");
        answer.Text.Should().Contain($"\"id\": \"{current}\", \"status\": \"CURRENT\"");
        foreach (string minor in new[] { "2.14", "2.16", "2.18" }) (await other.GetAsync(ApiServer.Owner, $"/v{minor}/images")).Status.Should().Be(cached ? 200 : 300, minor);
        foreach (string minor in new[] { "2.8", "2.10", "2.11", "2.12", "2.13" }) (await other.GetAsync(ApiServer.Owner, $"/v{minor}/images")).Status.Should().Be(stores ? 200 : 300, minor);
        foreach (string minor in new[] { "2", "2.0", "2.7", "2.9", "2.15", "2.17" }) (await other.GetAsync(ApiServer.Owner, $"/v{minor}/images")).Status.Should().Be(200, minor);
        (await other.GetAsync(ApiServer.Admin, "/v2/cache")).Status.Should().Be(cached ? 200 : 404);
        if (option.StartsWith("public", StringComparison.Ordinal)) answer.Text.Should().Contain("\"http://public.example:9292/v2/\"");
    }

    [Fact]
    public async Task Statuses_without_content_say_so_on_the_wire()
    {
        string id = await api.CreateAsync();
        using var client = new TcpClient("127.0.0.1", api.Address.Port);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"DELETE /v2/images/{id} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {ApiServer.Owner}\r\nConnection: close\r\n\r\n"), TestContext.Current.CancellationToken);
        string answer = await new StreamReader(stream).ReadToEndAsync(TestContext.Current.CancellationToken);
        answer.Should().StartWith("HTTP/1.1 204 No Content\r\n").And.Contain("\r\nContent-Type: text/html; charset=UTF-8\r\n").And.EndWith("\r\n\r\n");
    }
}
