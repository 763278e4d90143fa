using KollaNet.ImageService.Metadata;

namespace KollaNet.ImageService.Tests.Metadata;

/// <summary>A real SQLite database with Glance's tables, in a folder of its own that a test may also use.</summary>
internal sealed class ScratchDatabase : IAsyncDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kollanet-scratch-");

    private ScratchDatabase() => Database = ImageDatabase.Open($"sqlite:///{folder.FullName}/glance.sqlite");

    public ImageDatabase Database { get; }

    public string Folder => folder.FullName;

    public static async Task<ScratchDatabase> StartAsync()
    {
        var scratch = new ScratchDatabase();
        await scratch.Database.Schema.SyncAsync(TestContext.Current.CancellationToken);
        return scratch;
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        folder.Delete(recursive: true);
    }
}
