using System.Text.RegularExpressions;

namespace KollaNet.ImageService.Tests.Api.Metadefs;

/// <summary>What every row of the metadata definition routes promises, over any database. This part: namespaces.</summary>
public abstract partial class MetadefApiContract(ApiServer api)
{
    private const string Root = "/v2/metadefs/namespaces", Admin = ApiServer.Admin, Owner = ApiServer.Owner, Other = ApiServer.Other;

    private const string Everything = """
        "resource_type_associations": [{"name": "OS::T::Server", "prefix": "hw:", "properties_target": "image"}, {"name": "OS::T::Volume"}],
        "properties": {"cores": {"minimum": 1, "type": "integer", "title": "Cores", "default": 4}, "flag": {"title": "F", "type": "boolean", "default": true}},
        "objects": [{"name": "quota", "description": "d", "required": ["a"], "properties": {"a": {"title": "A", "type": "string"}}}, {"name": "bare"}],
        "tags": [{"name": "one"}, {"name": "two"}]
        """;

    private static int made;

    [Fact]
    public async Task A_namespace_is_made_with_everything_in_it_and_shown_as_glance_shows_it()
    {
        string name = New();
        Answer answer = await api.PostAsync(Admin, Root, $$"""{"namespace": "{{name}}", "display_name": "D", "description": "d", "visibility": "public", {{Everything}}}""");
        answer.Status.Should().Be(201, answer.Text);
        answer.Header("Location").Should().Be($"{api.Address}v2/metadefs/namespaces/{name}");
        string shown = $$$"""
            {"namespace": "{{{name}}}", "display_name": "D", "description": "d", "visibility": "public", "protected": false, "owner": "admin-project", "created_at": "T", "updated_at": "T",
             "resource_type_associations": [{"name": "OS::T::Server", "prefix": "hw:", "properties_target": "image", "created_at": "T", "updated_at": "T"},
              {"name": "OS::T::Volume", "created_at": "T", "updated_at": "T"}],
             "properties": {"cores": {"type": "integer", "title": "Cores", "default": "4", "minimum": 1}, "flag": {"type": "boolean", "title": "F", "default": "True"}},
             "objects": [{"name": "quota", "required": ["a"], "description": "d", "properties": {"a": {"type": "string", "title": "A"}}, "created_at": "T", "updated_at": "T",
               "self": "{{{Root}}}/{{{name}}}/objects/quota", "schema": "/v2/schemas/metadefs/object"},
              {"name": "bare", "required": [], "properties": {}, "created_at": "T", "updated_at": "T", "self": "{{{Root}}}/{{{name}}}/objects/bare", "schema": "/v2/schemas/metadefs/object"}],
             "tags": [{"name": "two"}, {"name": "one"}], "self": "{{{Root}}}/{{{name}}}", "schema": "/v2/schemas/metadefs/namespace"}
            """;
        Answer read = await api.GetAsync(Other, $"{Root}/{name}");
        read.Header("Content-Type").Should().Be("application/json");
        Neutral(read.Text).Should().Be(Lines().Replace(shown, " "));

        Answer prefixed = await api.GetAsync(Other, $"{Root}/{name}?resource_type=OS::T::Server");
        prefixed.Json["properties"]!.AsObject().Select(one => one.Key).Should().Equal("hw:cores", "hw:flag");
        prefixed.Json["objects"]![0]!.ToJsonString().Should().Contain("\"required\":[\"hw:a\"]").And.Contain("\"properties\":{\"hw:a\":{");
        (await api.GetAsync(Other, $"{Root}/{name}?resource_type=OS::T::Volume")).Text.Should().Be(read.Text);
    }

