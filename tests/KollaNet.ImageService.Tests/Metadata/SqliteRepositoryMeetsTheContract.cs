using KollaNet.ImageService.Metadata;

namespace KollaNet.ImageService.Tests.Metadata;

public sealed class SqliteRepositoryMeetsTheContract : ImageRepositoryContract
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kollanet-metadata-");

    protected override Task<ImageDatabase> EmptyDatabaseAsync() => Task.FromResult(ImageDatabase.Open($"sqlite:///{folder.FullName}/glance.sqlite"));

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        folder.Delete(recursive: true);
    }
}
