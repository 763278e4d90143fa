using System.Globalization;
using System.Runtime.InteropServices;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Hosting.Logging;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Imports;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Migration;
using KollaNet.ImageService.Monitoring;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Hosting;

/// <summary><c>images migrate</c>, with what its arguments say.</summary>
public sealed record MigrateCommand
{
    private const int Stopped = 130;

    /// <summary>Option <c>--from</c>.</summary>
    public string? From { get; init; }

    /// <summary>Option <c>--to</c>.</summary>
    public string? To { get; init; }

    /// <summary>Option <c>--limit-rate</c>, bytes per second; null for none.</summary>
    public long? BytesPerSecond { get; init; }

    /// <summary>Option <c>--parallel</c>: most images at the same time.</summary>
    public int Parallel { get; init; } = 4;

    /// <summary>Option <c>--dry-run</c>.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>Whether an argument is an option of this command that has a value.</summary>
    public static bool IsOption(string argument) => argument is "--from" or "--to" or "--limit-rate" or "--parallel";

    /// <summary>The same with one more option.</summary>
    /// <exception cref="UsageException">The value makes no sense.</exception>
    public MigrateCommand With(string option, string value) => option switch
    {
        "--from" => this with { From = value },
        "--to" => this with { To = value },
        "--parallel" => this with { Parallel = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int most) && most is >= 1 and <= 64 ? most : throw new UsageException($"--parallel: '{value}' is not a number of images from 1 to 64.") },
        _ => this with { BytesPerSecond = ReadRate(value) },
    };

    /// <summary>Runs until all is done, or SIGINT or SIGTERM comes: then copies that are on their way are dropped, and every image is where it was or has arrived.</summary>
    /// <param name="imageId">Only this one; null for all.</param>
    /// <returns>The exit code: 1 when images stay behind, 130 when it was stopped.</returns>
    public async Task<int> RunAsync(GlanceOptions options, string? imageId, TimeProvider clock, TextWriter output)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        return await RunAsync(options, imageId, clock, ProgressOutput.Of(output), stop.Token);

        // A second signal ends the process as a signal does.
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        }
    }

    /// <inheritdoc cref="RunAsync(GlanceOptions, string?, TimeProvider, TextWriter)"/>
    /// <param name="stop">Stops it as a signal does.</param>
    internal async Task<int> RunAsync(GlanceOptions options, string? imageId, TimeProvider clock, ProgressOutput output, CancellationToken stop)
    {
        var pace = new Pace(BytesPerSecond, clock);
        using StoreCatalog stores = StoreCatalog.Open(options).WrappedIn(store => new PacedStore(store.Store, pace));
        (string from, string to) = Check(stores);
        // The bytes are there already: no quota and no cap may keep them where they are.
        options = options with { UserStorageQuotaBytes = 0, ImageSizeCapBytes = long.MaxValue, EnabledImportMethods = ["copy-image"], Imports = options.Imports with { Workers = Parallel } };
        await using ImageDatabase database = ImageDatabase.Open(options);
        using var log = new LineLog(Console.Error);
        using ILoggerFactory logs = LoggerFactory.Create(builder => builder.AddProvider(log).SetMinimumLevel(LogLevel.Error));
        var upload = new ImageUpload(stores, database.Images, options, clock, logs.CreateLogger<ImageUpload>());
        using var metrics = new ServiceMetrics();
        ImportParts parts = ImportParts.Make(options, stores, database, upload, PropertyProtections.None, metrics, clock, logs, drain: stop);
        using var runner = parts.Runner;
        using var recovery = parts.Recovery;
        var order = new MigrationOrder(from, to) { ImageId = imageId, Parallel = Parallel };
        var migration = new ImageMigration(order, stores, database, upload.Writer, parts.Work, runner, recovery, clock, output.WriteLineAsync);

        (long images, long bytes) = await CountAsync(migration, stop);
        if (images == 0 && imageId is not null) throw new FormatException($"--image: there is no image {imageId} with data in store {from}.");
        await output.WriteLineAsync($"{ByteText.Of(images, bytes)} {(IsDryRun ? "would be moved" : "to move")} from store {from} to store {to}");
        int code = IsDryRun ? 0 : await MoveAsync(migration, runner, new MigrationProgress(bytes, images, clock), pace, output, stop);
        if (!stop.IsCancellationRequested) await SayPendingAsync(stores, database, output);
        return code;
    }

    private (string From, string To) Check(StoreCatalog stores)
    {
        if (From is null || To is null) throw new UsageException("images migrate needs --from STORE and --to STORE.");
        if (From == To) throw new UsageException("--from and --to name the same store.");
        ImageCommands.Require(stores, From, "--from");
        ConfiguredStore taker = ImageCommands.Require(stores, To, "--to");
        if (!taker.Store.Abilities.CanWrite) throw new FormatException($"--to: store {To} can only be read.");
        if (!taker.TakesImages) throw new FormatException($"--to: store {To} takes no new images, because it is being emptied.");
        return (From, To);
    }

    private static async Task<(long Images, long Bytes)> CountAsync(ImageMigration migration, CancellationToken cancel)
    {
        long images = 0, bytes = 0;
        await foreach (Image image in migration.WaitingAsync(cancel)) (images, bytes) = (images + 1, bytes + (image.SizeBytes ?? 0));
        return (images, bytes);
    }

    private async Task<int> MoveAsync(ImageMigration migration, TaskRunner runner, MigrationProgress progress, Pace pace, ProgressOutput output, CancellationToken stop)
    {
        await runner.StartAsync(CancellationToken.None);
        Task<MigrationOutcome> work = migration.RunAsync(stop);
        while (await Task.WhenAny(work, Task.Delay(output.Every, CancellationToken.None)) != work)
            await output.ShowAsync(output.IsWatched ? progress.Bar(pace.Spent, migration.Moved) : progress.Text(pace.Spent, migration.Moved));
        await runner.StopAsync(CancellationToken.None);
        string moved = migration.Moved == 1 ? "1 image was moved" : $"{migration.Moved} images were moved";
        try
        {
            MigrationOutcome outcome = await work;
            string rest = outcome.Failed == 0 ? "." : outcome.GaveUp ? $"; the rest stays in store {From}, as nothing works any more: run the same command again when it does."
                : $"; {outcome.Failed} {(outcome.Failed == 1 ? "stays" : "stay")} in store {From}: run the same command again.";
            await output.WriteLineAsync(moved + rest);
            return outcome.Failed == 0 ? 0 : 1;
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            await output.WriteLineAsync($"stopped; {moved}. The same command goes on from there.");
            return Stopped;
        }
    }

    /// <summary>Deleted images are not moved: nobody can read them, and they are about to go.</summary>
    private async Task SayPendingAsync(StoreCatalog stores, ImageDatabase database, ProgressOutput output)
    {
        StoreCount count = (await new StoreCensus(stores, database).CountAsync([], CancellationToken.None)).GetValueOrDefault(From!, StoreCount.None);
        if (count.Pending > 0) await output.WriteLineAsync($"The data of {ByteText.Of(count.Pending, count.PendingBytes)} deleted with delayed_delete stays in store {From} until scrub_time is over.");
    }

    /// <summary><c>50M</c> is 50 MiB; as wget and curl write it.</summary>
    private static long ReadRate(string text)
    {
        int shift = text.Length == 0 ? 0 : char.ToUpperInvariant(text[^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, _ => 0 };
        return double.TryParse(shift > 0 ? text[..^1] : text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) && number * (1L << shift) is >= 1 and < 1e15 and var rate
            ? (long)rate : throw new UsageException($"--limit-rate: '{text}' is not a number of bytes per second, such as 50M.");
    }
}
