namespace KollaNet.ImageService.Tests.Api.Metadefs;

/// <summary>Who may what, bodies that are refused, methods.</summary>
public abstract partial class MetadefApiContract
{
    /// <summary>Method, path below a namespace with everything in it, body, status for those who may.</summary>
    public static TheoryData<string, string, string, int> Writes => new()
    {
        { "PUT", "", """{"namespace": "NAME"}""", 200 },
        { "DELETE", "", "", 204 },
        { "POST", "/resource_types", """{"name": "x"}""", 201 },
        { "DELETE", "/resource_types/OS::T::Server", "", 204 },
        { "POST", "/properties", """{"name": "x", "title": "X", "type": "string"}""", 201 },
        { "DELETE", "/properties", "", 204 },
        { "PUT", "/properties/cores", """{"name": "x", "title": "X", "type": "string"}""", 200 },
        { "DELETE", "/properties/cores", "", 204 },
        { "POST", "/objects", """{"name": "x"}""", 201 },
        { "DELETE", "/objects", "", 204 },
        { "PUT", "/objects/bare", """{"name": "x"}""", 200 },
        { "DELETE", "/objects/bare", "", 204 },
        { "POST", "/tags", """{"tags": [{"name": "x"}]}""", 201 },
        { "DELETE", "/tags", "", 204 },
        { "POST", "/tags/x", "", 201 },
        { "PUT", "/tags/one", """{"name": "x"}""", 200 },
        { "DELETE", "/tags/one", "", 204 },
    };

    public static TheoryData<string> Reads => new("", "/resource_types", "/properties", "/properties/cores", "/objects", "/objects/bare", "/tags", "/tags/one");

    [Theory]
    [MemberData(nameof(Writes))]
    public async Task Only_administrators_write(string method, string path, string body, int status)
    {
        string mine = await MakeAsync($""", "owner": "p1", {Everything}"""), open = await MakeAsync($""", "visibility": "public", {Everything}""");
        await Try(Other, mine, 404);
        await Try(Owner, mine, 403);
        await Try(Other, open, 403);
        await Try(Admin, mine, status);

        async Task Try(string token, string name, int expected)
        {
            HttpContent? content = body.Length > 0 ? ApiServer.Json(body.Replace("NAME", name, StringComparison.Ordinal)) : null;
            Answer answer = await api.SendAsync(token, method, $"{Root}/{name}{path}", content);
            answer.Status.Should().Be(expected, answer.Text);
        }
    }

    [Theory]
    [MemberData(nameof(Reads))]
    public async Task Readers_read_their_own_and_what_is_public(string path)
    {
        string mine = await MakeAsync($""", "owner": "p1", {Everything}"""), open = await MakeAsync($""", "visibility": "public", {Everything}""");
        foreach ((string token, string name, int status) in new[]
        {
            (ApiServer.Reader, mine, 200), (Owner, mine, 200), (Other, mine, 404), (Other, open, 200), (Admin, mine, 200),
            (ApiServer.Nobody, mine, path.Length == 0 ? 404 : 403), ("", open, 401),
        })
        {
            (await api.GetAsync(token, $"{Root}/{name}{path}")).Status.Should().Be(status, $"{token} {path}");
        }
    }

    [Fact]
    public async Task Only_administrators_make_namespaces() => (await api.PostAsync(Owner, Root, """{"namespace": "x"}""")).Status.Should().Be(403);

    [Theory]
    [InlineData("")]
    [InlineData("/resource_types/OS::T::Server")]
    [InlineData("/properties")]
    [InlineData("/properties/cores")]
    [InlineData("/objects")]
    [InlineData("/objects/bare")]
    [InlineData("/tags")]
    [InlineData("/tags/one")]
    public async Task Protection_keeps_everything(string path)
    {
        string name = await MakeAsync($""", "protected": true, {Everything}""");
        string before = (await api.GetAsync(Admin, $"{Root}/{name}")).Text;
        await Delete($"{Root}/{name}{path}", 403);
        (await api.GetAsync(Admin, $"{Root}/{name}")).Text.Should().Be(before);
    }

    [Theory]
    [InlineData("GET", "", true)]
    [InlineData("DELETE", "", true)]
    [InlineData("GET", "/resource_types", true)]
    [InlineData("DELETE", "/resource_types/OS::T::Server", true)]
    [InlineData("GET", "/properties", false)]
    [InlineData("GET", "/properties/cores", false)]
    [InlineData("GET", "/objects", false)]
    [InlineData("GET", "/objects/bare", true)]
    [InlineData("DELETE", "/objects/bare", true)]
    [InlineData("GET", "/tags", false)]
    [InlineData("DELETE", "/tags", true)]
    [InlineData("GET", "/tags/one", true)]
    [InlineData("POST", "/tags/x", true)]
    [InlineData("DELETE", "/tags/one", true)]
    public async Task Some_routes_refuse_a_body(string method, string path, bool refused)
    {
        string name = await MakeAsync($", {Everything}");
        Answer answer = await api.SendAsync(Admin, method, $"{Root}/{name}{path}", ApiServer.Json("{}"));
        answer.Status.Should().Be(refused ? 400 : 200);
        if (refused) (await api.GetAsync(Admin, $"{Root}/{name}")).Status.Should().Be(200);
    }

    [Theory]
    [InlineData("/namespaces", "GET, POST")]
    [InlineData("/namespaces/n", "GET, PUT, DELETE")]
    [InlineData("/namespaces/n/resource_types", "GET, POST")]
    [InlineData("/namespaces/n/resource_types/t", "DELETE")]
    [InlineData("/resource_types", "GET")]
    [InlineData("/namespaces/n/properties", "GET, POST, DELETE")]
    [InlineData("/namespaces/n/properties/p", "GET, PUT, DELETE")]
    [InlineData("/namespaces/n/objects", "GET, POST, DELETE")]
    [InlineData("/namespaces/n/objects/o", "GET, PUT, DELETE")]
    [InlineData("/namespaces/n/tags", "GET, POST, DELETE")]
    [InlineData("/namespaces/n/tags/t", "GET, POST, PUT, DELETE")]
    public async Task Other_methods_are_told_which_there_are(string path, string allowed)
    {
        Answer answer = await api.SendAsync(Admin, "PATCH", $"/v2/metadefs{path}");
        (answer.Status, answer.Header("Allow")).Should().Be((405, allowed));
    }
}
