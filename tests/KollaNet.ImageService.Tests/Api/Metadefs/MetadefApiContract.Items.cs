namespace KollaNet.ImageService.Tests.Api.Metadefs;

/// <summary>Resource types, properties, objects and tags.</summary>
public abstract partial class MetadefApiContract
{
    [Fact]
    public async Task Resource_types_are_associated_and_taken_away()
    {
        string name = await MakeAsync(), type = New(), types = $"{Root}/{name}/resource_types";
        Answer added = await api.PostAsync(Admin, types, $$"""{"name": "{{type}}", "prefix": "p:", "properties_target": "image"}""");
        string shown = $$"""{"name": "{{type}}", "prefix": "p:", "properties_target": "image", "created_at": "T", "updated_at": "T"}""";
        (added.Status, Neutral(added.Text)).Should().Be((201, shown));
        Neutral((await api.GetAsync(Admin, types)).Text).Should().Be($$"""{"resource_type_associations": [{{shown}}]}""");
        Neutral((await api.GetAsync(Owner, "/v2/metadefs/resource_types")).Text).Should().Contain($$"""{"name": "{{type}}", "created_at": "T", "updated_at": "T"}""");
        (await api.GetAsync(ApiServer.Nobody, "/v2/metadefs/resource_types")).Status.Should().Be(403);

        await Post(types, $$"""{"name": "{{type}}"}""", 409);
        await Post(types, """{"prefix": "x"}""", 400);
        await Post(types, """{"name": "x", "odd": 1}""", 400);
        await Post(types, """{"name": "x", "created_at": "2020-01-01T00:00:00Z"}""", 403);
        await Post($"{Root}/{New()}/resource_types", """{"name": "x"}""", 404);
        await Delete($"{types}/{type}", 204);
        await Delete($"{types}/{type}", 404);
        (await api.GetAsync(Admin, types)).Text.Should().Be("""{"resource_type_associations": []}""");
        (await api.GetAsync(Owner, "/v2/metadefs/resource_types")).Text.Should().Contain(type, "the type itself stays");
    }

    [Fact]
    public async Task Properties_come_and_go()
    {
        string name = await MakeAsync(""", "resource_type_associations": [{"name": "T1", "prefix": "t_"}, {"name": "T2"}]"""), properties = $"{Root}/{name}/properties";
        Answer added = await api.PostAsync(Admin, properties, """{"items": {"type": "string", "enum": ["a"]}, "name": "p", "type": "array", "title": "P", "operators": ["<or>"], "readonly": false, "default": ["a"], "maxItems": 3, "minimum": 0.5}""");
        const string shown = """{"name": "p", "type": "array", "title": "P", "operators": ["<or>"], "default": ["a"], "readonly": false, "minimum": 0.5, "items": {"type": "string", "enum": ["a"]}, "maxItems": 3}""";
        (added.Status, added.Text).Should().Be((201, shown));
        (await api.GetAsync(Admin, properties)).Text.Should().Be($$$"""{"properties": {"p": {{{shown}}}}}""");
        (await api.GetAsync(Admin, $"{properties}/p")).Text.Should().Be(shown);
        (await api.GetAsync(Admin, $"{properties}/t_p?resource_type=T1")).Text.Should().Be(shown);
        await Get($"{properties}/p?resource_type=T1", 404);
        await Get($"{properties}/p?resource_type=T2", 404);
        await Get($"{properties}/p?resource_type=T3", 404);
        await Get($"{properties}/x", 404);

        await Post(properties, """{"name": "p", "title": "P", "type": "string"}""", 409);
        await Post(properties, """{"title": "P", "type": "string"}""", 400);
        await Post(properties, """{"name": "q", "title": "P"}""", 400);
        await Post(properties, """{"name": "q", "type": "string"}""", 400);
        await Post(properties, """{"name": "q", "title": "P", "type": null}""", 400);
        await Post(properties, """{"name": "q", "title": "P", "type": "string", "odd": 1}""", 400);
        await Post(properties, """{"name": "q", "title": "Q", "type": "string"}""", 201);
        await Put($"{properties}/p", """{"name": "q", "title": "P", "type": "string"}""", 409);
        await Put($"{properties}/p", """{"title": "P", "type": "string"}""", 400);
        await Put($"{properties}/x", """{"name": "x", "title": "P", "type": "string"}""", 404);
        (await Put($"{properties}/p", """{"name": "r", "title": "R", "type": "string"}""", 200)).Text.Should().Be("""{"name": "r", "type": "string", "title": "R"}""");
        await Get($"{properties}/p", 404);
        await Delete($"{properties}/r", 204);
        await Delete($"{properties}/r", 404);
        await Delete(properties, 204);
        (await api.GetAsync(Admin, properties)).Text.Should().Be("""{"properties": {}}""");
        await Get($"{Root}/{New()}/properties", 404);
    }

