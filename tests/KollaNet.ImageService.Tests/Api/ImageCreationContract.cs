namespace KollaNet.ImageService.Tests.Api;

public abstract class ImageCreationContract(ApiServer api)
{
    public static TheoryData<string, int> Bodies => new()
    {
        { """{"direct_url": "x"}""", 403 },
        { """{"self": "x"}""", 403 },
        { """{"file": "x"}""", 403 },
        { """{"schema": "x"}""", 403 },
        { """{"stores": "x"}""", 403 },
        { """{"status": "active"}""", 403 },
        { """{"status": "excellent"}""", 400 },
        { """{"size": 5}""", 403 },
        { """{"virtual_size": 5}""", 403 },
        { """{"checksum": "x"}""", 403 },
        { """{"created_at": "x"}""", 403 },
        { """{"updated_at": "x"}""", 403 },
        { """{"os_hash_algo": "md5"}""", 403 },
        { """{"os_hash_value": "x"}""", 403 },
        { """{"locations": []}""", 403 },
        { """{"location": "x"}""", 403 },
        { """{"deleted_at": "x"}""", 403 },
        { """{"deleted": "x"}""", 403 },
        { """{"os_glance_import_task": "x"}""", 403 },
        { """{"OS_glance_import_task": "x"}""", 403 },
        { """{"deleted": true}""", 400 },
        { """{"is_public": true}""", 400 },
        { """{"custom": null}""", 400 },
        { """{"custom": 5}""", 400 },
        { """{"custom": ["x"]}""", 400 },
        { """{"visibility": "everybody"}""", 400 },
        { """{"disk_format": "floppy"}""", 400 },
        { """{"disk_format": null}""", 201 },
        { """{"container_format": "box"}""", 400 },
        { """{"id": "not-a-uuid"}""", 400 },
        { """{"id": "6f1b3d2c000011112222333344445555"}""", 400 },
        { """{"protected": "yes"}""", 400 },
        { """{"min_disk": -1}""", 400 },
        { """{"min_ram": 2147483648}""", 400 },
        { """{"min_ram": 2147483647}""", 201 },
        { """{"min_ram": 1.5}""", 400 },
        { """{"name": 5}""", 400 },
        { """{"name": null}""", 201 },
        { """{"tags": "x"}""", 400 },
        { """{"tags": [5]}""", 400 },
        { """{"kernel_id": "x"}""", 400 },
        { """{"kernel_id": null}""", 201 },
        { """{"cinder_encryption_key_deletion_policy": "maybe"}""", 400 },
        { """{"name": "😀"}""", 400 },
        { """{"😀": "x"}""", 400 },
        { """{"name": "\ud83d"}""", 400 },
        { """{"name": "naïve, 漢字"}""", 201 },
        { """{"os_version": "1", "OS_version": "2"}""", 409 },
        { """{"owner": "p2"}""", 403 },
        { """{"owner": "p1"}""", 201 },
        { """{"visibility": "public"}""", 403 },
        { """{"visibility": "community"}""", 201 },
        { """[]""", 400 },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task What_may_be_said_of_a_new_image(string body, int status) =>
        (await api.PostAsync(ApiServer.Owner, "/v2/images", body)).Status.Should().Be(status);

    [Theory]
    [InlineData("name")]
    [InlineData("owner")]
    public async Task Long_texts_are_refused(string name)
    {
        (await api.PostAsync(ApiServer.Admin, "/v2/images", $$"""{"{{name}}": "{{new string('x', 256)}}"}""")).Status.Should().Be(400);
        (await api.PostAsync(ApiServer.Admin, "/v2/images", $$"""{"{{name}}": "{{new string('x', 255)}}"}""")).Status.Should().Be(201);
    }

    [Fact]
    public async Task Long_tags_keys_and_values_are_refused()
    {
        string longText = new('x', 256);
        (await api.PostAsync(ApiServer.Owner, "/v2/images", $$"""{"tags": ["{{longText}}"]}""")).Status.Should().Be(400);
        (await api.PostAsync(ApiServer.Owner, "/v2/images", $$"""{"{{longText}}": "x"}""")).Status.Should().Be(400);
        (await api.PostAsync(ApiServer.Owner, "/v2/images", $$"""{"x": "{{new string('x', 65536)}}"}""")).Status.Should().Be(400);
        (await api.PostAsync(ApiServer.Owner, "/v2/images", $$"""{"x": "{{new string('x', 65535)}}"}""")).Status.Should().Be(201);
    }

    [Fact]
    public async Task An_id_is_used_once_even_after_deletion()
    {
        string id = Guid.NewGuid().ToString();
        (await api.CreateAsync(more: $"\"id\": \"{id.ToUpperInvariant()}\"")).Should().Be(id);
        (await api.PostAsync(ApiServer.Owner, "/v2/images", $$"""{"id": "{{id}}"}""")).Status.Should().Be(409);
        (await api.SendAsync(ApiServer.Owner, "DELETE", $"/v2/images/{id}")).Status.Should().Be(204);
        (await api.PostAsync(ApiServer.Owner, "/v2/images", $$"""{"id": "{{id}}"}""")).Status.Should().Be(409);
    }

    [Theory]
    [InlineData(ApiServer.Admin, 201)]
    [InlineData(ApiServer.Reader, 403)]
    [InlineData(ApiServer.Nobody, 403)]
    [InlineData("", 401)]
    [InlineData("bogus", 401)]
    public async Task Members_and_administrators_create(string token, int status) =>
        (await api.PostAsync(token, "/v2/images", "{}")).Status.Should().Be(status);

    [Fact]
    public async Task An_administrator_may_publish_and_create_for_others()
    {
        Answer answer = await api.PostAsync(ApiServer.Admin, "/v2/images", """{"visibility": "public", "owner": "p2"}""");
        (answer.Status, (string?)answer.Json["owner"], (string?)answer.Json["visibility"]).Should().Be((201, "p2", "public"));
    }

    [Fact]
    public async Task Quotas_are_kept()
    {
        await using ApiServer small = await ApiServer.StartAsync(new ApiServer { Database = api.Database, Default = "image_property_quota = 1\nimage_tag_quota = 1\nimage_member_quota = 1" });
        (await small.PostAsync(ApiServer.Owner, "/v2/images", """{"a": "1", "b": "2"}""")).Status.Should().Be(413);
        (await small.PostAsync(ApiServer.Owner, "/v2/images", """{"tags": ["a", "b"]}""")).Status.Should().Be(413);
        string id = await small.CreateAsync(more: """ "a": "1", "tags": ["a", "a"] """);
        (await small.SendAsync(ApiServer.Owner, "PUT", $"/v2/images/{id}/tags/b")).Status.Should().Be(413);
        (await small.PatchAsync(ApiServer.Owner, id, """[{"op": "add", "path": "/b", "value": "2"}]""")).Status.Should().Be(413);
        (await small.PatchAsync(ApiServer.Owner, id, """[{"op": "remove", "path": "/a"}, {"op": "add", "path": "/b", "value": "2"}]""")).Status.Should().Be(200);
        (await small.PostAsync(ApiServer.Owner, $"/v2/images/{id}/members", """{"member": "m1"}""")).Status.Should().Be(200);
        (await small.PostAsync(ApiServer.Owner, $"/v2/images/{id}/members", """{"member": "m2"}""")).Status.Should().Be(413);
    }
}
