using System.Text.Json.Nodes;
using KollaNet.ImageService.Tests.Api;
using static KollaNet.ImageService.Tests.Caching.CacheClient;

namespace KollaNet.ImageService.Tests.Caching;

/// <summary>The routes to the cache.</summary>
public abstract partial class CacheContract
{
    [Fact]
    public async Task An_image_that_is_asked_for_is_cached_behind_the_request()
    {
        byte[] data = Bytes(2_000_000);
        string id = await api.UploadedAsync(data);
        Answer asked = await api.SendAsync(ApiServer.Admin, "PUT", $"/v2/cache/{id}");
        (asked.Status, asked.Text, asked.Header("Content-Length")).Should().Be((202, "", "0"));
        await api.CachedAsync(id);
        api.ReadCached(id).Should().Equal(data);
        (await api.StateAsync())["queued_images"]!.AsArray().Select(queued => (string?)queued).Should().NotContain(id);
        (await api.SendAsync(ApiServer.Admin, "PUT", $"/v2/cache/{id}")).Status.Should().Be(202, "it is there already");
        api.FilesIn("queue").Should().NotContain(id);

        Answer nodes = await api.GetAsync(ApiServer.Admin, $"/v2/cache/nodes/{id}");
        (nodes.Status, nodes.Text).Should().Be((200, """["http://one.example:9292"]"""));
        (await api.SendAsync(ApiServer.Admin, "DELETE", $"/v2/cache/{id}")).Status.Should().Be(204);
        (await api.SendAsync(ApiServer.Admin, "DELETE", $"/v2/cache/{id}")).Status.Should().Be(204, "the image itself is still there");
        (await api.GetAsync(ApiServer.Admin, $"/v2/cache/nodes/{id}")).Text.Should().Be("[]");
        api.FilesIn().Should().NotContain(id);
    }

    [Fact]
    public async Task Everything_or_one_half_is_cleared()
    {
        string cached = await api.UploadedAsync(Bytes(1000)), queued = await api.UploadedAsync(Bytes(1000));
        await api.FillAsync(cached);
        void Queue() => File.WriteAllBytes(Path.Combine(api.CacheFolder, "queue", queued), []);
        Queue();
        (await api.SendAsync(ApiServer.Admin, "DELETE", "/v2/cache", null, "x-image-cache-clear-target: both")).Status.Should().Be(400);
        (await api.SendAsync(ApiServer.Admin, "DELETE", "/v2/cache", null, "x-image-cache-clear-target: Queue")).Status.Should().Be(204);
        (api.FilesIn("queue"), api.FilesIn().Contains(cached)).Should().BeEquivalentTo((Array.Empty<string>(), true));
        Queue();
        (await api.SendAsync(ApiServer.Admin, "DELETE", "/v2/cache", null, "x-image-cache-clear-target: cache")).Status.Should().Be(204);
        (api.FilesIn("queue").Single(), api.FilesIn().Contains(cached)).Should().Be((queued, false));
        await api.FillAsync(cached);
        (await api.SendAsync(ApiServer.Admin, "DELETE", "/v2/cache")).Status.Should().Be(204);
        (await api.GetAsync(ApiServer.Admin, "/v2/cache")).Text.Should().Be("""{"cached_images": [], "queued_images": []}""");
    }

    [Theory]
    [InlineData("GET", "/v2/cache")]
    [InlineData("DELETE", "/v2/cache")]
    [InlineData("PUT", "/v2/cache/ID")]
    [InlineData("DELETE", "/v2/cache/ID")]
    [InlineData("GET", "/v2/cache/nodes/ID")]
    [InlineData("POST", "/v2/cache/clean")]
    [InlineData("POST", "/v2/cache/prune")]
    [InlineData("GET", "/v2/cached_images")]
    [InlineData("DELETE", "/v2/cached_images")]
    [InlineData("DELETE", "/v2/cached_images/ID")]
    [InlineData("GET", "/v2/queued_images")]
    [InlineData("DELETE", "/v2/queued_images")]
    [InlineData("PUT", "/v2/queued_images/ID")]
    [InlineData("DELETE", "/v2/queued_images/ID")]
    public async Task The_cache_is_for_administrators(string method, string path)
    {
        string id = await api.CreateAsync();
        (await api.SendAsync(ApiServer.Owner, method, path.Replace("ID", id, StringComparison.Ordinal))).Status.Should().Be(403);
        (await api.SendAsync("", method, path.Replace("ID", id, StringComparison.Ordinal))).Status.Should().Be(401);
    }

    [Theory]
    [InlineData("PUT", "/v2/cache/QUEUED", 400)]
    [InlineData("PUT", "/v2/cache/00000000-0000-0000-0000-000000000000", 404)]
    [InlineData("PUT", "/v2/cache/x", 404)]
    [InlineData("PUT", "/v2/cache/..%2F..%2Fx", 404)]
    [InlineData("DELETE", "/v2/cache/QUEUED", 204)]
    [InlineData("DELETE", "/v2/cache/x", 404)]
    [InlineData("DELETE", "/v2/cache/..%2Fqueue", 404)]
    [InlineData("GET", "/v2/cache/nodes/x", 404)]
    [InlineData("GET", "/v2/cache/QUEUED", 405)]
    [InlineData("GET", "/v2/cache/clean", 405)]
    [InlineData("PUT", "/v2/queued_images/..%2Fx", 200)]
    [InlineData("DELETE", "/v2/cached_images/..%2Fx", 200)]
    public async Task Answers_to_odd_requests(string method, string path, int status)
    {
        string queued = await api.CreateAsync();
        Answer answer = await api.SendAsync(ApiServer.Admin, method, path.Replace("QUEUED", queued, StringComparison.Ordinal));
        answer.Status.Should().Be(status, answer.Text);
        File.Exists(Path.Combine(api.CacheFolder, "x")).Should().BeFalse("what a client says is not a path");
    }

