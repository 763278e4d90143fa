using KollaNet.TestHost;

namespace KollaNet.EndToEnd.Sites;

/// <summary>A site with Swift, and images in it by default and in files beside; deployed once for all tests of its collection.</summary>
public sealed class ObjectStoreSite : IAsyncLifetime
{
    public TestSite Site { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Site = await TestSite.CreateAsync(withKeystone: true, CancellationToken.None);
        Site.WriteGlobals("enable_swift: \"yes\"", "glance_backend_swift: \"yes\"", "glance_backend_file: \"yes\"", "glance_swift_large_object_size: 4", "glance_swift_large_object_chunk_size: 2");
        await TestImages.BuildAsync(async () => (await Site.RunAsync("build", "--cachedir", TestImages.CacheFolder)).ShouldSucceed(), CancellationToken.None);
        foreach (string command in (string[])["prechecks", "deploy", "post-deploy"]) (await Site.RunAsync(command)).ShouldSucceed();
    }

    public async ValueTask DisposeAsync()
    {
        if (Site is not null) await Site.DisposeAsync();
    }
}

[CollectionDefinition(Name)]
public sealed class ObjectStoreSiteCollection : ICollectionFixture<ObjectStoreSite>
{
    public const string Name = "object store site";
}
