using KollaNet.ImageService.Configuration;

namespace KollaNet.ImageService.Hosting;

/// <summary>A service without any configuration file: SQLite and a file store in one folder, on the loopback address, everyone an administrator.</summary>
public static class StandAlone
{
    /// <summary><c>$XDG_DATA_HOME/kollanet-image</c>, or <c>kollanet-image</c> here.</summary>
    public static string Folder =>
        Path.GetFullPath(Path.Combine(Environment.GetEnvironmentVariable("XDG_DATA_HOME") is { Length: > 0 } home ? home : ".", "kollanet-image"));

    /// <summary>The options, with everything kept below <paramref name="folder"/>; the folder is made.</summary>
    /// <exception cref="FormatException">It cannot be.</exception>
    public static GlanceOptions Options(string folder)
    {
        GlanceOptions usual = GlanceOptions.Defaults;
        string images = Path.Combine(folder, "images");
        Make(images);
        StoreOptions store = usual.Stores.First(store => store.Id == usual.DefaultStoreId);
        return usual with
        {
            BindHost = "127.0.0.1",
            Flavor = null,
            Database = usual.Database with { Connection = $"sqlite:///{Path.Combine(folder, "glance.sqlite")}" },
            StagingStore = usual.StagingStore with { DataFolders = [new DataFolder(Path.Combine(folder, "staging"))] },
            Stores = [store with { DataFolders = [new DataFolder(images)] }],
        };
    }

    private static void Make(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FormatException(
                $"There is no configuration file, and the folder {folder} for a service without one cannot be made.\n  Why:  {e.Message}\n  Next: set XDG_DATA_HOME to a folder that this user may write, or name a configuration file with --config-file.");
        }
    }
}
