using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Hosting.Logging;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Hosting;

/// <summary><c>scrub</c>: removes the data of images deleted with <c>delayed_delete</c> as glance-scrubber does, or brings one of them back.</summary>
public static class ScrubCommand
{
    /// <param name="restoreId">Option <c>--restore</c>: the image to bring back; null to scrub.</param>
    /// <returns>The exit code: 0, or 1 when there is nothing to bring back.</returns>
    public static async Task<int> RunAsync(GlanceOptions options, string? restoreId, TextWriter output)
    {
        await using ImageDatabase database = ImageDatabase.Open(options);
        return restoreId is null ? await ScrubAsync(options, database, output) : await RestoreAsync(database, restoreId, output);
    }

    private static async Task<int> ScrubAsync(GlanceOptions options, ImageDatabase database, TextWriter output)
    {
        using var log = new LineLog(Console.Error);
        using ILoggerFactory logs = LoggerFactory.Create(builder => builder.AddProvider(log).SetMinimumLevel(LogLevel.Warning));
        using StoreCatalog stores = StoreCatalog.Open(options);
        using var scrubber = new ImageScrubber(
            stores, database.PendingDeletions, options.ScrubTime, options.WakeupTime, TimeProvider.System, logs.CreateLogger<ImageScrubber>());
        await output.WriteLineAsync($"The data of {await scrubber.ScrubAsync(CancellationToken.None)} deleted images was removed.");
        return 0;
    }

    private static async Task<int> RestoreAsync(ImageDatabase database, string id, TextWriter output)
    {
        bool restored = await database.PendingDeletions.RestoreAsync(id, TimeProvider.System.GetUtcNow().UtcDateTime, CancellationToken.None);
        await output.WriteLineAsync(restored
            ? $"Image {id} is active again."
            : $"Image {id} cannot be restored.\n  Why:  no image with this id has status pending_delete: it was not deleted with delayed_delete, or its data is removed already.");
        return restored ? 0 : 1;
    }
}
