namespace KollaNet.ImageService.Tests.Api;

/// <summary>403 or 404 for a member of another project. Source: image-api reference 4.3.</summary>
public abstract class ForbiddenOrUnseenContract(VisibilitiesApi fixture)
{
    private readonly ApiServer api = fixture.Server;
    private readonly IReadOnlyDictionary<string, string> images = fixture.Images;

    /// <summary>Columns: what others may not see; what they may see.</summary>
    public static TheoryData<string, string, string?, int, int> Operations => new()
    {
        { "GET", "", null, 404, 200 },
        { "GET", "/file", null, 404, 200 },
        { "DELETE", "", null, 404, 403 },
        { "PATCH", "", """[{"op": "replace", "path": "/name", "value": "y"}]""", 404, 403 },
        { "PUT", "/file", "octets", 404, 403 },
        { "PUT", "/stage", "octets", 404, 403 },
        { "POST", "/import", """{"method": {"name": "copy-image"}, "stores": ["fast"]}""", 404, 403 },
        { "POST", "/actions/deactivate", null, 404, 403 },
        { "POST", "/actions/reactivate", null, 404, 403 },
        { "PUT", "/tags/t", null, 404, 403 },
        { "DELETE", "/tags/t", null, 404, 403 },
        { "POST", "/members", """{"member": "p9"}""", 404, 403 },
        { "DELETE", "/members/p9", null, 404, 403 },
        { "GET", "/locations", null, 404, 403 },
        { "POST", "/locations", """{"url": "http://192.0.2.1/x"}""", 404, 403 },
        { "GET", "/members/p9", null, 404, 404 },
        { "PUT", "/members/p9", """{"status": "accepted"}""", 404, 404 },
        { "POST", "/import", """{"method": {"name": "web-download", "uri": "http://127.0.0.1/x"}}""", 404, 409 },
        { "GET", "/tasks", null, 404, 200 },
    };

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task What_is_not_seen_is_404_and_what_is_seen_and_not_allowed_403(string method, string path, string? body, int unseen, int seen)
    {
        (string Image, int Status)[] cases = [("private", unseen), ("shared", unseen), ("community", seen), ("public", seen), ("mine", seen)];
        foreach ((string image, int status) in cases)
        {
            using HttpContent? content = body switch
            {
                null => null,
                "octets" => ApiServer.Octets([1]),
                _ => ApiServer.Json(body, method == "PATCH" ? "application/openstack-images-v2.1-json-patch" : "application/json"),
            };
            Answer answer = await api.SendAsync(ApiServer.Other, method, $"/v2/images/{images[image]}{path}", content);
            answer.Status.Should().Be(status, $"{method} {path} of the {image} image: {answer.Text}");
        }
    }

    [Fact]
    public async Task A_marker_that_is_not_seen_is_403()
    {
        (await api.GetAsync(ApiServer.Other, $"/v2/images?marker={images["private"]}")).Status.Should().Be(403);
        (await api.GetAsync(ApiServer.Other, $"/v2/images?marker={images["public"]}")).Status.Should().Be(200);
    }

    [Fact]
    public async Task A_reader_may_look_and_no_more()
    {
        (await api.GetAsync(ApiServer.Reader, $"/v2/images/{images["private"]}")).Status.Should().Be(200);
        (await api.GetAsync(ApiServer.Reader, $"/v2/images/{images["private"]}/file")).Status.Should().Be(403);
        (await api.SendAsync(ApiServer.Reader, "DELETE", $"/v2/images/{images["private"]}")).Status.Should().Be(403);
        (await api.PostAsync(ApiServer.Reader, "/v2/images", "{}")).Status.Should().Be(403);
        (await api.GetAsync(ApiServer.Nobody, "/v2/images")).Status.Should().Be(403);
    }
}

/// <summary>A server with an active image of each visibility, none of which is p2's; <c>mine</c> is shared with it.</summary>
public class VisibilitiesApi : IAsyncLifetime
{
    private readonly Dictionary<string, string> images = [];

    public ApiServer Server { get; protected init; } = new();

    public IReadOnlyDictionary<string, string> Images => images;

    public async ValueTask InitializeAsync()
    {
        await Server.InitializeAsync();
        foreach (string visibility in new[] { "private", "shared", "community" }) images[visibility] = await Server.CreateActiveAsync(more: $"\"visibility\": \"{visibility}\"");
        images["public"] = await Server.CreateActiveAsync(ApiServer.Admin, "\"visibility\": \"public\"");
        images["mine"] = await Server.CreateActiveAsync();
        (await Server.PostAsync(ApiServer.Owner, $"/v2/images/{images["mine"]}/members", """{"member": "p2"}""")).Status.Should().Be(200);
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return Server.DisposeAsync();
    }
}

public sealed class VisibilitiesMariaDbApi : VisibilitiesApi
{
    public VisibilitiesMariaDbApi() => Server = new() { Database = MariaDbApi.NewDatabaseAsync };
}
