using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Images;

/// <summary>Brings uploads that died with their process back to queued, with nothing kept of their data: at start and then on a timer. Several services may do
/// so at the same time. Register as a hosted service.</summary>
public sealed partial class ImageRecovery(StoreCatalog stores, IImageRepository images, TimeProvider clock, ILogger<ImageRecovery> log) : BackgroundService
{
    /// <summary>Where uploads to be imported are put aside; null without.</summary>
    public ImageStaging? Staging { get; init; }

    /// <summary>Tells which staged data no image waits for any more; null leaves that lying.</summary>
    public ImageInventory? Inventory { get; init; }

    /// <summary>Ends deletions that died as well; null leaves those to others.</summary>
    public ImageRemoval? Removal { get; init; }

    /// <summary>Looks once.</summary>
    /// <returns>How many images were brought back.</returns>
    public async Task<int> RecoverAsync(CancellationToken cancel)
    {
        DateTime now = clock.GetUtcNow().UtcDateTime;
        int recovered = 0;
        foreach (Image image in await images.ListStuckAsync([ImageStatus.Saving, ImageStatus.Uploading], now - UploadOwnership.Silence, cancel))
        {
            // Staged data may wait for its import as long as it likes; our mark says that it is not complete.
            if (image.Status == ImageStatus.Uploading && !UploadOwnership.IsOurs(image)) continue;
            if (!UploadOwnership.IsOurs(image) && image.UpdatedAt > now - UploadOwnership.ForeignSilence) continue;
            if (await RecoverAsync(image, now, cancel)) recovered++;
        }

        if (Staging is not null && Inventory is not null) await Staging.SweepAsync(Inventory, cancel);
        if (Removal is null) return recovered;
        foreach (Image image in await images.ListStuckAsync([ImageStatus.PendingDelete], now - UploadOwnership.Silence, cancel))
        {
            if (UploadOwnership.IsOurs(image) && await FinishDeletionAsync(image, now, Removal, cancel)) recovered++;   // Others wait for the scrubber.
        }

        return recovered;
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => RepeatedWork.RunAsync(UploadOwnership.Silence, clock, RecoverAsync, LogLookFailed, stoppingToken);

    /// <summary>Data before status: nobody can upload again while the old data goes.</summary>
    private async Task<bool> RecoverAsync(Image image, DateTime now, CancellationToken cancel)
    {
        try
        {
            // Another service may have been faster, and the next upload may run already. The touch keeps others from doing the same.
            Image? current = await images.FindAsync(image.Id, UploadOwnership.Itself, cancel);
            if (current?.UpdatedAt != image.UpdatedAt || !await images.TouchAsync(image.Id, image.Status, now, cancel)) return false;
            if (image.Status == ImageStatus.Uploading) await (Staging?.DiscardAsync(image.Id, cancel) ?? Task.CompletedTask);
            else await DiscardStoredAsync(image, cancel);
            await images.SaveAsync(UploadOwnership.BackToQueued(image, now), image.Status, cancel);
            LogRecovered(image.Id, image.UpdatedAt);
            return true;
        }
        catch (ImageStatusConflictException)
        {
            return false;   // Deleted meanwhile, or another service was faster.
        }
    }

    private async Task<bool> FinishDeletionAsync(Image image, DateTime now, ImageRemoval removal, CancellationToken cancel)
    {
        try
        {
            if (!await images.TouchAsync(image.Id, ImageStatus.PendingDelete, now, cancel)) return false;
            if (image.Locations.IsEmpty) await DiscardStoredAsync(image, cancel);   // Deleted while it was written.
            await removal.FinishAsync(image, cancel);
            LogDeleted(image.Id, image.UpdatedAt);
            return true;
        }
        catch (Exception e) when (e is ImageStatusConflictException or ImageDataInUseException)
        {
            return false;   // Another service was faster, or a backend needs the data a while longer.
        }
    }

    private async Task DiscardStoredAsync(Image image, CancellationToken cancel)
    {
        foreach (ConfiguredStore store in stores.All.Where(store => store.Store.Abilities.CanWrite))
        {
            await store.Store.DiscardPartialAsync(image.Id, cancel);
            if (image.Locations.Length == 0) await store.Store.DiscardOrphanAsync(image.Id, cancel);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The upload of image {ImageId} gave no sign of life since {LastSeen:u}; it is queued again")]
    private partial void LogRecovered(string imageId, DateTime lastSeen);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The deletion of image {ImageId} gave no sign of life since {LastSeen:u}; it is done now")]
    private partial void LogDeleted(string imageId, DateTime lastSeen);

    [LoggerMessage(Level = LogLevel.Error, Message = "Looking for interrupted uploads failed; the next look follows")]
    private partial void LogLookFailed(Exception error);
}
