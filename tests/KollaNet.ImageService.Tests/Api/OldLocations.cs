using System.Text.Json.Nodes;
using KollaNet.ImageService.Tests.Peers;
using static KollaNet.ImageService.Tests.Api.ApiServer;

namespace KollaNet.ImageService.Tests.Api;

/// <summary>Rows of image_locations from older days, and of stores that are not ours. Source: image-api reference 7.</summary>
public sealed class OldLocations : IAsyncLifetime
{
    private ApiServer api = null!;

    public async ValueTask InitializeAsync() => api = await StartAsync(new ApiServer { SecondStore = true });

    public ValueTask DisposeAsync() => api.DisposeAsync();

    [Theory]
    [InlineData("{}", """{"store":"fast"}""")]
    [InlineData("""{"store": "of-long-ago"}""", """{"store":"fast"}""")]
    [InlineData("""{"mountpoint": "/x"}""", """{"mountpoint":"/x","store":"fast"}""")]
    [InlineData("""{"store": "fast"}""", """{"store": "fast"}""")]
    public async Task A_location_without_a_store_of_ours_gets_its_id_when_it_is_read(string old, string named)
    {
        string id = await api.CreateActiveAsync();
        await SetAsync(id, $"meta_data = '{old}'");
        JsonNode listed = (await api.GetAsync(Owner, "/v2/images")).Json["images"]![0]!;

        JsonNode shown = (await api.GetAsync(Owner, $"/v2/images/{id}")).Json;

        ((string?)listed["stores"], (string?)shown["stores"]).Should().Be(("fast", "fast"));
        ((string?)shown["updated_at"]).Should().Be((string?)listed["updated_at"]);
        (await api.Server.Database.SingleAsync($"SELECT meta_data FROM image_locations WHERE image_id = '{id}'")).Should().Be(named);
    }

    [Theory]
    [InlineData("swift+config://ref1/glance/1")]
    [InlineData("rbd://fsid/images/1/snap")]
    [InlineData("s3+https://ak:se/cr+et@host/bucket/1")]
    [InlineData("cinder://volumes/1")]
    [InlineData("vsphere://host/folder?dcPath=a&dsName=b")]
    public async Task Locations_of_stores_that_are_not_configured_are_left_alone(string url)
    {
        string id = await api.CreateActiveAsync();
        await SetAsync(id, $"value = '{url}', meta_data = '{{\"store\": \"elsewhere\"}}'");

        (await api.GetAsync(Owner, $"/v2/images/{id}")).Status.Should().Be(200);
        (await api.PatchAsync(Owner, id, """[{"op": "add", "path": "/a", "value": "b"}]""")).Status.Should().Be(200);
        (await api.GetAsync(Owner, $"/v2/images/{id}/file")).Status.Should().Be(204);

        (await api.Server.Database.SingleAsync($"SELECT value || ' ' || meta_data FROM image_locations WHERE image_id = '{id}' AND deleted = 0")).Should().Be($"{url} {{\"store\": \"elsewhere\"}}");
    }

    [Fact]
    public async Task Old_statuses_and_missing_hashes_are_read()
    {
        string killed = await api.CreateActiveAsync(), pending = await api.CreateActiveAsync(), old = await api.CreateActiveAsync();
        await api.Server.Database.SingleAsync($"UPDATE images SET status = 'killed' WHERE id = '{killed}'");
        await api.Server.Database.SingleAsync($"UPDATE images SET status = 'pending_delete' WHERE id = '{pending}'");
        await api.Server.Database.SingleAsync($"UPDATE images SET os_hash_algo = NULL, os_hash_value = NULL, checksum = NULL, updated_at = NULL WHERE id = '{old}'");

        string[] listed = [.. (await api.GetAsync(Owner, "/v2/images")).Json["images"]!.AsArray().Select(image => (string)image!["id"]!)];
        JsonNode shown = (await api.GetAsync(Owner, $"/v2/images/{old}")).Json;
        Answer data = await api.GetAsync(Owner, $"/v2/images/{old}/file");

        listed.Should().Equal(old);
        (shown["os_hash_value"], shown["checksum"], (string?)shown["updated_at"]).Should().Be((null, null, (string?)shown["created_at"]));
        (data.Status, data.Header("Content-MD5")).Should().Be((200, null));
        ((string?)(await api.GetAsync(Owner, $"/v2/images/{killed}")).Json["status"]).Should().Be("killed");
        (await api.GetAsync(Owner, $"/v2/images/{pending}")).Status.Should().Be(404);
        (await api.SendAsync(Owner, "DELETE", $"/v2/images/{killed}")).Status.Should().Be(204);
    }

    private Task<string> SetAsync(string id, string values) => api.Server.Database.SingleAsync($"UPDATE image_locations SET {values} WHERE image_id = '{id}'");
}