    [Fact]
    public async Task Objects_come_and_go()
    {
        string name = await MakeAsync(), objects = $"{Root}/{name}/objects";
        Answer added = await api.PostAsync(Admin, objects, """{"name": "o", "description": "d", "required": ["a", "b"], "properties": {"a": {"title": "A", "type": "string"}}}""");
        string shown = $$$"""{"name": "o", "required": ["a", "b"], "description": "d", "properties": {"a": {"type": "string", "title": "A"}}, "created_at": "T", "updated_at": "T", "self": "{{{objects}}}/o", "schema": "/v2/schemas/metadefs/object"}""";
        (added.Status, Neutral(added.Text)).Should().Be((201, shown));
        Neutral((await api.GetAsync(Admin, $"{objects}/o")).Text).Should().Be(shown);
        await Post(objects, """{"name": "bare"}""", 201);
        string bare = $$"""{"name": "bare", "required": [], "properties": {}, "created_at": "T", "updated_at": "T", "self": "{{objects}}/bare", "schema": "/v2/schemas/metadefs/object"}""";
        Neutral((await api.GetAsync(Admin, objects)).Text).Should().Be($$"""{"objects": [{{shown}}, {{bare}}], "first": "{{objects}}", "schema": "v2/schemas/metadefs/objects"}""");

        Answer page = await api.GetAsync(Admin, $"{objects}?limit=1");
        Neutral(page.Text).Should().Be($$"""{"objects": [{{shown}}], "first": "{{objects}}?limit=1", "next": "{{objects}}?limit=1&marker=o", "schema": "v2/schemas/metadefs/objects"}""");
        (await api.GetAsync(Admin, (string)page.Json["next"]!)).Json["objects"]!.AsArray().Single()!["name"]!.GetValue<string>().Should().Be("bare");
        foreach ((string query, int status) in new[] { ("limit=x", 400), ("limit=0", 400), ("limit=-1", 400), ("sort_dir=up", 400), ("marker=x", 404) }) await Get($"{objects}?{query}", status);

        await Post(objects, """{"name": "o"}""", 409);
        await Post(objects, """{"description": "x"}""", 400);
        await Post(objects, """{"name": "p", "self": "x"}""", 403);
        await Put($"{objects}/o", """{"name": "bare"}""", 409);
        await Put($"{objects}/x", """{"name": "x"}""", 404);
        Neutral((await Put($"{objects}/o", """{"name": "p"}""", 200)).Text).Should().Be(bare.Replace("bare", "p", StringComparison.Ordinal), "what is not sent is reset");
        await Get($"{objects}/o", 404);
        await Delete($"{objects}/p", 204);
        await Delete($"{objects}/p", 404);
        await Delete(objects, 204);
        (await api.GetAsync(Admin, objects)).Json["objects"]!.AsArray().Should().BeEmpty();
        await Get($"{Root}/{New()}/objects", 404);
    }

