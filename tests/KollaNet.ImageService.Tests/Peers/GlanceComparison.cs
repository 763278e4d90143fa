using KollaNet.ImageService.Tests.Api;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Peers;

/// <summary>A real Glance and ours are asked the same and answer the same, byte for byte but for what differs by nature.</summary>
public sealed class GlanceComparison : IAsyncLifetime
{
    private const string Admin = ApiServer.Admin, Owner = ApiServer.Owner, Other = ApiServer.Other, Reader = ApiServer.Reader;
    private const string Patch = "application/openstack-images-v2.1-json-patch", OlderPatch = "application/openstack-images-v2.0-json-patch", Octets = "application/octet-stream";
    private static readonly string[] AsJson = ["Accept: application/json"], AsHtml = ["Accept: */*"];

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kollanet-compared-");
    private readonly ApiServer api = new() { SecondStore = true, Database = MariaDbApi.NewDatabaseAsync };
    private readonly Dictionary<string, HttpClient> ours = [], theirs = [];
    private PeerGlance? peer;

    public async ValueTask InitializeAsync()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        await api.InitializeAsync();
        peer = await PeerGlance.StartAsync(new PeerGlanceSite { Connection = await MariaDbApi.NewDatabaseAsync(cancel), Folder = folder.FullName, Stores = "fast:file,cheap:file" }, cancel);
        foreach ((string token, string project, string[] roles) in new[]
        {
            (Admin, "admin-project", (string[])["admin", "member", "reader"]), (Owner, "p1", ["member", "reader"]), (Other, "p2", ["member", "reader"]), (Reader, "p1", ["reader"]),
        })
        {
            theirs[token] = peer.ClientOf(project, roles);
            ours[token] = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = api.Address };
            ours[token].DefaultRequestHeaders.Add("X-Auth-Token", token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (HttpClient client in ours.Values) client.Dispose();
        if (peer is not null) await peer.DisposeAsync();
        await api.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Both_answer_the_same()
    {
        var we = new ComparedService(token => ours[token], api.Folder);
        var they = new ComparedService(token => theirs[token], folder.FullName);
        List<string> differences = [];
        foreach (ComparedRequest request in Requests())
        {
            string[] answers = await Task.WhenAll(they.AskAsync(request, TestContext.Current.CancellationToken), we.AskAsync(request, TestContext.Current.CancellationToken));
            if (answers[0] != answers[1]) differences.Add($"{request.Caller}: {request.Line} {request.Body}\n--- Glance\n{answers[0]}\n--- ours\n{answers[1]}");
        }

        string.Join("\n\n", differences).Should().BeEmpty();
    }

    private static IEnumerable<ComparedRequest> Requests() => [.. Images(), .. Changes(), .. Data(), .. Lists(), .. Sharing(), .. Deployment(), .. Metadefs(), .. Removal()];

    private static IEnumerable<ComparedRequest> Images()
    {
        yield return new(Owner, "POST /v2/images", """{"name": "one", "disk_format": "raw", "container_format": "bare", "zeta": "z", "alpha": "a", "tags": ["t"], "min_ram": 5}""") { Keep = "one" };
        yield return new(Owner, "GET /v2/images/{one}");
        yield return new(Admin, "POST /v2/images", """{"name": "two", "visibility": "public", "protected": true, "id": "6f1b3d2c-0000-1111-2222-333344445555"}""") { Keep = "two" };
        // Images made within one second are listed by id: two without a name must come in one order in both services.
        yield return new(Owner, "POST /v2/images", """{"id": "6f1b3d2c-0000-1111-2222-333344445556"}""") { Keep = "bare" };
        foreach (string body in new[]
        {
            """{"size": 5}""", """{"status": "active"}""", """{"checksum": "x"}""", """{"self": "x"}""", """{"file": "x"}""", """{"schema": "x"}""", """{"direct_url": "x"}""", """{"created_at": "x"}""", """{"location": "x"}""",
            """{"deleted_at": "x"}""", """{"deleted": true}""", """{"is_public": true}""", """{"custom": null}""", """{"custom": 5}""", """{"visibility": "everybody"}""", """{"disk_format": "floppy"}""", """{"container_format": "box"}""",
            """{"id": "x"}""", """{"protected": "yes"}""", """{"min_disk": -1}""", """{"min_ram": 2147483648}""", """{"name": 5}""", """{"name": null, "id": "6f1b3d2c-0000-1111-2222-333344445557"}""", """{"tags": "x"}""", """{"kernel_id": "x"}""", """{"name": "😀"}""", """{"owner": "p2"}""",
            """{"visibility": "public"}""", """{"os_glance_x": "x"}""", "5", "nonsense", "",
        })
        {
            yield return new(Owner, "POST /v2/images", body) { AnyText = true, Headers = AsHtml };
        }

        yield return new(Admin, "POST /v2/images", """{"id": "6f1b3d2c-0000-1111-2222-333344445555"}""") { Headers = AsHtml };
        yield return new(Reader, "POST /v2/images", "{}") { AnyText = true, Headers = AsHtml };
        yield return new(Owner, "GET /v2/images/nothing") { Headers = AsJson };
        yield return new(Owner, "GET /v2/images/nothing") { Headers = AsHtml };
        yield return new(Owner, "GET /v2/images/nothing");
        yield return new(Other, "GET /v2/images/{one}") { Headers = AsHtml };
        yield return new(Owner, "GET /v2/nothing") { Headers = AsHtml };
        yield return new(Owner, "GET /v2/images/") { Headers = AsHtml };
    }

    private static IEnumerable<ComparedRequest> Changes()
    {
        foreach (string operations in new[]
        {
            "[]", """[{"op": "replace", "path": "/name", "value": "new"}]""", """[{"op": "add", "path": "/custom", "value": "x"}, {"op": "add", "path": "/beta", "value": "y"}]""",
            """[{"op": "remove", "path": "/beta"}]""", """[{"op": "replace", "path": "/tags", "value": ["a"]}]""", """[{"op": "replace", "path": "/visibility", "value": "community"}]""",
            """[{"op": "replace", "path": "/visibility", "value": "shared"}]""", """[{"op": "add", "path": "/a~1b", "value": "x"}]""", """[{"op": "remove", "path": "/a~1b"}]""", """[{"op": "replace", "path": "/min_disk", "value": 3}]""",
        })
        {
            yield return new(Owner, "PATCH /v2/images/{one}", operations) { ContentType = Patch };
        }

        foreach (string operations in new[]
        {
            """[{"op": "replace", "path": "/absent", "value": "x"}]""", """[{"op": "remove", "path": "/absent"}]""", """[{"op": "remove", "path": "/name"}]""", """[{"op": "remove", "path": "/tags"}]""", """[{"op": "replace", "path": "/id", "value": "x"}]""",
            """[{"op": "replace", "path": "/status", "value": "active"}]""", """[{"op": "replace", "path": "/size", "value": 1}]""", """[{"op": "add", "path": "/location", "value": "x"}]""", """[{"op": "add", "path": "/os_glance_x", "value": "x"}]""",
            """[{"op": "replace", "path": "/owner", "value": "p1"}]""", """[{"op": "replace", "path": "/visibility", "value": "public"}]""", """[{"op": "replace", "path": "/visibility", "value": "nobody"}]""", """[{"op": "add", "path": "/tags/-", "value": "a"}]""",
            """[{"op": "replace", "path": "/name", "value": 5}]""", """[{"op": "add", "path": "/other", "value": null}]""", """[{"op": "move", "path": "/name", "value": "x"}]""", """[{"op": "replace", "path": "/name"}]""", """[{"path": "/name", "value": "x"}]""",
            """[{"op": "replace", "path": "name", "value": "x"}]""", """[{"op": "add", "path": "//", "value": "x"}]""", """[{"op": "add", "path": "/a/b", "value": "x"}]""", """[{"op": "add", "path": "/a~b", "value": "x"}]""", "[5]", "{}", "",
            """[{"op": "replace", "path": "/locations", "value": []}]""",
        })
        {
            yield return new(Owner, "PATCH /v2/images/{one}", operations) { ContentType = Patch, AnyText = true, Headers = AsHtml };
        }

        yield return new(Owner, "PATCH /v2/images/{one}", """[{"replace": "/name", "value": "newer"}]""") { ContentType = OlderPatch };
        yield return new(Owner, "PATCH /v2/images/{one}", """[{"add": "/custom", "value": "x"}]""") { ContentType = OlderPatch, AnyText = true, Headers = AsHtml };
        yield return new(Owner, "PATCH /v2/images/{one}", "[]") { Headers = AsHtml };
        yield return new(Other, "PATCH /v2/images/{two}", """[{"op": "replace", "path": "/name", "value": "x"}]""") { ContentType = Patch, AnyText = true, Headers = AsHtml };
        yield return new(Other, "PATCH /v2/images/{one}", """[{"op": "replace", "path": "/name", "value": "x"}]""") { ContentType = Patch, AnyText = true, Headers = AsHtml };
        yield return new(Owner, "PUT /v2/images/{one}/tags/plain");
        yield return new(Owner, "DELETE /v2/images/{one}/tags/plain");
        yield return new(Owner, "DELETE /v2/images/{one}/tags/plain") { Headers = AsHtml, AnyText = true };
    }

    private static IEnumerable<ComparedRequest> Data()
    {
        yield return new(Owner, "GET /v2/images/{one}/file");
        yield return new(Owner, "PUT /v2/images/{one}/file", "x") { AnyText = true, Headers = AsHtml };
        yield return new(Owner, "PUT /v2/images/{bare}/file", "x") { ContentType = Octets, AnyText = true, Headers = AsHtml };
        yield return new(Owner, "PUT /v2/images/{one}/file", "x") { ContentType = Octets, AnyText = true, Headers = ["x-image-meta-store: nowhere"] };
        yield return new(Owner, "PUT /v2/images/{one}/file", "0123456789") { ContentType = Octets };
        yield return new(Owner, "PUT /v2/images/{one}/file", "0123456789") { ContentType = Octets, Headers = AsHtml };
        yield return new(Owner, "GET /v2/images/{one}");
        yield return new(Owner, "GET /v2/images/{one}/file");
        foreach (string range in new[] { "bytes=2-4", "bytes=7-", "bytes=-3", "bytes=8-100", "bytes=-100" }) yield return new(Owner, "GET /v2/images/{one}/file") { Headers = [$"Range: {range}"] };
        foreach (string range in new[] { "bytes=10-", "bytes=5-4", "bytes=x", "lines=1-2", "bytes=0-1,3-4" }) yield return new(Owner, "GET /v2/images/{one}/file") { Headers = [$"Range: {range}"], AnyText = true };
        yield return new(Reader, "GET /v2/images/{one}/file") { AnyText = true, Headers = AsHtml };
        yield return new(Other, "GET /v2/images/{one}/file") { AnyText = true, Headers = AsHtml };
        yield return new(Owner, "PATCH /v2/images/{one}", """[{"op": "replace", "path": "/disk_format", "value": "raw"}]""") { ContentType = Patch, AnyText = true, Headers = AsHtml };
        yield return new(Owner, "POST /v2/images/{one}/actions/deactivate");
        yield return new(Owner, "POST /v2/images/{one}/actions/deactivate");
        yield return new(Owner, "GET /v2/images/{one}/file") { AnyText = true, Headers = AsHtml };
        yield return new(Admin, "GET /v2/images/{one}/file");
        yield return new(Owner, "POST /v2/images/{one}/actions/reactivate");
        yield return new(Owner, "POST /v2/images/{bare}/actions/deactivate") { AnyText = true, Headers = AsHtml };
        yield return new(Owner, "POST /v2/images/{one}/actions/deactivate", "{}") { AnyText = true, Headers = AsHtml };
    }

    private static IEnumerable<ComparedRequest> Lists()
    {
        foreach (string query in new[]
        {
            "sort=name:asc", "limit=1&sort_key=name&sort_dir=asc", "limit=0", "name=newer", "name=in:newer,two&sort=name", "visibility=all&sort=name,status,size", "os_hidden=true", "custom=x", "status=active", "size_min=5&size_max=20", "tag=a", "owner=p1&sort=name:desc",
            "protected=true", "member_status=all&sort=name", "visibility=public", "created_at=gt:2020-01-01T00:00:00Z&sort=name", "marker={one}&sort=name:asc", "id=in:{one},{two}&sort=name&limit=2", "alpha=a&zeta=z", "NAME=newer",
        })
        {
            yield return new(Owner, $"GET /v2/images?{query}");
        }

        foreach (string query in new[]
        {
            "limit=-1", "limit=x", "marker=nothing", "sort_key=checksum", "sort=name:up", "sort=name&sort_key=size", "sort_key=name&sort_dir=asc&sort_dir=desc", "visibility=everybody", "os_hidden=maybe", "protected=True", "member_status=asked", "name=gt:x",
            "created_at=about:2026-01-01T00:00:00Z", "created_at=gt:yesterday", "size_max=x", "changes-since=2026-01-01T00:00:00Z",
        })
        {
            yield return new(Owner, $"GET /v2/images?{query}") { AnyText = true, Headers = AsHtml };
        }

        yield return new(Other, "GET /v2/images?marker={bare}") { AnyText = true, Headers = AsHtml };
    }

    private static IEnumerable<ComparedRequest> Sharing()
    {
        yield return new(Owner, "POST /v2/images/{one}/members", """{"member": "p2"}""");
        yield return new(Owner, "POST /v2/images/{one}/members", """{"member": "p2"}""") { AnyText = true, Headers = AsHtml };
        foreach (string body in new[] { """{"member": ""}""", "{}", "[]", "" }) yield return new(Owner, "POST /v2/images/{one}/members", body) { AnyText = true, Headers = AsHtml };
        yield return new(Owner, "GET /v2/images/{one}/members");
        yield return new(Other, "GET /v2/images/{one}/members");
        yield return new(Other, "GET /v2/images/{one}");
        yield return new(Owner, "GET /v2/images/{one}/members/p2");
        yield return new(Other, "GET /v2/images/{one}/members/p3") { AnyText = true, Headers = AsHtml };
        yield return new(Other, "GET /v2/images?visibility=shared&member_status=pending");
        yield return new(Owner, "PUT /v2/images/{one}/members/p2", """{"status": "accepted"}""") { AnyText = true, Headers = AsHtml };
        yield return new(Other, "PUT /v2/images/{one}/members/p2", """{"status": "excellent"}""") { AnyText = true, Headers = AsHtml };
        yield return new(Other, "PUT /v2/images/{one}/members/p2", """{"status": "accepted"}""");
        yield return new(Other, "GET /v2/images?visibility=shared");
        yield return new(Other, "DELETE /v2/images/{one}/members/p2") { AnyText = true, Headers = AsHtml };
        yield return new(Owner, "DELETE /v2/images/{one}/members/p3") { AnyText = true, Headers = AsHtml };
        yield return new(Owner, "DELETE /v2/images/{one}/members/p2");
        yield return new(Admin, "GET /v2/images/{two}/members") { AnyText = true, Headers = AsHtml };
        yield return new(Admin, "POST /v2/images/{two}/members", """{"member": "p2"}""") { AnyText = true, Headers = AsHtml };
    }

    private static IEnumerable<ComparedRequest> Deployment()
    {
        yield return new(Owner, "GET /v2/info/import");
        yield return new(Owner, "GET /v2/info/usage");
        yield return new(Owner, "POST /v2/info/usage", "{}") { AnyText = true, Headers = AsHtml };
        yield return new(Owner, "GET /v2/info/stores/detail") { AnyText = true, Headers = AsHtml };
        yield return new(Owner, "GET /v2/tasks") { AnyText = true, Headers = AsHtml };
        yield return new(Admin, "GET /v2/tasks");
        yield return new(Admin, "GET /v2/tasks?type=nothing") { AnyText = true, Headers = AsHtml };
        yield return new(Owner, "GET /v2/images/{one}/tasks");
        yield return new(Owner, "POST /v2/images/{bare}/import", """{"method": {"name": "nothing"}}""") { AnyText = true, Headers = AsHtml };
        yield return new(Owner, "POST /v2/images/{bare}/import", """{"method": {"name": "glance-direct"}}""") { AnyText = true, Headers = AsHtml };
        yield return new(Admin, "DELETE /v2/stores/nowhere/{one}") { AnyText = true, Headers = AsHtml };
        yield return new(Admin, "DELETE /v2/stores/cheap/{one}") { AnyText = true, Headers = AsHtml };
        yield return new(Admin, "DELETE /v2/stores/fast/{one}") { AnyText = true, Headers = AsHtml };
    }

    private static IEnumerable<ComparedRequest> Metadefs()
    {
        const string root = "/v2/metadefs/namespaces";
        // Ours says at once when associations were made, Glance from the next answer on.
        yield return new(Admin, $"POST {root}", """{"namespace": "N", "display_name": "D", "visibility": "public", "resource_type_associations": [{"name": "OS::T", "prefix": "hw_"}]}""") { AnyText = true };
        yield return new(Admin, $"POST {root}/N/properties", """{"name": "p", "title": "P", "type": "integer", "minimum": 1, "default": 4}""");
        yield return new(Admin, $"POST {root}/N/objects", """{"name": "o", "description": "d", "required": ["a"], "properties": {"a": {"title": "A", "type": "string"}}}""");
        yield return new(Admin, $"POST {root}/N/tags/t");
        yield return new(Admin, $"POST {root}/N/tags", """{"tags": [{"name": "a"}]}""");
        foreach (string path in new[] { "", "/N", "/N?resource_type=OS::T", "/N/properties", "/N/properties/p", "/N/objects/o", "/N/tags", "/N/tags/a", "/N/resource_types" }) yield return new(Owner, $"GET {root}{path}");
        // Ours has links between pages of objects.
        yield return new(Owner, $"GET {root}/N/objects") { AnyText = true };
        yield return new(Admin, $"PUT {root}/N", """{"namespace": "N", "description": "only"}""");
        yield return new(Admin, $"PUT {root}/N/tags/a", """{"name": "b"}""");
        yield return new(Owner, $"GET {root}/M") { AnyText = true, Headers = AsHtml };
        yield return new(Owner, $"POST {root}", """{"namespace": "M"}""") { AnyText = true, Headers = AsHtml };
        foreach (string body in new[] { """{"namespace": "N"}""", "{}", """{"namespace": "M", "unknown": 1}""", """{"namespace": "M", "self": "x"}""" }) yield return new(Admin, $"POST {root}", body) { AnyText = true, Headers = AsHtml };
        yield return new(Admin, $"DELETE {root}/N/resource_types/OS::T");
        yield return new(Admin, $"DELETE {root}/N");
    }

    private static IEnumerable<ComparedRequest> Removal()
    {
        yield return new(Admin, "DELETE /v2/images/{two}") { Headers = AsHtml };
        yield return new(Other, "DELETE /v2/images/{two}") { AnyText = true, Headers = AsHtml };
        yield return new(Other, "DELETE /v2/images/{one}") { AnyText = true, Headers = AsHtml };
        yield return new(Owner, "DELETE /v2/images/{one}");
        yield return new(Owner, "DELETE /v2/images/{one}") { AnyText = true, Headers = AsHtml };
        yield return new(Admin, "POST /v2/images", """{"id": "{one}"}""") { Headers = AsHtml };
    }
}
