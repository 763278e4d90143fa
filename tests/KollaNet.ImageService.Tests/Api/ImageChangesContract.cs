namespace KollaNet.ImageService.Tests.Api;

public abstract class ImageChangesContract(ApiServer api)
{
    public static TheoryData<string, int> Operations => new()
    {
        { "[]", 200 },
        { """[{"op": "replace", "path": "/name", "value": "new"}]""", 200 },
        { """[{"op": "add", "path": "/name", "value": "new"}]""", 200 },
        { """[{"op": "add", "path": "/custom", "value": "again"}]""", 200 },
        { """[{"op": "replace", "path": "/absent", "value": "x"}]""", 409 },
        { """[{"op": "remove", "path": "/absent"}]""", 409 },
        { """[{"op": "remove", "path": "/custom"}]""", 200 },
        { """[{"op": "remove", "path": "/name"}]""", 403 },
        { """[{"op": "remove", "path": "/tags"}]""", 403 },
        { """[{"op": "remove", "path": "/visibility"}]""", 403 },
        { """[{"op": "replace", "path": "/id", "value": "x"}]""", 403 },
        { """[{"op": "replace", "path": "/created_at", "value": "x"}]""", 403 },
        { """[{"op": "replace", "path": "/updated_at", "value": "x"}]""", 403 },
        { """[{"op": "replace", "path": "/status", "value": "active"}]""", 403 },
        { """[{"op": "replace", "path": "/checksum", "value": "x"}]""", 403 },
        { """[{"op": "replace", "path": "/size", "value": 1}]""", 403 },
        { """[{"op": "replace", "path": "/virtual_size", "value": 1}]""", 403 },
        { """[{"op": "replace", "path": "/os_hash_algo", "value": "x"}]""", 403 },
        { """[{"op": "replace", "path": "/os_hash_value", "value": "x"}]""", 403 },
        { """[{"op": "replace", "path": "/direct_url", "value": "x"}]""", 403 },
        { """[{"op": "replace", "path": "/self", "value": "x"}]""", 403 },
        { """[{"op": "replace", "path": "/file", "value": "x"}]""", 403 },
        { """[{"op": "replace", "path": "/schema", "value": "x"}]""", 403 },
        { """[{"op": "remove", "path": "/stores"}]""", 403 },
        { """[{"op": "add", "path": "/location", "value": "x"}]""", 403 },
        { """[{"op": "add", "path": "/deleted", "value": "x"}]""", 403 },
        { """[{"op": "add", "path": "/deleted_at", "value": "x"}]""", 403 },
        { """[{"op": "add", "path": "/os_glance_x", "value": "x"}]""", 403 },
        { """[{"op": "add", "path": "/OS_GLANCE_import_task", "value": "x"}]""", 403 },
        { """[{"op": "replace", "path": "/owner", "value": "p1"}]""", 403 },
        { """[{"op": "replace", "path": "/visibility", "value": "public"}]""", 403 },
        { """[{"op": "replace", "path": "/visibility", "value": "community"}]""", 200 },
        { """[{"op": "replace", "path": "/visibility", "value": "nobody"}]""", 400 },
        { """[{"op": "replace", "path": "/tags", "value": ["a", "b", "a"]}]""", 200 },
        { """[{"op": "add", "path": "/tags/-", "value": "a"}]""", 400 },
        { """[{"op": "replace", "path": "/tags/0", "value": "a"}]""", 400 },
        { """[{"op": "replace", "path": "/name", "value": 5}]""", 400 },
        { """[{"op": "replace", "path": "/protected", "value": "no"}]""", 400 },
        { """[{"op": "add", "path": "/other", "value": null}]""", 400 },
        { """[{"op": "add", "path": "/other", "value": 1}]""", 400 },
        { """[{"op": "move", "path": "/name", "value": "x"}]""", 400 },
        { """[{"op": "replace", "path": "/name"}]""", 400 },
        { """[{"path": "/name", "value": "x"}]""", 400 },
        { """[{"op": "replace", "value": "x"}]""", 400 },
        { """[{"op": "replace", "path": "name", "value": "x"}]""", 400 },
        { """[{"op": "add", "path": "/", "value": "x"}]""", 400 },
        { """[{"op": "add", "path": "//", "value": "x"}]""", 400 },
        { """[{"op": "add", "path": "/a/", "value": "x"}]""", 400 },
        { """[{"op": "add", "path": "/a/b", "value": "x"}]""", 400 },
        { """[{"op": "add", "path": "/a~b", "value": "x"}]""", 400 },
        { """[{"op": "add", "path": "/a~", "value": "x"}]""", 400 },
        { """[{"op": "add", "path": "/a~0b~1c", "value": "x"}]""", 200 },
        { """[{"op": "add", "path": "/CUSTOM", "value": "x"}]""", 409 },
        { """[{"op": "add", "path": "/extra_properties", "value": "x"}]""", 200 },
        { """[{"op": "add", "path": "/image_id", "value": "x"}]""", 200 },
        { """[{"op": "add", "path": "/member", "value": "x"}]""", 200 },
        { """[{"op": "replace", "path": "/locations", "value": []}]""", 403 },
        { """[{"op": "add", "path": "/locations/-", "value": {"url": "http://x", "metadata": {}}}]""", 403 },
        { """[{"op": "remove", "path": "/owner"}]""", 403 },
        { """[{"op": "remove", "path": "/min_disk"}]""", 403 },
        { """[{"op": "remove", "path": "/id"}]""", 403 },
        { """[{"op": "remove", "path": "/os_glance_x"}]""", 403 },
        { """[{"op": "replace", "path": "/stores", "value": "fast"}]""", 403 },
        { """[{"op": "replace", "path": "/owner", "value": "p2"}]""", 403 },
        { """[{"op": "replace", "path": "/protected", "value": true}]""", 200 },
        { """[{"op": "replace", "path": "/os_hidden", "value": true}]""", 200 },
        { """[{"op": "replace", "path": "/os_hidden", "value": "true"}]""", 400 },
        { """[{"op": "replace", "path": "/min_ram", "value": -1}]""", 400 },
        { """[{"op": "replace", "path": "/min_disk", "value": 2147483648}]""", 400 },
        { """[{"op": "replace", "path": "/name", "value": null}]""", 200 },
        { """[{"op": "replace", "path": "/name", "value": "😀"}]""", 400 },
        { """[{"op": "replace", "path": "/tags", "value": []}]""", 200 },
        { """[{"op": "replace", "path": "/tags", "value": [1]}]""", 400 },
        { """[{"op": "remove", "path": "/tags/0"}]""", 400 },
        { """[{"op": "replace", "path": "/kernel_id", "value": "x"}]""", 409 },
        { """[{"op": "add", "path": "/kernel_id", "value": "x"}]""", 400 },
        { """[{"op": "add", "path": "/kernel_id", "value": "00000000-0000-0000-0000-000000000000"}]""", 200 },
        { """[{"op": "add", "path": "/a~01", "value": "x"}]""", 200 },
        { """[{"op": "add", "path": "/a~2", "value": "x"}]""", 400 },
        { """[{"op": "add", "path": "/a ", "value": "x"}]""", 200 },
        { """[{"op": "add", "path": "/ ", "value": "x"}]""", 400 },
        { """[{"op": "add", "path": "", "value": "x"}]""", 400 },
        { """[{"op": "add", "path": 5, "value": "x"}]""", 400 },
        { """[{"op": "replace", "path": "/locations/-", "value": {"url": "http://x", "metadata": {}}}]""", 403 },
        { """[{"op": "remove", "path": "/locations/0"}]""", 403 },
        { """[{"op": "add", "path": "/locations/0/url", "value": "x"}]""", 400 },
        { """[{"replace": "/name", "value": "x"}]""", 400 },
        { """[{"op": "replace", "path": "/name", "value": "x"}, {"op": "remove", "path": "/custom"}, {"op": "add", "path": "/custom", "value": "y"}]""", 200 },
        { """[5]""", 400 },
        { """{"op": "replace", "path": "/name", "value": "x"}""", 400 },
        { """[{"op": "replace", "path": "/disk_format", "value": "iso"}]""", 200 },
    };

