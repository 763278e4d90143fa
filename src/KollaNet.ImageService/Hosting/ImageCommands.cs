using System.Globalization;
using System.Text;
using System.Text.Json;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Hosting.Logging;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Migration;
using KollaNet.ImageService.Monitoring;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Hosting;

/// <summary><c>images list</c> and <c>images migrate</c>, with what their arguments say.</summary>
public sealed record ImageCommands
{
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(2);

    /// <summary>Option <c>--from</c>.</summary>
    public string? From { get; init; }

    /// <summary>Option <c>--to</c>.</summary>
    public string? To { get; init; }

    /// <summary>Option <c>--limit-rate</c>, bytes per second; null for none.</summary>
    public long? BytesPerSecond { get; init; }

    /// <summary>Option <c>--dry-run</c>.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>Whether an argument is an option of these commands that has a value.</summary>
    public static bool IsOption(string argument) => argument is "--from" or "--to" or "--limit-rate";

    /// <summary>The same with one more option.</summary>
    /// <exception cref="FormatException">The value makes no sense.</exception>
    public ImageCommands With(string option, string value) => option switch
    {
        "--from" => this with { From = value },
        "--to" => this with { To = value },
        _ => this with { BytesPerSecond = ReadRate(value) },
    };

    /// <summary>Where each image is.</summary>
    /// <param name="storeId">Only this store; null for all.</param>
    /// <param name="json">One object per line.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> ListAsync(GlanceOptions options, string? storeId, bool json, TextWriter output)
    {
        await using ImageDatabase database = ImageDatabase.Open(options);
        StoreCatalog stores = StoreCatalog.Open(options);
        if (storeId is not null) Require(stores, storeId, "--store");
        var census = new StoreCensus(stores, database);
        await foreach (Image image in database.Inventory.ReadAllAsync(CancellationToken.None))
        {
            string[] ids = [.. census.StoresOf(image)];
            if (storeId is not null ? ids.Contains(storeId) : image.Locations.Length > 0) await output.WriteLineAsync(json ? Line(image, ids) : $"{image.Id}  {ByteText.Of(image.SizeBytes ?? 0),11}  {string.Join(',', ids),-16}  {image.Name}");
        }

        return 0;
    }

    /// <summary>Moves images to another store.</summary>
    /// <param name="imageId">Only this one; null for all.</param>
    /// <returns>The exit code: 1 when images stay behind.</returns>
    public async Task<int> MigrateAsync(GlanceOptions options, string? imageId, TimeProvider clock, TextWriter output)
    {
        if (From is null || To is null) throw new FormatException("images migrate needs --from STORE and --to STORE.");
        if (From == To) throw new FormatException("--from and --to name the same store.");
        var pace = new Pace(BytesPerSecond, clock);
        StoreCatalog configured = StoreCatalog.Open(options);
        Require(configured, From, "--from");
        if (!Require(configured, To, "--to").Store.Abilities.CanWrite) throw new FormatException($"--to: store {To} can only be read.");
        var stores = new StoreCatalog(configured.All.Select(store => store with { Store = new PacedStore(store.Store, pace) }), configured.Default.Id, configured.StoresEnabled);
        // The bytes are there already: no quota and no cap may keep them where they are.
        options = options with { UserStorageQuotaBytes = 0, ImageSizeCapBytes = long.MaxValue, EnabledImportMethods = ["copy-image"] };
        await using ImageDatabase database = ImageDatabase.Open(options);
        using var log = new LineLog(Console.Error);
        using ILoggerFactory logs = LoggerFactory.Create(builder => builder.AddProvider(log).SetMinimumLevel(LogLevel.Error));
        var upload = new ImageUpload(stores, database.Images, options, clock, logs.CreateLogger<ImageUpload>());
        using var metrics = new ServiceMetrics();
        ImportParts parts = ImportParts.Make(options with { Imports = options.Imports with { Workers = 1 } }, stores, database, upload, PropertyProtections.None, metrics, clock, logs, CancellationToken.None);
        using var runner = parts.Runner;
        using var recovery = parts.Recovery;
        var migration = new ImageMigration(
            new MigrationOrder(From, To) { ImageId = imageId, BytesPerSecond = BytesPerSecond }, stores, database, parts.Work, runner, recovery, clock, output.WriteLineAsync);

        (long images, long bytes) = await CountAsync(migration);
        await output.WriteLineAsync($"{ByteText.Of(images, bytes)} {(IsDryRun ? "would be moved" : "to move")} from store {From} to store {To}");
        if (IsDryRun) return 0;
        await runner.StartAsync(CancellationToken.None);
        MigrationOutcome outcome = await RunAsync(migration, pace, new MigrationProgress(bytes, images, clock), output);
        await runner.StopAsync(CancellationToken.None);
        await output.WriteLineAsync(outcome.Failed == 0 ? $"{outcome.Moved} images were moved." : $"{outcome.Moved} images were moved; {outcome.Failed} stay in store {From}: run the same command again.");
        return outcome.Failed == 0 ? 0 : 1;
    }

    private static async Task<(long Images, long Bytes)> CountAsync(ImageMigration migration)
    {
        long images = 0, bytes = 0;
        await foreach (Image image in migration.WaitingAsync(CancellationToken.None)) (images, bytes) = (images + 1, bytes + (image.SizeBytes ?? 0));
        return (images, bytes);
    }

    private static async Task<MigrationOutcome> RunAsync(ImageMigration migration, Pace pace, MigrationProgress progress, TextWriter output)
    {
        Task<MigrationOutcome> work = migration.RunAsync(CancellationToken.None);
        while (await Task.WhenAny(work, Task.Delay(ProgressEvery)) != work) await output.WriteLineAsync(progress.Text(pace.Spent, migration.Moved));
        return await work;
    }

    private static ConfiguredStore Require(StoreCatalog stores, string id, string option) => stores.Find(id)
        ?? throw new FormatException($"{option}: there is no store {id}; configured are {string.Join(", ", stores.All.Select(store => store.Id))}.");

    /// <summary><c>50M</c> is 50 MiB; as wget and curl write it.</summary>
    private static long ReadRate(string text)
    {
        int shift = text.Length == 0 ? 0 : char.ToUpperInvariant(text[^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, _ => 0 };
        return double.TryParse(shift > 0 ? text[..^1] : text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) && number * (1L << shift) is >= 1 and < 1e15 and var rate
            ? (long)rate : throw new FormatException($"--limit-rate: '{text}' is not a number of bytes per second, such as 50M.");
    }

    private static string Line(Image image, string[] ids)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("id", image.Id);
            json.WriteString("name", image.Name);
            json.WriteString("status", image.Status.Name());
            json.WriteNumber("size", image.SizeBytes ?? 0);
            json.WriteStartArray("stores");
            foreach (string id in ids) json.WriteStringValue(id);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }
}
