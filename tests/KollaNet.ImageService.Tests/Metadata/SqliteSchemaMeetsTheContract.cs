using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Metadata.Sqlite;

namespace KollaNet.ImageService.Tests.Metadata;

public sealed class SqliteSchemaMeetsTheContract : DatabaseSchemaContract, IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kollanet-schema-");

    public void Dispose() => folder.Delete(recursive: true);

    protected override Task<Func<ImageDatabase>> EmptyDatabaseAsync()
    {
        string url = $"sqlite:///{folder.FullName}/{Guid.NewGuid()}.sqlite";
        return Task.FromResult(() => ImageDatabase.Open(url));
    }

    internal override SqlDialect DialectOf(ImageDatabase database) => new SqliteDialect();
}
