using System.Globalization;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Metadata;

namespace KollaNet.ImageService.Hosting;

/// <summary>The <c>db</c> commands about tables and rows, with what their arguments say. Commands and options are <c>glance-manage</c>'s.</summary>
public sealed record DatabaseCommands
{
    private const int DefaultMaxRows = 100;

    // Source: glance-manage db purge --help, db purge_images_table --help.
    private const int DefaultAge = 30, DefaultImagesAge = 180;

    private static readonly CancellationToken None = CancellationToken.None;

    /// <summary>Option <c>--age-in-days</c>; null for the command's own default.</summary>
    public int? AgeInDays { get; init; }

    /// <summary>Option <c>--max-rows</c>; -1 for all.</summary>
    public int MaxRows { get; init; } = DefaultMaxRows;

    /// <summary>Whether <see cref="With"/> knows it.</summary>
    public static bool IsOption(string argument) => argument is "--age-in-days" or "--max-rows";

    /// <summary>The same with one more option.</summary>
    /// <exception cref="UsageException">The value makes no sense.</exception>
    public DatabaseCommands With(string option, string value)
    {
        bool isAge = option.StartsWith("--age", StringComparison.Ordinal);
        if (!int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) || number < (isAge ? 0 : -1))
            throw new UsageException($"{option}: '{value}' is not {(isAge ? "a number of days" : "a number of rows, or -1 for all of them")}.");
        if (isAge && number >= (DateTime.UtcNow - DateTime.UnixEpoch).TotalDays) throw new UsageException($"{option}: {number} days ago was before 1970.");
        return isAge ? this with { AgeInDays = number } : this with { MaxRows = number };
    }

    /// <summary><c>db sync</c>.</summary>
    /// <returns>The exit code.</returns>
    public static Task<int> SyncAsync(GlanceOptions options, TextWriter output) => ChangeAsync(options, output, schema => schema.SyncAsync(None));

    /// <summary><c>db expand</c>.</summary>
    /// <returns>The exit code.</returns>
    public static Task<int> ExpandAsync(GlanceOptions options, TextWriter output) => ChangeAsync(options, output, schema => schema.ExpandAsync(None));

    /// <summary><c>db contract</c>.</summary>
    /// <returns>The exit code.</returns>
    public static Task<int> ContractAsync(GlanceOptions options, TextWriter output) => ChangeAsync(options, output, schema => schema.ContractAsync(None));

    /// <summary><c>db migrate</c>.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> MigrateAsync(GlanceOptions options, TextWriter output)
    {
        await using ImageDatabase database = ImageDatabase.Open(options);
        await database.Schema.MigrateAsync(None);
        await output.WriteLineAsync("No row has to be changed on the way from Glance 2022.2 to this release.");
        return 0;
    }

    /// <summary><c>db check</c>.</summary>
    /// <returns>The exit code: 0 up to date; 3 to be expanded (or synced), 5 to be contracted, as glance-manage's; 2 for a database that cannot be used.</returns>
    public static async Task<int> CheckAsync(GlanceOptions options, TextWriter output)
    {
        await using ImageDatabase database = ImageDatabase.Open(options);
        DatabaseState state = await database.Schema.InspectAsync(None);
        await output.WriteLineAsync(state.Detail);
        return state.Condition switch
        {
            DatabaseCondition.Current => 0,
            DatabaseCondition.Empty or DatabaseCondition.Incomplete => 3,
            DatabaseCondition.Behind => state.IsExpanded ? 5 : 3,
            _ => 2,
        };
    }

    /// <summary><c>db version</c>.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> VersionAsync(GlanceOptions options, TextWriter output)
    {
        await using ImageDatabase database = ImageDatabase.Open(options);
        DatabaseState state = await database.Schema.InspectAsync(None);
        await output.WriteLineAsync(state.Revisions.Length == 0 ? "none" : string.Join(' ', state.Revisions));
        return 0;
    }

    /// <summary><c>db purge</c>.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> PurgeAsync(GlanceOptions options, TextWriter output)
    {
        await using ImageDatabase database = await OpenUsableAsync(options);
        foreach (PurgedTable table in await database.Purge.PurgeExceptImagesAsync(Before(DefaultAge), Limit, None)) await SayAsync(table, output);
        return 0;
    }

    /// <summary><c>db purge-images-table</c>.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> PurgeImagesAsync(GlanceOptions options, TextWriter output)
    {
        await using ImageDatabase database = await OpenUsableAsync(options);
        await SayAsync(await database.Purge.PurgeImagesAsync(Before(DefaultImagesAge), Limit, None), output);
        return 0;
    }

    /// <summary>The database, if its tables can be worked with.</summary>
    /// <exception cref="FormatException">It has to be synced first.</exception>
    /// <exception cref="DatabaseRefusedException">It is not one we can use.</exception>
    internal static async Task<ImageDatabase> OpenUsableAsync(GlanceOptions options)
    {
        ImageDatabase database = ImageDatabase.Open(options);
        DatabaseState state = await database.Schema.InspectAsync(None);
        if (state.IsUsable) return database;
        await database.DisposeAsync();
        throw state.IsUnfinished
            ? new FormatException($"The image database is not ready.\n  Why:  {state.Detail}\n  Next: run kollanet-image db sync, then this again.")
            : new DatabaseRefusedException(state);
    }

    private int? Limit => MaxRows < 0 ? null : MaxRows;

    private DateTime Before(int usualAge) => DateTime.UtcNow - TimeSpan.FromDays(AgeInDays ?? usualAge);

    private static Task SayAsync(PurgedTable table, TextWriter output) => output.WriteLineAsync($"{table.Table}: {table.Rows} {(table.Rows == 1 ? "row" : "rows")} purged");

    private static async Task<int> ChangeAsync(GlanceOptions options, TextWriter output, Func<DatabaseSchema, Task<bool>> change)
    {
        await using ImageDatabase database = ImageDatabase.Open(options);
        bool changed = await change(database.Schema);
        DatabaseState state = await database.Schema.InspectAsync(None);
        string revisions = string.Join(" and ", state.Revisions);
        await output.WriteLineAsync(changed ? $"The image database is now at {revisions}." : $"The image database is at {revisions}; nothing to do.");
        return 0;
    }
}
