using KollaNet.TestHost;

namespace KollaNet.EndToEnd.Sites;

/// <summary>The site with everything, deployed once the way the README says, for all tests of its collection. Each test leaves it as it found it.</summary>
public sealed class WholeSite : IAsyncLifetime
{
    /// <summary>One upload may not be larger.</summary>
    public const int SizeCapBytes = 32 << 20;

    /// <summary>A line of <c>globals.yml</c>.</summary>
    public static readonly string SizeCap = $"glance_image_size_cap: {SizeCapBytes}";

    public TestSite Site { get; private set; } = null!;

    /// <summary>What the commands of a first deployment left, in their order.</summary>
    public List<CliResult> Results { get; } = [];

    public async ValueTask InitializeAsync()
    {
        Site = await TestSite.CreateAsync(withKeystone: true, CancellationToken.None);
        Site.WriteGlobals(SizeCap);
        await TestImages.BuildAsync(async () => Results.Add((await Site.RunAsync("build", "--cachedir", TestImages.CacheFolder)).ShouldSucceed()), CancellationToken.None);
        foreach (string command in (string[])["prechecks", "deploy", "post-deploy"]) Results.Add((await Site.RunAsync(command)).ShouldSucceed());
    }

    public async ValueTask DisposeAsync()
    {
        if (Site is not null) await Site.DisposeAsync();
    }
}

[CollectionDefinition(Name)]
public sealed class WholeSiteCollection : ICollectionFixture<WholeSite>
{
    public const string Name = "whole site";
}