    [Fact]
    public async Task The_old_routes_say_what_the_new_ones_do()
    {
        string id = await api.UploadedAsync(Bytes(1000)), other = await api.UploadedAsync(Bytes(1000));
        await api.SendAsync(ApiServer.Admin, "DELETE", "/v2/cache");
        Answer asked = await api.SendAsync(ApiServer.Admin, "PUT", $"/v2/queued_images/{id}");
        (asked.Status, asked.Text, asked.Header("Content-Type")).Should().Be((200, "null", "application/json"));
        await api.CachedAsync(id);
        JsonNode entry = (await api.GetAsync(ApiServer.Admin, "/v2/cached_images")).Json["cached_images"]!.AsArray().Single()!;
        ((string?)entry["image_id"], (long)entry["size"]!).Should().Be((id, 1000));
        File.WriteAllBytes(Path.Combine(api.CacheFolder, "queue", other), []);
        (await api.GetAsync(ApiServer.Admin, "/v2/queued_images")).Text.Should().Be($$"""{"queued_images": ["{{other}}"]}""");
        (await api.SendAsync(ApiServer.Admin, "DELETE", $"/v2/queued_images/{other}")).Text.Should().Be("null");
        (await api.SendAsync(ApiServer.Admin, "DELETE", "/v2/queued_images")).Text.Should().Be("""{"num_deleted": 0}""");
        (await api.SendAsync(ApiServer.Admin, "DELETE", "/v2/cached_images")).Text.Should().Be("""{"num_deleted": 1}""");
        await api.FillAsync(id);
        (await api.SendAsync(ApiServer.Admin, "DELETE", $"/v2/cached_images/{id}")).Text.Should().Be("null");
        (await api.FindCachedAsync(id)).Should().BeNull();
    }

    [Fact]
    public async Task Asking_for_an_image_that_does_not_exist_comes_to_nothing()
    {
        string unknown = Guid.NewGuid().ToString();
        (await api.SendAsync(ApiServer.Admin, "PUT", $"/v2/queued_images/{unknown}")).Status.Should().Be(200);
        await UntilAsync(() => !api.FilesIn("queue").Contains(unknown));
    }

    [Fact]
    public async Task Cleaning_takes_what_is_invalid_or_stands_still_and_images_that_are_gone()
    {
        string gone = await api.UploadedAsync(Bytes(1000));
        await api.FillAsync(gone);
        await api.Server.Database.Images.DeleteAsync(gone, ImageService.Images.ImageStatus.Active, DateTime.UtcNow, Cancel);   // As another node deletes it.
        string stalled = Path.Combine(api.CacheFolder, "incomplete", "stalled-image-id"), recent = Path.Combine(api.CacheFolder, "incomplete", "recent-image-id");
        await File.WriteAllTextAsync(Path.Combine(api.CacheFolder, "invalid", "invalid-image-id"), "x", Cancel);
        await File.WriteAllTextAsync(stalled, "x", Cancel);
        await File.WriteAllTextAsync(recent, "x", Cancel);
        File.SetLastWriteTimeUtc(stalled, DateTime.UtcNow.AddDays(-2));

        Answer cleaned = await api.SendAsync(ApiServer.Admin, "POST", "/v2/cache/clean");

        cleaned.Status.Should().Be(200, cleaned.Text);
        (File.Exists(stalled), File.Exists(recent), api.FilesIn("invalid").Length, api.FilesIn().Contains(gone)).Should().Be((false, true, 0, false));
        (await api.FindCachedAsync(gone)).Should().BeNull();
        File.Delete(recent);
    }
}

public sealed class CacheOverSqlite(CachingApi fixture) : CacheContract(fixture.Server), IClassFixture<CachingApi>;

public sealed class CacheOverMariaDb(CachingApiOverMariaDb fixture) : CacheContract(fixture.Server), IClassFixture<CachingApiOverMariaDb>;

/// <summary>A server with an image cache and every route to it.</summary>
public class CachingApi : IAsyncLifetime
{
    public ApiServer Server { get; protected init; } = New(null);

    public ValueTask InitializeAsync() => Server.InitializeAsync();

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return Server.DisposeAsync();
    }

    protected static ApiServer New(Func<CancellationToken, Task<string>>? database) =>
        new() { Cached = true, Flavor = "keystone+cachemanagement", Default = "worker_self_reference_url = http://one.example:9292", Database = database };
}

public sealed class CachingApiOverMariaDb : CachingApi
{
    public CachingApiOverMariaDb() => Server = New(async cancel => await (await KollaNet.TestHost.MariaDbServer.StartedAsync(cancel)).NewDatabaseAsync("cache", cancel));
}
