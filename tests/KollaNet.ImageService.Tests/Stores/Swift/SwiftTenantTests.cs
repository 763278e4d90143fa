using System.Collections.Immutable;
using System.Net;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Stores;
using KollaNet.ImageService.Stores.Swift;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Stores.Swift;

/// <summary>Images in their owners' accounts, on a real Swift; only the catalog that says where an account is comes from the test.</summary>
public sealed class SwiftTenantTests
{
    private readonly string id = Guid.NewGuid().ToString();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_image_has_a_container_in_its_owners_account_that_its_readers_may_read()
    {
        SwiftServer server = await SwiftServer.StartedAsync(Cancel);
        await using var backend = new SwiftBackend(server);
        await using var keystone = new FaultyLink(0) { Usual = LinkFault.Status("200 OK", Catalog(server.StorageUrl)) };
        using var service = new SwiftStore(Options(backend, keystone.Port), TimeProvider.System);
        IImageStore store = service.For(new Caller { ProjectId = "p1", Token = await backend.TokenAsync(Cancel) });
        string container = $"{backend.Container}_{id}";

        StoredImage stored = await store.WriteAsync(id, new MemoryStream([1, 2, 3]), 3, Cancel);

        stored.Url.Should().Be($"swift+{server.StorageUrl}/{container}/{id}");
        store.Abilities.KnowsReaders.Should().BeTrue();
        await store.ShareAsync(stored.Url, new ImageAudience(false, ["p2", "p3"]), Cancel);
        (await AclsAsync(backend)).Should().Be(("p2:*,p3:*", "admins:*"));
        await store.ShareAsync(stored.Url, new ImageAudience(true, []), Cancel);
        (await AclsAsync(backend)).Should().Be(("*:*", "admins:*"));
        await store.ShareAsync(stored.Url, new ImageAudience(false, []), Cancel);
        (await AclsAsync(backend)).Should().Be(("", "admins:*"));

        await using (Stream read = await store.OpenReadAsync(stored.Url, 1, null, Cancel)) (await read.ReadAsync(new byte[10], Cancel)).Should().Be(2);
        (await store.DeleteAsync(stored.Url, Cancel)).Should().BeTrue();
        using HttpResponseMessage gone = await backend.AskAsync(HttpMethod.Head, $"_{id}", Cancel);
        gone.StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Neither_a_deletion_nor_a_failed_upload_leaves_the_container()
    {
        SwiftServer server = await SwiftServer.StartedAsync(Cancel);
        await using var backend = new SwiftBackend(server);
        await using var keystone = new FaultyLink(0) { Usual = LinkFault.Status("200 OK", Catalog(server.StorageUrl)) };
        using var service = new SwiftStore(Options(backend, keystone.Port), TimeProvider.System);
        IImageStore store = service.For(new Caller { ProjectId = "p1", Token = await backend.TokenAsync(Cancel) });

        StoredImage stored = await store.WriteAsync(id, new MemoryStream([1, 2, 3]), 3, Cancel);
        using (HttpResponseMessage left = await backend.AskAsync(HttpMethod.Put, $"_{id}/{id}-00001", Cancel)) left.IsSuccessStatusCode.Should().BeTrue();
        (await store.DeleteAsync(stored.Url, Cancel)).Should().BeTrue();
        using (HttpResponseMessage gone = await backend.AskAsync(HttpMethod.Head, $"_{id}", Cancel)) gone.StatusCode.Should().Be(HttpStatusCode.NotFound);

        await FluentActions.Awaiting(() => store.WriteAsync(id, new BreakingStream(100_000), 200_000, Cancel)).Should().ThrowAsync<IOException>();
        using HttpResponseMessage never = await backend.AskAsync(HttpMethod.Head, $"_{id}", Cancel);
        never.StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    private static SwiftStoreOptions Options(SwiftBackend backend, int keystonePort) => backend.Options with
    {
        IsMultiTenant = true,
        AdminTenants = ["admins"],
        References = ImmutableSortedDictionary<string, SwiftReference>.Empty.Add("ref1", new SwiftReference($"http://127.0.0.1:{keystonePort}", 3, "service:glance", "secret")),
    };

    private static string Catalog(string storageUrl) => $$"""{"catalog": [{"type": "object-store", "endpoints": [{"interface": "public", "region_id": "RegionOne", "url": "{{storageUrl}}"}]}]}""";

    private async Task<(string Read, string Write)> AclsAsync(SwiftBackend backend)
    {
        using HttpResponseMessage head = await backend.AskAsync(HttpMethod.Head, $"_{id}", Cancel);
        string Get(string name) => head.Headers.TryGetValues(name, out IEnumerable<string>? values) ? values.First() : "";
        return (Get("X-Container-Read"), Get("X-Container-Write"));
    }
}