    [Fact]
    public async Task Tags_come_and_go()
    {
        string name = await MakeAsync(), tags = $"{Root}/{name}/tags";
        Answer added = await api.SendAsync(Admin, "POST", $"{tags}/one");
        (added.Status, Neutral(added.Text)).Should().Be((201, """{"name": "one", "created_at": "T", "updated_at": "T"}"""));
        (await api.SendAsync(Admin, "POST", $"{tags}/one")).Status.Should().Be(409);
        (await api.SendAsync(Admin, "POST", $"{tags}/{new string('x', 81)}")).Status.Should().Be(400);
        Neutral((await api.GetAsync(Admin, $"{tags}/one")).Text).Should().Be(Neutral(added.Text));
        (await api.SendAsync(Admin, "POST", $"{tags}/two")).Status.Should().Be(201);
        (await api.GetAsync(Admin, tags)).Text.Should().Be("""{"tags": [{"name": "two"}, {"name": "one"}]}""");
        (await api.GetAsync(Admin, $"{tags}?sort_key=name&sort_dir=asc&limit=1")).Text.Should().Be("""{"tags": [{"name": "one"}]}""");
        (await api.GetAsync(Admin, $"{tags}?sort_key=name&sort_dir=asc&marker=one")).Text.Should().Be("""{"tags": [{"name": "two"}]}""");
        foreach ((string query, int status) in new[] { ("limit=x", 400), ("limit=-1", 400), ("sort_key=odd", 400), ("sort_dir=up", 400), ("marker=x", 404) }) await Get($"{tags}?{query}", status);

        await Put($"{tags}/one", """{"name": "two"}""", 409);
        await Put($"{tags}/x", """{"name": "y"}""", 404);
        await Put($"{tags}/one", """{"odd": "y"}""", 400);
        await Put($"{tags}/one", """{"name": "y", "created_at": "x"}""", 403);
        Neutral((await Put($"{tags}/one", """{"name": "three"}""", 200)).Text).Should().Be("""{"name": "three", "created_at": "T", "updated_at": "T"}""");
        await Delete($"{tags}/three", 204);
        await Delete($"{tags}/three", 404);
        await Delete(tags, 204);
        (await api.GetAsync(Admin, tags)).Text.Should().Be("""{"tags": []}""");
        await Get($"{Root}/{New()}/tags", 404);
    }

    [Fact]
    public async Task Many_tags_replace_all_or_are_appended()
    {
        string name = await MakeAsync(""", "tags": [{"name": "old"}]"""), tags = $"{Root}/{name}/tags";
        Answer replaced = await Send("""{"tags": [{"name": "a"}, {"name": "b"}]}""");
        (replaced.Status, replaced.Text).Should().Be((201, """{"tags": [{"name": "a"}, {"name": "b"}]}"""));
        (await Names()).Should().Be("a b");
        (await Send("""{"tags": [{"name": "c"}]}""", "X-Openstack-Append: True")).Text.Should().Be("""{"tags": [{"name": "c"}]}""");
        (await Names()).Should().Be("a b c");
        (await Send("""{"tags": [{"name": "d"}, {"name": "a"}]}""", "X-Openstack-Append: yes")).Status.Should().Be(409);
        (await Send("""{"tags": [{"name": "d"}, {"name": "d"}]}""")).Status.Should().Be(409);
        (await Send("""{"tags": [{"nam": "d"}]}""")).Status.Should().Be(400);
        (await Send("{}")).Status.Should().Be(400);
        (await Names()).Should().Be("a b c", "what fails changes nothing");
        (await Send("""{"tags": [{"name": "c"}]}""", "X-Openstack-Append: no")).Status.Should().Be(201);
        (await Names()).Should().Be("c");
        (await Send("""{"tags": []}""")).Status.Should().Be(201);
        (await Names()).Should().Be("");

        Task<Answer> Send(string body, params string[] headers) => api.SendAsync(Admin, "POST", tags, ApiServer.Json(body), headers);

        async Task<string> Names() => string.Join(' ', (await api.GetAsync(Admin, $"{tags}?sort_key=name&sort_dir=asc")).Json["tags"]!.AsArray().Select(tag => (string?)tag!["name"]));
    }

    private async Task Get(string path, int status) => (await api.GetAsync(Admin, path)).Status.Should().Be(status, path);

    private async Task Post(string path, string body, int status) => (await api.PostAsync(Admin, path, body)).Status.Should().Be(status, body);

    private async Task<Answer> Put(string path, string body, int status)
    {
        Answer answer = await api.SendAsync(Admin, "PUT", path, ApiServer.Json(body));
        answer.Status.Should().Be(status, answer.Text);
        return answer;
    }

    private async Task Delete(string path, int status) => (await api.SendAsync(Admin, "DELETE", path)).Status.Should().Be(status, path);
}
