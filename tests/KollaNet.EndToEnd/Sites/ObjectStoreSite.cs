using KollaNet.TestHost;

namespace KollaNet.EndToEnd.Sites;

/// <summary>A site with Swift, and images in it by default and in files beside; deployed once for all tests of its collection.</summary>
public sealed class ObjectStoreSite : IAsyncLifetime
{
    /// <summary>Lines of <c>globals.yml</c> that it is deployed with.</summary>
    public static readonly string[] Globals = ["enable_swift: \"yes\"", "glance_backend_swift: \"yes\"", "glance_backend_file: \"yes\""];

    public TestSite Site { get; private set; } = null!;

    /// <summary>Writes <c>globals.yml</c> with these lines, and sizes that make segments of small images.</summary>
    public void WriteGlobals(params string[] lines) => Site.WriteGlobals([.. lines, "glance_swift_large_object_size: 4", "glance_swift_large_object_chunk_size: 2"]);

    public async ValueTask InitializeAsync()
    {
        Site = await TestSite.CreateAsync(withKeystone: true, CancellationToken.None);
        WriteGlobals(Globals);
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
