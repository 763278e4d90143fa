namespace KollaNet.EndToEnd.Sites;

/// <summary>Database and image service only, with HTTP basic authentication; deployed once for all tests of its collection. Each test leaves it as it found it.</summary>
public sealed class SmallSite : IAsyncLifetime
{
    /// <summary>A line of <c>globals.yml</c>.</summary>
    public const string WithoutKeystone = "enable_keystone: \"no\"";

    /// <summary>Its containers, by Kolla's names.</summary>
    public static readonly string[] Containers = ["bootstrap_glance", "bootstrap_mariadb", "glance_api", "mariadb"];

    public TestSite Site { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Site = await TestSite.CreateAsync(withKeystone: false, CancellationToken.None);
        (await Site.RunAsync("deploy")).ShouldSucceed();
    }

    public async ValueTask DisposeAsync()
    {
        if (Site is not null) await Site.DisposeAsync();
    }
}

[CollectionDefinition(Name)]
public sealed class SmallSiteCollection : ICollectionFixture<SmallSite>
{
    public const string Name = "small site";
}
