using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Metadata.Metadefs;

namespace KollaNet.ImageService.Hosting;

/// <summary><c>db load-metadefs</c>, <c>unload-metadefs</c> and <c>export-metadefs</c>, with what their arguments say.</summary>
public sealed record MetadefCommands
{
    /// <summary>Option <c>--path</c>; null for the usual folder.</summary>
    public string? Path { get; init; }

    /// <summary>Option <c>--merge</c>.</summary>
    public bool Merges { get; init; }

    /// <summary>Option <c>--prefer-new</c>.</summary>
    public bool PrefersNew { get; init; }

    /// <summary>Option <c>--overwrite</c>.</summary>
    public bool Overwrites { get; init; }

    /// <summary>Whether <see cref="With"/> knows it.</summary>
    public static bool IsFlag(string argument) => argument is "--merge" or "--prefer-new" or "--overwrite";

    /// <summary>The same with one more flag.</summary>
    public MetadefCommands With(string flag) => flag switch
    {
        "--merge" => this with { Merges = true },
        "--overwrite" => this with { Overwrites = true },
        _ => this with { PrefersNew = true },
    };

    /// <summary>Loads files into the database.</summary>
    /// <returns>The exit code: 0, or 1 when a file could not be used.</returns>
    /// <exception cref="UsageException">Flags that contradict each other.</exception>
    public async Task<int> LoadAsync(GlanceOptions options, TextWriter output)
    {
        if (PrefersNew && Overwrites) throw new UsageException("--prefer-new and --overwrite exclude each other: the first changes what a file has, the second replaces the whole namespace.");
        MetadefLoadMode mode = Overwrites ? MetadefLoadMode.Overwrite : PrefersNew ? MetadefLoadMode.PreferNew : Merges ? MetadefLoadMode.AddMissing : MetadefLoadMode.KeepExisting;
        await using ImageDatabase database = await DatabaseCommands.OpenUsableAsync(options);
        int failed = await Files(database, output).LoadAsync(Path ?? MetadefFiles.UsualFolder, mode, CancellationToken.None);
        return failed == 0 ? 0 : 1;
    }

    /// <summary>Empties the catalogue.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> UnloadAsync(GlanceOptions options, TextWriter output)
    {
        await using ImageDatabase database = await DatabaseCommands.OpenUsableAsync(options);
        await database.Metadefs.ClearAsync(CancellationToken.None);
        await output.WriteLineAsync("All metadata definitions are deleted.");
        return 0;
    }

    /// <summary>Writes the catalogue to files.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="UsageException">No folder is named.</exception>
    public async Task<int> ExportAsync(GlanceOptions options, TextWriter output)
    {
        string folder = Path ?? throw new UsageException("db export-metadefs needs --path FOLDER.");
        await using ImageDatabase database = await DatabaseCommands.OpenUsableAsync(options);
        int count = await Files(database, output).ExportAsync(folder, CancellationToken.None);
        await output.WriteLineAsync($"{count} namespaces are in {folder}.");
        return 0;
    }

    private static MetadefFiles Files(ImageDatabase database, TextWriter output) => new(database.Metadefs, output, TimeProvider.System);
}
