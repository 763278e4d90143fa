using KollaNet.ImageService.Metadata;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Metadata.Metadefs;

public sealed class SqliteMetadefsMeetTheContract : MetadefRepositoryContract
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kollanet-metadefs-");

    protected override Task<ImageDatabase> EmptyDatabaseAsync() => Task.FromResult(ImageDatabase.Open($"sqlite:///{folder.FullName}/glance.sqlite"));

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        folder.Delete(recursive: true);
    }
}

public sealed class MariaDbMetadefsMeetTheContract : MetadefRepositoryContract
{
    protected override async Task<ImageDatabase> EmptyDatabaseAsync()
    {
        MariaDbServer server = await MariaDbServer.StartedAsync(TestContext.Current.CancellationToken);
        return ImageDatabase.Open(await server.NewDatabaseAsync("metadefs", TestContext.Current.CancellationToken));
    }
}
