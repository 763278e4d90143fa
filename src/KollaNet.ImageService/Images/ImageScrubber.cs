using System.Collections.Immutable;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Images;

/// <summary>Removes the data of images that were deleted with <c>delayed_delete</c>, once <c>scrub_time</c> is over: on a timer, or once from the command line.
/// Several services may do so at the same time. Register as a hosted service.</summary>
/// <param name="scrubTime">Option <c>scrub_time</c>.</param>
/// <param name="wakeup">Option <c>wakeup_time</c>.</param>
public sealed partial class ImageScrubber(StoreCatalog stores, PendingDeletions pending, TimeSpan scrubTime, TimeSpan wakeup, TimeProvider clock, ILogger<ImageScrubber> log) : BackgroundService
{
    private DateTime Now => clock.GetUtcNow().UtcDateTime;

    /// <summary>Looks once.</summary>
    /// <returns>How many images are gone for good.</returns>
    public async Task<int> ScrubAsync(CancellationToken cancel)
    {
        int scrubbed = 0;
        foreach (string id in await pending.ListAsync(Now - scrubTime, cancel))
        {
            try
            {
                if (!await pending.ScrubAsync(id, Now, DeleteAsync, cancel)) continue;
                LogScrubbed(id);
                scrubbed++;
            }
            catch (Exception e) when (e is ImageDataInUseException or StoreUnreachableException or StoreForbidsWritingException or IOException)
            {
                LogNotScrubbed(e, id);
            }
        }

        return scrubbed;
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => RepeatedWork.RunAsync(wakeup, clock, ScrubAsync, LogLookFailed, stoppingToken);

    private async Task DeleteAsync(ImmutableArray<ImageLocation> locations)
    {
        foreach (ImageLocation location in locations) await stores.DeleteDataAsync(location, caller: null, CancellationToken.None);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The data of deleted image {ImageId} is removed")]
    private partial void LogScrubbed(string imageId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The data of deleted image {ImageId} cannot be removed now; the next look follows")]
    private partial void LogNotScrubbed(Exception error, string imageId);

    [LoggerMessage(Level = LogLevel.Error, Message = "Looking for deleted images failed; the next look follows")]
    private partial void LogLookFailed(Exception error);
}
