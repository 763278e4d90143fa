using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace KollaNet.ImageService.Tests.Api;

/// <summary>Bodies compared byte for byte with what a real Glance 25.1 sent (<c>Api/Samples</c>), after putting in ids, times and owners.</summary>
public abstract partial class GoldenBodiesContract(ApiServer api)
{
    public static TheoryData<string> Schemas => [.. Directory.GetFiles(Folder, "schema-*.json").Select(file => Path.GetFileNameWithoutExtension(file)["schema-".Length..])];

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Api", "Samples");

    [Theory]
    [MemberData(nameof(Schemas))]
    public async Task Schemas_are_the_ones_clients_know(string name)
    {
        // Newer releases have one more type of task.
        string expected = Sample($"schema-{name}").Replace("\"enum\": [\"import\", \"api_image_import\"]", "\"enum\": [\"import\", \"api_image_import\", \"location_import\"]", StringComparison.Ordinal);
        Answer answer = await api.GetAsync(ApiServer.Owner, "/v2/schemas/" + name.Replace("metadefs-", "metadefs/", StringComparison.Ordinal));
        answer.Text.Should().Be(expected);
        (await api.GetAsync("", "/v2/schemas/" + name)).Status.Should().Be(401);
    }

    [Fact]
    public async Task A_created_image()
    {
        Answer answer = await api.PostAsync(ApiServer.Owner, "/v2/images", """{"name":"raw-create","disk_format":"raw","container_format":"bare","custom":"x","tags":["t"]}""");
        answer.Status.Should().Be(201);
        Neutral(answer.Text).Should().Be(Neutral(Sample("create-201")));
        answer.Header("Location").Should().Be($"{api.Address}v2/images/{answer.Json["id"]}");
        answer.Header("OpenStack-image-store-ids").Should().Be("fast");
        answer.Header("OpenStack-image-import-methods").Should().Be("glance-direct,web-download,copy-image");
    }