    [Theory]
    [InlineData("""{"namespace": "NAME"}""", 201)]
    [InlineData("""{"namespace": "NAME", "resource_type_associations": [{"name": "R", "created_at": "2020-01-01T00:00:00Z"}], "tags": [{"name": "t"}]}""", 201)]
    [InlineData("""{"display_name": "x"}""", 400)]
    [InlineData("""{"namespace": ""}""", 400)]
    [InlineData("""{"namespace": null}""", 400)]
    [InlineData("""{"namespace": 5}""", 400)]
    [InlineData("""{"namespace": "0123456789012345678901234567890123456789012345678901234567890123456789012345678901"}""", 400)]
    [InlineData("""{"namespace": "NAME😀"}""", 400)]
    [InlineData("""{"namespace": "NAME", "unknown": 1}""", 400)]
    [InlineData("""{"namespace": "NAME", "visibility": "shared"}""", 400)]
    [InlineData("""{"namespace": "NAME", "protected": "yes"}""", 400)]
    [InlineData("""{"namespace": "NAME", "display_name": null}""", 400)]
    [InlineData("""{"namespace": "NAME", "self": "x"}""", 403)]
    [InlineData("""{"namespace": "NAME", "schema": "x"}""", 403)]
    [InlineData("""{"namespace": "NAME", "created_at": "x"}""", 403)]
    [InlineData("""{"namespace": "NAME", "properties": {"p": {"title": "P"}}}""", 400)]
    [InlineData("""{"namespace": "NAME", "properties": {"p": {"title": "P", "type": "odd"}}}""", 400)]
    [InlineData("""{"namespace": "NAME", "properties": {"p": {"title": "P", "type": "string", "maxLength": -1}}}""", 400)]
    [InlineData("""{"namespace": "NAME", "objects": [{"description": "x"}]}""", 400)]
    [InlineData("""{"namespace": "NAME", "objects": [{"name": "o", "unknown": 1}]}""", 400)]
    [InlineData("""{"namespace": "NAME", "objects": [{"name": "o", "required": ["a", "a"]}]}""", 400)]
    [InlineData("""{"namespace": "NAME", "objects": {}}""", 400)]
    [InlineData("""{"namespace": "NAME", "tags": [{"name": ""}]}""", 400)]
    [InlineData("""{"namespace": "NAME", "tags": [{"name": "t"}, {"name": "T"}]}""", 409)]
    [InlineData("""{"namespace": "NAME", "objects": [{"name": "o"}, {"name": "o"}]}""", 409)]
    [InlineData("""{"namespace": "NAME", "resource_type_associations": [{"name": "R"}, {"name": "R"}]}""", 409)]
    [InlineData("[]", 400)]
    [InlineData("", 400)]
    [InlineData("5", 400)]
    public async Task A_namespace_must_be_well_formed_and_is_made_whole_or_not_at_all(string body, int status)
    {
        string name = New();
        Answer answer = await api.PostAsync(Admin, Root, body.Replace("NAME", name, StringComparison.Ordinal));
        answer.Status.Should().Be(status, answer.Text);
        (await api.GetAsync(Admin, $"{Root}/{name}")).Status.Should().Be(status == 201 ? 200 : 404);
    }

    [Fact]
    public async Task A_name_is_taken_once()
    {
        string name = await MakeAsync();
        (await api.PostAsync(Admin, Root, $$"""{"namespace": "{{name}}"}""")).Status.Should().Be(409);
    }

    [Theory]
    [InlineData("a b é", "a%20b%20%C3%A9")]
    [InlineData("a/b", "a%2Fb")]
    [InlineData("OS::X", "OS::X")]
    public async Task The_location_of_a_namespace_can_be_followed(string name, string segment)
    {
        string prefix = New();
        Answer answer = await api.PostAsync(Admin, Root, $$"""{"namespace": "{{prefix}}{{name}}"}""");
        answer.Header("Location").Should().EndWith($"{Root}/{prefix}{segment}");
        Answer shown = await api.GetAsync(Admin, new Uri(answer.Header("Location")!).PathAndQuery);
        ((string?)shown.Json["namespace"], (string?)shown.Json["self"]).Should().Be((prefix + name, $"{Root}/{prefix}{name}"));
    }

    [Fact]
    public async Task Lists_are_paged_by_name()
    {
        string type = New();
        string[] names = [await MakeAsync(Typed()), await MakeAsync(Typed()), await MakeAsync(Typed())];
        string filter = $"resource_types={type},nothing&sort_key=namespace&sort_dir=asc&limit=2";

        Answer first = await api.GetAsync(Owner, $"{Root}?{filter}");
        string encoded = filter.Replace(",", "%2C", StringComparison.Ordinal);
        Neutral(first.Text).Should().Be($$"""{"namespaces": [{{Entry(names[0])}}, {{Entry(names[1])}}], "next": "{{Root}}?{{encoded}}&marker={{names[1]}}", "schema": "/v2/schemas/metadefs/namespaces", "first": "{{Root}}?{{encoded}}"}""");
        Answer second = await api.GetAsync(Owner, (string)first.Json["next"]!);
        second.Json["namespaces"]!.AsArray().Select(one => (string?)one!["namespace"]).Should().Equal(names[2]);
        (second.Json["next"], (string?)second.Json["first"]).Should().Be((null, $"{Root}?{encoded}"));
        (await api.GetAsync(Owner, $"{Root}?{filter}&sort_dir=desc")).Json["namespaces"]![0]!["namespace"]!.GetValue<string>().Should().Be(names[2]);

        string Typed() => $$""", "visibility": "public", "resource_type_associations": [{"name": "{{type}}", "prefix": "x_"}]""";
        string Entry(string name) => $$"""{"namespace": "{{name}}", "visibility": "public", "protected": false, "owner": "admin-project", "created_at": "T", "updated_at": "T", "resource_type_associations": [{"name": "{{type}}", "prefix": "x_", "created_at": "T", "updated_at": "T"}], "self": "{{Root}}/{{name}}", "schema": "/v2/schemas/metadefs/namespace"}""";
    }

