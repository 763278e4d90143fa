namespace KollaNet.ImageService.Tests.Api;

public abstract class MembersAndTagsContract(ApiServer api)
{
    [Theory]
    [InlineData("""{"member": "p2"}""", 200)]
    [InlineData("""{"member": "p1"}""", 200)]
    [InlineData("""{"member": ""}""", 400)]
    [InlineData("""{"member": 5}""", 400)]
    [InlineData("""{}""", 400)]
    [InlineData("""[]""", 400)]
    public async Task Adding_needs_a_project(string body, int status) =>
        (await api.PostAsync(ApiServer.Owner, $"/v2/images/{await api.CreateAsync()}/members", body)).Status.Should().Be(status);

    [Theory]
    [InlineData("private", ApiServer.Owner)]
    [InlineData("community", ApiServer.Owner)]
    [InlineData("public", ApiServer.Admin)]
    public async Task Only_shared_images_have_members(string visibility, string token)
    {
        string id = await api.CreateAsync(token, $"\"visibility\": \"{visibility}\"");
        (await api.PostAsync(token, $"/v2/images/{id}/members", """{"member": "p2"}""")).Status.Should().Be(403);
        (await api.GetAsync(token, $"/v2/images/{id}/members")).Status.Should().Be(403);
        (await api.GetAsync(token, $"/v2/images/{id}/members/p2")).Status.Should().Be(404);
        (await api.SendAsync(token, "PUT", $"/v2/images/{id}/members/p2", ApiServer.Json("""{"status": "accepted"}"""))).Status.Should().Be(403);
        (await api.SendAsync(token, "DELETE", $"/v2/images/{id}/members/p2")).Status.Should().Be(403);
    }

    [Fact]
    public async Task Members_of_an_image_that_everybody_sees_are_neither_shown_nor_changed()
    {
        string id = await api.CreateAsync(), member = $"/v2/images/{id}/members/p2";
        (await api.PostAsync(ApiServer.Owner, $"/v2/images/{id}/members", """{"member": "p2"}""")).Status.Should().Be(200);
        (await api.PatchAsync(ApiServer.Owner, id, """[{"op": "replace", "path": "/visibility", "value": "community"}]""")).Status.Should().Be(200);
        foreach (string token in new[] { ApiServer.Owner, ApiServer.Other, ApiServer.Admin })
        {
            (await api.GetAsync(token, member)).Status.Should().Be(404, token);
            (await api.SendAsync(token, "PUT", member, ApiServer.Json("""{"status": "accepted"}"""))).Status.Should().Be(403, token);
        }

        (await api.PatchAsync(ApiServer.Owner, id, """[{"op": "replace", "path": "/visibility", "value": "shared"}]""")).Status.Should().Be(200);
        ((string?)(await api.GetAsync(ApiServer.Other, member)).Json["status"]).Should().Be("pending");
    }

    [Fact]
    public async Task A_shared_image_goes_from_invisible_to_listed()
    {
        string id = await api.CreateActiveAsync(more: "\"mark\": \"shared-with-p2\"");
        string members = $"/v2/images/{id}/members";
        (await api.GetAsync(ApiServer.Other, $"/v2/images/{id}")).Status.Should().Be(404);
        (await api.PostAsync(ApiServer.Owner, members, """{"member": "p2"}""")).Status.Should().Be(200);
        (await api.PostAsync(ApiServer.Owner, members, """{"member": "p2"}""")).Status.Should().Be(409);
        (await api.GetAsync(ApiServer.Other, $"/v2/images/{id}/file")).Text.Should().Be("0123456789", "pending members may download");
        (await Listed("")).Should().BeFalse();
        (await Listed("&member_status=pending")).Should().BeTrue();

        await Set(ApiServer.Other, """{"status": "excellent"}""", 400);
        await Set(ApiServer.Owner, """{"status": "accepted"}""", 403);
        await Set(ApiServer.Other, """{"status": "accepted"}""", 200);
        (await Listed("")).Should().BeTrue();
        await Set(ApiServer.Admin, """{"status": "rejected"}""", 200);
        (await Listed("")).Should().BeFalse();

        (await api.SendAsync(ApiServer.Other, "DELETE", $"{members}/p2")).Status.Should().Be(403);
        (await api.SendAsync(ApiServer.Owner, "DELETE", $"{members}/nobody")).Status.Should().Be(404);
        (await api.SendAsync(ApiServer.Owner, "DELETE", $"{members}/p2")).Status.Should().Be(204);
        (await api.GetAsync(ApiServer.Other, $"/v2/images/{id}")).Status.Should().Be(404);
        Answer again = await api.PostAsync(ApiServer.Owner, members, """{"member": "p2"}""");
        (again.Status, (string?)again.Json["status"]).Should().Be((200, "pending"));

        async Task Set(string token, string body, int status) =>
            (await api.SendAsync(token, "PUT", $"{members}/p2", ApiServer.Json(body))).Status.Should().Be(status);

        async Task<bool> Listed(string more) =>
            (await api.GetAsync(ApiServer.Other, $"/v2/images?mark=shared-with-p2{more}")).Json["images"]!.AsArray().Count == 1;
    }

