using KollaNet.ImageService.Metadata;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Metadata;

public sealed class MariaDbRepositoryMeetsTheContract : ImageRepositoryContract
{
    protected override async Task<ImageDatabase> EmptyDatabaseAsync()
    {
        MariaDbServer server = await MariaDbServer.StartedAsync(TestContext.Current.CancellationToken);
        return ImageDatabase.Open(await server.NewDatabaseAsync("repository", TestContext.Current.CancellationToken));
    }
}