    [Fact]
    public async Task A_page_of_one_image_with_its_links()
    {
        string id = await api.CreateActiveAsync(ApiServer.Admin, "\"visibility\": \"public\", \"name\": \"cirros\"");
        Answer page = await api.GetAsync(ApiServer.Owner, $"/v2/images?limit=1&id={id}&sort=name:asc,created_at:desc");
        Answer shown = await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}");
        Keys(shown.Json).Should().Equal(Keys(JsonNode.Parse(Sample("image"))!).Where(key => !key.StartsWith("owner_specified", StringComparison.Ordinal)));
        page.Text.Should().Be(
            $$"""{"images": [{{shown.Text}}], "first": "/v2/images?limit=1&id={{id}}&sort=name%3Aasc%2Ccreated_at%3Adesc", "schema": "/v2/schemas/images", "next": "/v2/images?limit=1&id={{id}}&sort=name%3Aasc%2Ccreated_at%3Adesc&marker={{id}}"}""");
        Keys(page.Json).Should().Equal(Keys(JsonNode.Parse(Sample("images-list-next"))!));
    }

    [Fact]
    public async Task Members()
    {
        string id = await api.CreateAsync();
        Answer added = await api.PostAsync(ApiServer.Owner, $"/v2/images/{id}/members", """{"member": "b8b41ec775434201aa2fecb93e86ca03"}""");
        added.Status.Should().Be(200);
        Neutral(added.Text).Should().Be(Neutral(Sample("member")));
        Neutral((await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}/members")).Text).Should().Be(Neutral(Sample("members")));
    }

    [Fact]
    public async Task Errors_as_html()
    {
        string anything = "Accept: */*";
        (await api.GetAsync(ApiServer.Owner, "/v2/images/00000000-0000-0000-0000-000000000000", anything)).Text.Should().Be(Sample("error-404-image"));
        (await api.GetAsync(ApiServer.Owner, "/v2/nonexistent", anything)).Text.Should().Be(Sample("error-404-path"));
        (await api.GetAsync("bogus", "/v2/images", anything)).Text.Should().Be(Sample("error-401-bad-token"));
        string id = await api.CreateActiveAsync(more: "\"protected\": true");
        Neutral((await api.SendAsync(ApiServer.Owner, "DELETE", $"/v2/images/{id}", null, anything)).Text).Should().Be(Neutral(Sample("error-403-protected")));
        Answer patch = await api.SendAsync(ApiServer.Owner, "PATCH", $"/v2/images/{id}", ApiServer.Json("[]"), anything);
        patch.Text.Should().Be(Sample("error-415-patch"));
        patch.Header("Accept-Patch").Should().Be("application/openstack-images-v2.0-json-patch, application/openstack-images-v2.1-json-patch");
        (await api.UploadAsync(ApiServer.Owner, id, [1], anything)).Text.Should().Be(Sample("error-409-put-file-twice"));
        Answer twice = await api.SendAsync(ApiServer.Owner, "POST", "/v2/images", ApiServer.Json($$"""{"id": "{{id}}"}"""), anything);
        Neutral(twice.Text).Should().Be(Neutral(Sample("error-409-protected-dup")));
    }

    [Fact]
    public async Task Errors_as_json_and_as_text()
    {
        Answer json = await api.GetAsync(ApiServer.Owner, "/v2/images/00000000-0000-0000-0000-000000000000", "Accept: application/json");
        json.Text.Should().Be(Sample("error-404-image-accept-json"));
        json.ContentHeaders.ContentType!.ToString().Should().Be("application/json");
        Answer text = await api.GetAsync(ApiServer.Owner, "/v2/images/none");
        text.Text.Should().StartWith("404 Not Found\n\nNo image found with ID none\n\n");
        text.ContentHeaders.ContentType!.ToString().Should().Be("text/plain; charset=UTF-8");
    }

    [Theory]
    [InlineData("text/plain", "text/plain")]
    [InlineData("image/png", "text/plain")]
    [InlineData("text/html", "text/html")]
    [InlineData("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html")]
    [InlineData("application/json;q=0.9, text/html;q=0.1", "application/json")]
    [InlineData("application/*", "application/json")]
    public async Task The_shape_of_an_error_follows_accept(string accept, string mediaType) =>
        (await api.GetAsync(ApiServer.Owner, "/v2/images/none", $"Accept: {accept}")).ContentHeaders.ContentType!.MediaType.Should().Be(mediaType);

    [Fact]
    public async Task What_a_client_sent_comes_back_escaped() =>
        (await api.GetAsync(ApiServer.Owner, "/v2/images/%3Cb%3E'%22&é", "Accept: text/html")).Text.Should().Contain("No image found with ID &lt;b&gt;&#x27;&quot;&amp;&#233;<br />");

    [Fact]
    public async Task Information_about_the_deployment()
    {
        (await api.GetAsync(ApiServer.Owner, "/v2/info/stores")).Text.Should().Be(Sample("info-stores").Replace("file", "fast", StringComparison.Ordinal));
        (await api.GetAsync(ApiServer.Owner, "/v2/info/usage")).Text.Should().Be(Sample("info-usage"));
        (await api.GetAsync(ApiServer.Owner, "/v2/info/stores/detail")).Status.Should().Be(403);
        Answer detail = await api.GetAsync(ApiServer.Service, "/v2/info/stores/detail");
        detail.Text.Should().Be($$$"""{"stores": [{"id": "fast", "default": "true", "type": "file", "weight": 0, "properties": {"data_dir": "{{{api.ImagesFolder}}}", "chunk_size": 65536, "thin_provisioning": false}}]}""");
    }

    private static string Sample(string name) => File.ReadAllText(Path.Combine(Folder, name + ".json"));

    private static IEnumerable<string> Keys(JsonNode document) => document.AsObject().Select(property => property.Key);

    private static string Neutral(string text) => Owner().Replace(Time().Replace(Id().Replace(text, "ID"), "TIME"), "\"owner\": \"OWNER\"");

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")]
    private static partial Regex Id();

    [GeneratedRegex("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ")]
    private static partial Regex Time();

    [GeneratedRegex("\"owner\": \"[^\"]*\"")]
    private static partial Regex Owner();
}
