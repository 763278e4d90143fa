using KollaNet.ImageService.Metadata;

namespace KollaNet.ImageService.Images;

/// <summary>A running upload's sign of life for other workers, and how far it is for clients. Also notices when the image is deleted, and stops the upload then.</summary>
internal sealed class UploadHeartbeat : IAsyncDisposable
{
    private readonly CancellationTokenSource stop;
    private readonly UploadProgress progress;
    private readonly Task beating;

    private UploadHeartbeat(IImageRepository images, string imageId, ImageStatus status, UploadProgress progress, TimeProvider clock, CancellationToken cancel)
    {
        stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        this.progress = progress;
        beating = BeatAsync(images, imageId, status, clock);
    }

    /// <summary>Cancelled with the request, and when the image is gone.</summary>
    public CancellationToken Token => stop.Token;

    /// <param name="status">What the image must stay in.</param>
    /// <param name="progress">Of the data that comes.</param>
    public static UploadHeartbeat Start(IImageRepository images, string imageId, ImageStatus status, UploadProgress progress, TimeProvider clock, CancellationToken cancel) =>
        new(images, imageId, status, progress, clock, cancel);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await beating.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }

    private async Task BeatAsync(IImageRepository images, string imageId, ImageStatus status, TimeProvider clock)
    {
        using var timer = new PeriodicTimer(UploadOwnership.Look, clock);
        DateTimeOffset beaten = clock.GetUtcNow();
        int? shown = null;
        while (await timer.WaitForNextTickAsync(stop.Token))
        {
            int? percent = progress.Percent;
            DateTimeOffset now = clock.GetUtcNow();
            if (percent == shown && now - beaten < UploadOwnership.Beat) continue;
            try
            {
                if (!await SayAsync(images, imageId, status, percent == shown ? null : percent, now.UtcDateTime)) await stop.CancelAsync();
                (beaten, shown) = (now, percent);
            }
            catch (Exception e) when (e is System.Data.Common.DbException or IOException or TimeoutException)
            {
                // The database is away for a moment: the next beat or the end of the upload will tell.
            }
        }
    }

    /// <returns>False: the image is gone, or somebody changed its status.</returns>
    private async Task<bool> SayAsync(IImageRepository images, string imageId, ImageStatus status, int? percent, DateTime now)
    {
        if (percent is not { } news) return await images.TouchAsync(imageId, status, now, stop.Token);
        try
        {
            await images.ChangeAsync(imageId, image => Task.FromResult(image.Status == status ? UploadOwnership.Show(image, news) with { UpdatedAt = now } : throw new ImageStatusConflictException(imageId, status, image.Status)), stop.Token);
            return true;
        }
        catch (Exception e) when (e is ImageStatusConflictException or ImageMissingException)
        {
            return false;
        }
    }
}
