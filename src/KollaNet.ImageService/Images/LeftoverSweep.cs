using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Images;

/// <summary>Removes, on a timer, what failed writes left in stores that were away. Nobody can upload to an image meanwhile, through whichever service. Register as a hosted service.</summary>
public sealed partial class LeftoverSweep(StoreLeftovers leftovers, IImageRepository images, TimeProvider clock, ILogger<LeftoverSweep> log) : BackgroundService
{
    private readonly ImageClaims claims = new(images, clock);

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => RepeatedWork.RunAsync(UploadOwnership.Silence, clock, SweepAsync, LogSweepFailed, stoppingToken);

    private async Task SweepAsync(CancellationToken cancel)
    {
        foreach (Leftover left in leftovers.All)
        {
            try
            {
                if (!await TryDiscardAsync(left, cancel)) continue;
                leftovers.Forget(left.StoreId, left.ImageId);
            }
            catch (Exception e) when (e is StoreUnreachableException or StoreFailedException or StoreForbidsWritingException or ImageDataInUseException)
            {
                LogStillAway(left.StoreId, left.ImageId, e.Message);
            }
        }
    }

    /// <returns>False: somebody works on the image, and may be writing to this store.</returns>
    private async Task<bool> TryDiscardAsync(Leftover left, CancellationToken cancel)
    {
        Image? image = await images.FindAsync(left.ImageId, UploadOwnership.Itself, cancel);
        if (image is null)
        {
            await left.Store.DiscardPartialAsync(left.ImageId, cancel);   // Whole data may wait for the scrubber.
            return true;
        }

        if (image.Status != ImageStatus.Queued) return false;
        Image taken;
        try
        {
            taken = await claims.TakeAsync(image, ImageStatus.Saving, cancel);
        }
        catch (Exception e) when (e is ImageStatusTransitionException or ImageGoneException)
        {
            return false;
        }

        try
        {
            await DiscardAsync(left, cancel);
            return true;
        }
        finally
        {
            await claims.GiveBackAsync(taken, () => Task.CompletedTask);
        }
    }

    /// <summary>The whole of it may have arrived, too, and only the answer not.</summary>
    private async Task DiscardAsync(Leftover left, CancellationToken cancel)
    {
        await left.Store.DiscardPartialAsync(left.ImageId, cancel);
        await left.Store.DiscardOrphanAsync(left.ImageId, cancel);
        LogSwept(left.StoreId, left.ImageId);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Store {StoreId} holds nothing more of the failed upload of image {ImageId}")]
    private partial void LogSwept(string storeId, string imageId);

    [LoggerMessage(Level = LogLevel.Debug, Message = "What the failed upload of image {ImageId} left in store {StoreId} cannot be removed yet: {Why}")]
    private partial void LogStillAway(string storeId, string imageId, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "Looking for what failed uploads left did not work; the next look follows")]
    private partial void LogSweepFailed(Exception error);
}
