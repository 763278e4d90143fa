namespace KollaNet.ImageService.Tests.Api.Metadefs;

public sealed class MetadefsOverSqlite(ApiServer api) : MetadefApiContract(api), IClassFixture<ApiServer>
{
    [Fact]
    public async Task A_policy_file_may_let_others_write_and_close_reading()
    {
        const string policy = """
            add_metadef_namespace: "role:member"
            get_metadef_tags: "role:admin"
            """;
        await using ApiServer open = await ApiServer.StartAsync(new ApiServer { Policy = policy });
        (await open.PostAsync(ApiServer.Owner, "/v2/metadefs/namespaces", """{"namespace": "mine"}""")).Status.Should().Be(201);
        (await open.PostAsync(ApiServer.Owner, "/v2/metadefs/namespaces", """{"namespace": "tagged", "tags": [{"name": "t"}]}""")).Status.Should().Be(403, "tags have a rule of their own");
        (await open.GetAsync(ApiServer.Owner, "/v2/metadefs/namespaces/mine")).Status.Should().Be(403, "the tags are part of the document");
        (await open.GetAsync(ApiServer.Owner, "/v2/metadefs/namespaces/mine/tags")).Status.Should().Be(403);
        (await open.GetAsync(ApiServer.Owner, "/v2/metadefs/namespaces/mine/objects")).Status.Should().Be(200);
    }

    [Fact]
    public async Task Without_projects_namespaces_belong_to_admin()
    {
        await using ApiServer open = await ApiServer.StartAsync(new ApiServer { Flavor = "none" });
        Answer made = await open.PostAsync("", "/v2/metadefs/namespaces", """{"namespace": "mine"}""");
        (made.Status, (string?)made.Json["owner"]).Should().Be((201, "admin"));
    }
}

public sealed class MetadefsOverMariaDb(MariaDbApi fixture) : MetadefApiContract(fixture.Server), IClassFixture<MariaDbApi>;