    public static TheoryData<string, int> OlderOperations => new()
    {
        { """[{"replace": "/name", "value": "new"}]""", 200 },
        { """[{"add": "/fresh", "value": "new"}]""", 200 },
        { """[{"add": "/custom", "value": "new"}]""", 409 },
        { """[{"add": "/name", "value": "new"}]""", 409 },
        { """[{"remove": "/custom"}]""", 200 },
        { """[{"remove": "/custom", "add": "/x", "value": "x"}]""", 400 },
        { """[{"value": "x"}]""", 400 },
        { """[{"op": "replace", "path": "/name", "value": "x"}]""", 400 },
    };

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task Operations_are_answered_as_the_table_says(string operations, int status)
    {
        string id = await api.CreateAsync(more: "\"custom\": \"x\"");
        Answer before = await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}");
        Answer answer = await api.PatchAsync(ApiServer.Owner, id, operations);
        answer.Status.Should().Be(status, answer.Text);
        Answer after = await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}");
        after.Text.Should().Be(status == 200 ? answer.Text : before.Text);
    }

    [Theory]
    [MemberData(nameof(OlderOperations))]
    public async Task The_older_dialect_is_spoken_too(string operations, int status)
    {
        string id = await api.CreateAsync(more: "\"custom\": \"x\"");
        (await api.PatchAsync(ApiServer.Owner, id, operations, "2.0")).Status.Should().Be(status);
    }

    [Theory]
    [InlineData(255, 65535, 200)]
    [InlineData(256, 1, 400)]
    [InlineData(1, 65536, 400)]
    public async Task Names_and_values_have_their_length(int nameLength, int valueLength, int status)
    {
        string id = await api.CreateAsync(), operations = $$"""[{"op": "add", "path": "/{{new string('n', nameLength)}}", "value": "{{new string('v', valueLength)}}"}]""";
        (await api.PatchAsync(ApiServer.Owner, id, operations)).Status.Should().Be(status);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/json-patch+json")]
    [InlineData("application/openstack-images-v2.2-json-patch")]
    [InlineData("application/octet-stream")]
    public async Task Other_dialects_are_refused_and_both_named(string mediaType)
    {
        Answer answer = await api.SendAsync(ApiServer.Owner, "PATCH", $"/v2/images/{await api.CreateAsync()}", ApiServer.Json("[]", mediaType));
        (answer.Status, answer.Header("Accept-Patch")).Should().Be((415, "application/openstack-images-v2.0-json-patch, application/openstack-images-v2.1-json-patch"));
    }

    [Fact]
    public async Task Formats_are_settled_once_the_data_is_there()
    {
        string id = await api.CreateActiveAsync();
        foreach (string name in new[] { "disk_format", "container_format" })
        {
            string same = (string)(await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json[name]!;
            (await api.PatchAsync(ApiServer.Owner, id, $$"""[{"op": "replace", "path": "/{{name}}", "value": "{{same}}"}]""")).Status.Should().Be(403, "even the same {0}", name);
        }
    }

    [Fact]
    public async Task An_administrator_gives_an_image_away()
    {
        string id = await api.CreateAsync();
        (await api.PatchAsync(ApiServer.Admin, id, """[{"op": "replace", "path": "/owner", "value": "p2"}]""")).Status.Should().Be(200);
        (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Status.Should().Be(404);
        (await api.GetAsync(ApiServer.Other, $"/v2/images/{id}")).Status.Should().Be(200);
    }

    [Theory]
    [InlineData("0123456789012345678901234567890123456")]
    [InlineData("x")]
    [InlineData("%20")]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    public async Task Whatever_is_no_image_is_not_found(string id)
    {
        foreach (string token in new[] { ApiServer.Owner, ApiServer.Admin }) (await api.GetAsync(token, $"/v2/images/{id}")).Status.Should().Be(404);
    }

    [Fact]
    public async Task All_operations_are_done_or_none()
    {
        string id = await api.CreateAsync();
        (await api.PatchAsync(ApiServer.Owner, id, """[{"op": "add", "path": "/a", "value": "1"}, {"op": "remove", "path": "/b"}]""")).Status.Should().Be(409);
        (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json["a"].Should().BeNull();
    }

    [Fact]
    public async Task Formats_of_an_active_image_stay()
    {
        string id = await api.CreateActiveAsync();
        (await api.PatchAsync(ApiServer.Owner, id, """[{"op": "replace", "path": "/disk_format", "value": "raw"}]""")).Status.Should().Be(403);
        (await api.PatchAsync(ApiServer.Owner, id, """[{"op": "replace", "path": "/container_format", "value": "bare"}]""")).Status.Should().Be(403);
    }

    [Theory]
    [InlineData("private", 404)]
    [InlineData("shared", 404)]
    [InlineData("community", 403)]
    [InlineData("public", 403)]
    public async Task Invisible_is_not_found_and_visible_is_forbidden(string visibility, int status)
    {
        string id = await api.CreateActiveAsync(ApiServer.Admin, $"\"owner\": \"p1\", \"visibility\": \"{visibility}\"");
        int reading = status == 404 ? 404 : 200;
        (await api.GetAsync(ApiServer.Other, $"/v2/images/{id}")).Status.Should().Be(reading);
        (await api.GetAsync(ApiServer.Other, $"/v2/images/{id}/file")).Status.Should().Be(reading);
        (await api.PatchAsync(ApiServer.Other, id, """[{"op": "replace", "path": "/name", "value": "x"}]""")).Status.Should().Be(status);
        (await api.UploadAsync(ApiServer.Other, id, [1])).Status.Should().Be(status);
        (await api.SendAsync(ApiServer.Other, "PUT", $"/v2/images/{id}/tags/t")).Status.Should().Be(status);
        (await api.SendAsync(ApiServer.Other, "DELETE", $"/v2/images/{id}/tags/t")).Status.Should().Be(status);
        (await api.SendAsync(ApiServer.Other, "POST", $"/v2/images/{id}/actions/deactivate")).Status.Should().Be(status);
        (await api.SendAsync(ApiServer.Other, "POST", $"/v2/images/{id}/actions/reactivate")).Status.Should().Be(status);
        (await api.PostAsync(ApiServer.Other, $"/v2/images/{id}/members", """{"member": "m"}""")).Status.Should().Be(status);
        (await api.GetAsync(ApiServer.Other, $"/v2/images/{id}/members/m")).Status.Should().Be(404);
        (await api.SendAsync(ApiServer.Other, "DELETE", $"/v2/images/{id}")).Status.Should().Be(status);
        (await api.GetAsync(ApiServer.Other, $"/v2/images?marker={id}")).Status.Should().Be(status == 404 ? 403 : 200);
    }

    [Fact]
    public async Task A_reader_may_look_but_neither_change_nor_download()
    {
        string id = await api.CreateActiveAsync();
        (await api.GetAsync(ApiServer.Reader, $"/v2/images/{id}")).Status.Should().Be(200);
        (await api.GetAsync(ApiServer.Reader, $"/v2/images/{id}/file")).Status.Should().Be(403);
        (await api.PatchAsync(ApiServer.Reader, id, """[{"op": "replace", "path": "/name", "value": "x"}]""")).Status.Should().Be(403);
        (await api.SendAsync(ApiServer.Reader, "DELETE", $"/v2/images/{id}")).Status.Should().Be(403);
        (await api.GetAsync(ApiServer.Nobody, $"/v2/images/{id}")).Status.Should().Be(404);
        (await api.GetAsync(ApiServer.Nobody, "/v2/images")).Status.Should().Be(403);
    }

    [Fact]
    public async Task Deletion_removes_the_data_and_a_protected_image_stays()
    {
        string id = await api.CreateActiveAsync(more: "\"protected\": true");
        (await api.SendAsync(ApiServer.Owner, "DELETE", $"/v2/images/{id}")).Status.Should().Be(403);
        File.Exists(Path.Combine(api.ImagesFolder, id)).Should().BeTrue();
        (await api.PatchAsync(ApiServer.Owner, id, """[{"op": "replace", "path": "/protected", "value": false}]""")).Status.Should().Be(200);
        (await api.SendAsync(ApiServer.Owner, "DELETE", $"/v2/images/{id}")).Status.Should().Be(204);
        File.Exists(Path.Combine(api.ImagesFolder, id)).Should().BeFalse();
        (await api.GetAsync(ApiServer.Admin, $"/v2/images/{id}")).Status.Should().Be(404);
        (await api.SendAsync(ApiServer.Owner, "DELETE", $"/v2/images/{id}")).Status.Should().Be(404);
    }

    [Fact]
    public async Task Data_that_is_gone_does_not_hinder_deletion()
    {
        string id = await api.CreateActiveAsync();
        File.Delete(Path.Combine(api.ImagesFolder, id));
        (await api.SendAsync(ApiServer.Owner, "DELETE", $"/v2/images/{id}")).Status.Should().Be(204);
    }

    [Fact]
    public async Task Deactivation_and_back_may_be_repeated()
    {
        string id = await api.CreateActiveAsync();
        foreach ((string action, string status) in new[] { ("deactivate", "deactivated"), ("deactivate", "deactivated"), ("reactivate", "active"), ("reactivate", "active") })
        {
            (await api.SendAsync(ApiServer.Owner, "POST", $"/v2/images/{id}/actions/{action}")).Status.Should().Be(204);
            ((string?)(await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json["status"]).Should().Be(status);
        }

        string queued = await api.CreateAsync();
        foreach (string action in new[] { "deactivate", "reactivate" }) (await api.SendAsync(ApiServer.Owner, "POST", $"/v2/images/{queued}/actions/{action}")).Status.Should().Be(403);
    }

    [Fact]
    public async Task A_deactivated_image_is_downloaded_by_administrators_only()
    {
        string id = await api.CreateActiveAsync();
        await api.SendAsync(ApiServer.Owner, "POST", $"/v2/images/{id}/actions/deactivate");
        (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}/file")).Status.Should().Be(403);
        (await api.GetAsync(ApiServer.Admin, $"/v2/images/{id}/file")).Text.Should().Be("0123456789");
        (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json["stores"].Should().BeNull();
        (await api.GetAsync(ApiServer.Admin, $"/v2/images/{id}")).Json["stores"]!.GetValue<string>().Should().Be("fast");
        (await api.PatchAsync(ApiServer.Owner, id, """[{"op": "replace", "path": "/name", "value": "x"}]""")).Status.Should().Be(200);
    }
}
