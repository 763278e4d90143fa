namespace KollaNet.ImageService.Tests.Api;

public abstract class ImageListsContract(ApiServer api)
{
    [Theory]
    [InlineData("limit=0", 200)]
    [InlineData("limit=5000", 200)]
    [InlineData("limit=99999999999999999999", 200)]
    [InlineData("limit=", 400)]
    [InlineData("limit=-1", 400)]
    [InlineData("limit=x", 400)]
    [InlineData("marker=none", 400)]
    [InlineData("sort_key=name&sort_key=size&sort_dir=asc", 200)]
    [InlineData("sort_key=name&sort_dir=asc&sort_dir=desc", 400)]
    [InlineData("sort_key=checksum", 400)]
    [InlineData("sort_key=name&sort_dir=up", 400)]
    [InlineData("sort=name:asc,size", 200)]
    [InlineData("sort=name:up", 400)]
    [InlineData("sort=name&sort_key=size", 400)]
    [InlineData("visibility=all", 200)]
    [InlineData("visibility=everybody", 400)]
    [InlineData("os_hidden=True", 200)]
    [InlineData("os_hidden=maybe", 400)]
    [InlineData("protected=true", 200)]
    [InlineData("protected=True", 400)]
    [InlineData("member_status=all", 200)]
    [InlineData("member_status=asked", 400)]
    [InlineData("name=eq:x", 200)]
    [InlineData("name=in:a,b,%22with,%20comma%22", 200)]
    [InlineData("name=in:%22a", 400)]
    [InlineData("name=in:a%22b", 400)]
    [InlineData("name=gt:x", 400)]
    [InlineData("name=a:b", 400)]
    [InlineData("created_at=gt:2026-01-01T00:00:00Z", 200)]
    [InlineData("created_at=2026-01-01T00:00:00Z", 200)]
    [InlineData("created_at=neq:2026-01-01T00:00:00%2B02:00", 200)]
    [InlineData("created_at=about:2026-01-01T00:00:00Z", 400)]
    [InlineData("created_at=gt:yesterday", 400)]
    [InlineData("created_at=", 400)]
    [InlineData("size_min=1", 200)]
    [InlineData("size_max=99999999999999999999", 200)]
    [InlineData("size_max=x", 400)]
    [InlineData("changes-since=2026-01-01T00:00:00Z", 400)]
    [InlineData("deleted=true", 200)]
    [InlineData("os_distro=in:a,b", 200)]
    public async Task Parameters_are_accepted_or_refused(string query, int status) =>
        (await api.GetAsync(ApiServer.Owner, $"/v2/images?{query}")).Status.Should().Be(status);

    [Fact]
    public async Task Pages_lead_to_each_other_and_repeated_keys_survive()
    {
        string[] ids = [await Tagged("a"), await Tagged("b"), await Tagged("c")];
        string? next = "/v2/images?limit=2&tag=one%2Ctwo&tag=page&sort=name%3Aasc";
        var found = new List<string>();
        int pages = 0;
        while (next is not null)
        {
            Answer page = await api.GetAsync(ApiServer.Owner, next);
            ((string?)page.Json["first"]).Should().Be("/v2/images?limit=2&tag=one%2Ctwo&tag=page&sort=name%3Aasc");
            found.AddRange(page.Json["images"]!.AsArray().Select(image => (string)image!["id"]!));
            next = (string?)page.Json["next"];
            pages++;
        }

        found.Should().Equal(ids);
        pages.Should().Be(2);

        async Task<string> Tagged(string name)
        {
            Answer answer = await api.PostAsync(ApiServer.Owner, "/v2/images", $$"""{"name": "{{name}}", "tags": ["page", "one,two"]}""");
            return (string)answer.Json["id"]!;
        }
    }

    [Fact]
    public async Task Filters_find_what_they_name()
    {
        string mark = Guid.NewGuid().ToString("N");
        string id = await api.CreateActiveAsync(more: $"\"mark\": \"{mark}\", \"os_distro\": \"in:a,b\", \"name\": \"with, comma\"");
        await FoundBy($"mark={mark}", id);
        await FoundBy($"mark={mark}&os_distro=in:a,b", id);
        await FoundBy($"mark={mark}&name=in:x,%22with,%20comma%22", id);
        await FoundBy($"mark={mark}&status=active&size_min=10&size_max=10&checksum=781e5e245d69b566979b86e28d23f2c7&owner=p1&disk_format=eq:raw", id);
        await FoundBy($"mark={mark}&status=queued");
        await FoundBy($"mark={mark}&size_min=11");
        await FoundBy($"mark={mark}&os_hidden=true");
        await FoundBy($"mark={mark}&created_at=lt:2020-01-01T00:00:00Z");
        await FoundBy($"mark={mark}&created_at=gte:2020-01-01T00:00:00Z", id);
        await FoundBy($"mark={mark}&limit=0");
    }

    [Fact]
    public async Task Community_images_of_others_show_only_when_asked_for()
    {
        string id = await api.CreateAsync(ApiServer.Other, "\"visibility\": \"community\", \"mark\": \"community\"");
        await FoundBy("mark=community");
        await FoundBy("mark=community&visibility=community", id);
        await FoundBy("mark=community&visibility=all", id);
    }

    private async Task FoundBy(string query, params string[] ids)
    {
        Answer answer = await api.GetAsync(ApiServer.Owner, $"/v2/images?{query}");
        answer.Json["images"]!.AsArray().Select(image => (string)image!["id"]!).Should().Equal(ids, query);
    }
}