    [Theory]
    [InlineData("limit=x", 400)]
    [InlineData("limit=-1", 400)]
    [InlineData("limit=0", 200)]
    [InlineData("limit=99999999999", 200)]
    [InlineData("limit=99999999999999999999", 200)]
    [InlineData("sort_key=odd", 400)]
    [InlineData("sort_dir=up", 400)]
    [InlineData("visibility=shared", 400)]
    [InlineData("visibility=public", 200)]
    [InlineData("visibility=private", 200)]
    [InlineData("unknown=1", 200)]
    [InlineData("marker=nothing", 404)]
    public async Task Parameters_of_lists_are_checked(string query, int status) => (await api.GetAsync(Admin, $"{Root}?{query}")).Status.Should().Be(status);

    [Fact]
    public async Task A_list_shows_whats_public_and_ones_own()
    {
        string mine = await MakeAsync(""", "owner": "p1" """), open = await MakeAsync(""", "owner": "p2", "visibility": "public" """), shut = await MakeAsync(""", "owner": "P1" """);
        (await Seen(Owner, "")).Should().Contain([mine, open]).And.NotContain(shut);
        (await Seen(Owner, "&visibility=private")).Should().Contain(mine).And.NotContain([open, shut]);
        (await Seen(Other, "")).Should().Contain(open).And.NotContain([mine, shut]);
        (await Seen(Admin, "")).Should().Contain([mine, open, shut]);
        (await api.GetAsync(Other, $"{Root}?marker={mine}")).Status.Should().Be(403);
        (await api.GetAsync(ApiServer.Nobody, Root)).Status.Should().Be(403);

        async Task<IEnumerable<string>> Seen(string token, string more) =>
            (await api.GetAsync(token, $"{Root}?limit=1000{more}")).Json["namespaces"]!.AsArray().Select(one => (string)one!["namespace"]!);
    }

    [Fact]
    public async Task Put_resets_what_is_not_sent_and_keeps_what_is_inside()
    {
        string name = await MakeAsync($""", "visibility": "public", "protected": true, "owner": "p1", "display_name": "D", {Everything}"""), other = await MakeAsync(), renamed = New();
        Answer answer = await api.SendAsync(Admin, "PUT", $"{Root}/{name}", ApiServer.Json($$"""{"namespace": "{{renamed}}", "description": "new", "tags": [{"name": "ignored"}]}"""));
        Neutral(answer.Text).Should().Be($$"""{"namespace": "{{renamed}}", "description": "new", "visibility": "private", "protected": false, "owner": "admin-project", "created_at": "T", "updated_at": "T", "self": "{{Root}}/{{renamed}}", "schema": "/v2/schemas/metadefs/namespace"}""");
        answer.Status.Should().Be(200);
        (await api.GetAsync(Admin, $"{Root}/{name}")).Status.Should().Be(404);
        Answer shown = await api.GetAsync(Admin, $"{Root}/{renamed}");
        shown.Json["tags"]!.AsArray().Select(tag => (string?)tag!["name"]).Should().Equal("two", "one");
        ((string?)shown.Json["description"], shown.Json["properties"]!.AsObject().Count).Should().Be(("new", 2));

        await Put(renamed, $$"""{"namespace": "{{other}}"}""", 409);
        await Put(renamed, """{"display_name": "x"}""", 400);
        await Put(renamed, $$"""{"namespace": "{{renamed}}", "self": "x"}""", 403);
        await Put(New(), $$"""{"namespace": "{{New()}}"}""", 404);

        async Task Put(string to, string body, int status) => (await api.SendAsync(Admin, "PUT", $"{Root}/{to}", ApiServer.Json(body))).Status.Should().Be(status);
    }

    [Fact]
    public async Task Delete_takes_everything()
    {
        string name = await MakeAsync($", {Everything}");
        Answer answer = await api.SendAsync(Admin, "DELETE", $"{Root}/{name}");
        (answer.Status, answer.Text).Should().Be((204, ""));
        (await api.SendAsync(Admin, "DELETE", $"{Root}/{name}")).Status.Should().Be(404);
        (await api.PostAsync(Admin, Root, $$"""{"namespace": "{{name}}"}""")).Status.Should().Be(201);
        (await api.GetAsync(Admin, $"{Root}/{name}")).Json["objects"].Should().BeNull();
    }

    private static string New() => $"n{Interlocked.Increment(ref made):D5}";

    private static string Neutral(string text) => Times().Replace(text, "\"T\"");

    /// <summary>Makes a namespace of the administrator's; <paramref name="more"/> continues the JSON object.</summary>
    private async Task<string> MakeAsync(string more = "")
    {
        string name = New();
        Answer answer = await api.PostAsync(Admin, Root, $$"""{"namespace": "{{name}}"{{more}}}""");
        answer.Status.Should().Be(201, answer.Text);
        return name;
    }

    [GeneratedRegex("\"20[0-9]{2}-[0-9-]+T[0-9:]+Z\"")]
    private static partial Regex Times();

    [GeneratedRegex("\\r?\\n *")]
    private static partial Regex Lines();
}
