using System.Text.Json.Nodes;
using KollaNet.ImageService.Tests.Imports;

namespace KollaNet.ImageService.Tests.Api;

/// <summary>The limits of the configuration, one by one. Source: image-api reference 6.</summary>
public sealed class LocalQuotas
{
    [Fact]
    public async Task Negative_quotas_are_none()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer { Default = "image_property_quota = -1\nimage_tag_quota = -1\nimage_member_quota = -1" });
        string properties = string.Join(", ", Enumerable.Range(0, 200).Select(i => $"\"k{i}\": \"v\"")), tags = string.Join(", ", Enumerable.Range(0, 200).Select(i => $"\"t{i}\""));
        string id = await api.CreateAsync(more: $"{properties}, \"tags\": [{tags}]");
        (await api.PostAsync(ApiServer.Owner, $"/v2/images/{id}/members", """{"member": "m"}""")).Status.Should().Be(200);
    }

    [Fact]
    public async Task Quotas_of_zero_let_nothing_pass_and_shrinking_is_always_allowed()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer { Default = "image_property_quota = 1\nimage_tag_quota = 0\nimage_member_quota = 0" });
        string id = await api.CreateAsync(more: "\"a\": \"1\"");
        (await api.SendAsync(ApiServer.Owner, "PUT", $"/v2/images/{id}/tags/t")).Status.Should().Be(413);
        (await api.PostAsync(ApiServer.Owner, $"/v2/images/{id}/members", """{"member": "m"}""")).Status.Should().Be(413);
        (await api.PatchAsync(ApiServer.Owner, id, """[{"op": "replace", "path": "/a", "value": "2"}]""")).Status.Should().Be(200);
        (await api.PatchAsync(ApiServer.Owner, id, """[{"op": "remove", "path": "/a"}]""")).Status.Should().Be(200);
    }

    [Fact]
    public async Task Properties_of_the_service_itself_do_not_count()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer { Default = "image_property_quota = 0" });
        string id = await api.CreateAsync();
        (await api.UploadAsync(ApiServer.Owner, id, [1])).Status.Should().Be(204, "os_glance_… is there while it is uploaded");
    }

    [Fact]
    public async Task Too_large_is_413_with_and_without_a_declared_length()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer { Default = "image_size_cap = 10" });
        string id = await api.CreateAsync();
        (await api.UploadAsync(ApiServer.Owner, id, new byte[11])).Status.Should().Be(413);
        (await api.UploadAsync(ApiServer.Owner, id, new byte[1], "x-openstack-image-size: 11")).Status.Should().Be(413);
        (await api.UploadAsync(ApiServer.Owner, id, new byte[10])).Status.Should().Be(204);
    }

    [Fact]
    public async Task A_users_storage_quota_counts_images_of_the_owner_only_until_they_are_deleted()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer { Default = "user_storage_quota = 1KB" });
        string first = await api.CreateAsync(), second = await api.CreateAsync(), other = await api.CreateAsync(ApiServer.Other);
        (await api.UploadAsync(ApiServer.Owner, first, new byte[1000])).Status.Should().Be(204);
        (await api.UploadAsync(ApiServer.Owner, second, new byte[100])).Status.Should().Be(413);
        (await api.UploadAsync(ApiServer.Other, other, new byte[1000])).Status.Should().Be(204);
        (await api.SendAsync(ApiServer.Owner, "DELETE", $"/v2/images/{first}")).Status.Should().Be(204);
        (await api.UploadAsync(ApiServer.Owner, second, new byte[100])).Status.Should().Be(204);
    }

    [Fact]
    public async Task An_image_has_so_many_locations_and_no_more()
    {
        await using WebServer web = await WebServer.StartAsync([1, 2, 3]);
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer { WebStore = true, Default = "show_multiple_locations = true\nimage_location_quota = 2" });
        string id = await api.CreateAsync();
        Task<Answer> Add(string path) => api.PatchAsync(ApiServer.Owner, id, $$$$"""[{"op": "add", "path": "/locations/-", "value": {"url": "{{{{web.Url}}}}{{{{path}}}}", "metadata": {}}}]""");
        foreach (string path in new[] { "/image", "/there" }) (await Add(path)).Status.Should().Be(200);
        (await Add("/ranges")).Status.Should().Be(413);
    }

    [Fact]
    public async Task Pages_have_their_usual_and_their_largest_size()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer { Default = "limit_param_default = 2\napi_limit_max = 3" });
        for (int i = 0; i < 4; i++) await api.CreateAsync();
        (await CountAsync(api, "")).Should().Be(2);
        (await CountAsync(api, "?limit=100")).Should().Be(3);
        (await CountAsync(api, "?limit=1")).Should().Be(1);
    }

    private static async Task<int> CountAsync(ApiServer api, string query) => ((JsonArray)(await api.GetAsync(ApiServer.Owner, $"/v2/images{query}")).Json["images"]!).Count;
}
