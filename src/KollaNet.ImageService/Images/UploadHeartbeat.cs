using KollaNet.ImageService.Metadata;

namespace KollaNet.ImageService.Images;

/// <summary>A running upload's sign of life for other workers. Also notices when the image is deleted, and stops the upload then.</summary>
internal sealed class UploadHeartbeat : IAsyncDisposable
{
    private readonly CancellationTokenSource stop;
    private readonly Task beating;

    private UploadHeartbeat(IImageRepository images, string imageId, ImageStatus status, TimeProvider clock, CancellationToken cancel)
    {
        stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        beating = BeatAsync(images, imageId, status, clock);
    }

    /// <summary>Cancelled with the request, and when the image is gone.</summary>
    public CancellationToken Token => stop.Token;

    /// <param name="status">What the image must stay in.</param>
    public static UploadHeartbeat Start(IImageRepository images, string imageId, ImageStatus status, TimeProvider clock, CancellationToken cancel) =>
        new(images, imageId, status, clock, cancel);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await beating.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }

    private async Task BeatAsync(IImageRepository images, string imageId, ImageStatus status, TimeProvider clock)
    {
        using var timer = new PeriodicTimer(UploadOwnership.Beat, clock);
        while (await timer.WaitForNextTickAsync(stop.Token))
        {
            try
            {
                if (await images.TouchAsync(imageId, status, clock.GetUtcNow().UtcDateTime, stop.Token)) continue;
                await stop.CancelAsync();
            }
            catch (Exception e) when (e is System.Data.Common.DbException or IOException or TimeoutException)
            {
                // The database is away for a moment: the next beat or the end of the upload will tell.
            }
        }
    }
}