    [Fact]
    public async Task A_member_sees_itself_only()
    {
        string id = await api.CreateAsync();
        foreach (string project in new[] { "p2", "p3" }) await api.PostAsync(ApiServer.Owner, $"/v2/images/{id}/members", $$"""{"member": "{{project}}"}""");
        Answer list = await api.GetAsync(ApiServer.Other, $"/v2/images/{id}/members");
        list.Json["members"]!.AsArray().Select(member => (string)member!["member_id"]!).Should().Equal("p2");
        (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}/members")).Json["members"]!.AsArray().Count.Should().Be(2);
        (await api.GetAsync(ApiServer.Other, $"/v2/images/{id}/members/p2")).Status.Should().Be(200);
        (await api.GetAsync(ApiServer.Other, $"/v2/images/{id}/members/p3")).Status.Should().Be(404);
        (await api.SendAsync(ApiServer.Other, "PUT", $"/v2/images/{id}/members/p3", ApiServer.Json("""{"status": "accepted"}"""))).Status.Should().Be(404);
        (await api.PatchAsync(ApiServer.Other, id, """[{"op": "replace", "path": "/name", "value": "x"}]""")).Status.Should().Be(403);
    }

    [Fact]
    public async Task Members_are_kept_while_an_image_is_not_shared_and_count_again_afterwards()
    {
        string id = await api.CreateAsync(), members = $"/v2/images/{id}/members";
        (await api.PostAsync(ApiServer.Owner, members, """{"member": "p2"}""")).Status.Should().Be(200);
        await Turn("private", 404);
        (await api.GetAsync(ApiServer.Owner, members)).Status.Should().Be(403);
        await Turn("shared", 200);
        (await api.GetAsync(ApiServer.Other, $"{members}/p2")).Status.Should().Be(200);

        async Task Turn(string visibility, int seenByMember)
        {
            (await api.PatchAsync(ApiServer.Owner, id, $$"""[{"op": "replace", "path": "/visibility", "value": "{{visibility}}"}]""")).Status.Should().Be(200);
            (await api.GetAsync(ApiServer.Other, $"/v2/images/{id}")).Status.Should().Be(seenByMember, visibility);
        }
    }

    [Theory]
    [InlineData("""{"status": "accepted"}""", 200)]
    [InlineData("""{"status": "rejected"}""", 200)]
    [InlineData("""{"status": "pending"}""", 200)]
    [InlineData("""{"status": "Accepted"}""", 400)]
    [InlineData("""{"status": ""}""", 400)]
    [InlineData("""{"status": null}""", 400)]
    [InlineData("""{"status": 1}""", 400)]
    [InlineData("""{}""", 400)]
    [InlineData("""["accepted"]""", 400)]
    [InlineData("\"accepted\"", 400)]
    public async Task A_member_says_one_of_three_words(string body, int status)
    {
        string id = await api.CreateAsync();
        Answer added = await api.PostAsync(ApiServer.Owner, $"/v2/images/{id}/members", """{"member": "p2"}""");
        Answer answer = await api.SendAsync(ApiServer.Other, "PUT", $"/v2/images/{id}/members/p2", ApiServer.Json(body));
        answer.Status.Should().Be(status, answer.Text);
        if (status == 200) body.Should().Contain((string)answer.Json["status"]!);
        else (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}/members/p2")).Text.Should().Be(added.Text);
    }

    [Theory]
    [InlineData("community", 403)]
    [InlineData("private", 404)]
    [InlineData("shared", 404)]
    public async Task Whoever_is_no_member_sees_no_members(string visibility, int status)
    {
        string id = await api.CreateAsync(more: $"\"visibility\": \"{visibility}\"");
        (await api.GetAsync(ApiServer.Other, $"/v2/images/{id}/members")).Status.Should().Be(status);
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("caf%C3%A9", "café")]
    [InlineData("with%2Fslash", "with/slash")]
    [InlineData("a%20b%25", "a b%")]
    public async Task Tags_are_decoded_as_utf8(string path, string tag)
    {
        string id = await api.CreateAsync();
        (await api.SendAsync(ApiServer.Owner, "PUT", $"/v2/images/{id}/tags/{path}")).Status.Should().Be(204);
        (await api.SendAsync(ApiServer.Owner, "PUT", $"/v2/images/{id}/tags/{path}")).Status.Should().Be(204);
        (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json["tags"]!.AsArray().Select(one => (string)one!).Should().Equal(tag);
        (await api.SendAsync(ApiServer.Owner, "DELETE", $"/v2/images/{id}/tags/{path}")).Status.Should().Be(204);
        (await api.SendAsync(ApiServer.Owner, "DELETE", $"/v2/images/{id}/tags/{path}")).Status.Should().Be(404);
    }

    [Fact]
    public async Task A_tag_has_at_most_255_characters()
    {
        string id = await api.CreateAsync();
        (await api.SendAsync(ApiServer.Owner, "PUT", $"/v2/images/{id}/tags/{new string('x', 255)}")).Status.Should().Be(204);
        (await api.SendAsync(ApiServer.Owner, "PUT", $"/v2/images/{id}/tags/{new string('x', 256)}")).Status.Should().Be(400);
    }
}
