using KollaNet.ImageService.Metadata;

namespace KollaNet.ImageService.Images;

/// <summary>A running upload's sign of life for other workers, and how far it is for clients. Also notices when the image is deleted or went to somebody else, and stops the upload then.</summary>
internal sealed class UploadHeartbeat : IAsyncDisposable
{
    private readonly CancellationTokenSource stop;
    private readonly UploadProgress progress;
    private readonly Task beating;

    private UploadHeartbeat(IImageRepository images, Image taken, UploadProgress progress, TimeProvider clock, CancellationToken cancel)
    {
        stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        this.progress = progress;
        beating = BeatAsync(images, taken, clock);
    }

    /// <summary>Cancelled with the request, and when the image is no longer this upload's.</summary>
    public CancellationToken Token => stop.Token;

    /// <param name="taken">What <see cref="ImageClaims.TakeAsync"/> gave.</param>
    /// <param name="progress">Of the data that comes.</param>
    public static UploadHeartbeat Start(IImageRepository images, Image taken, UploadProgress progress, TimeProvider clock, CancellationToken cancel) =>
        new(images, taken, progress, clock, cancel);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await beating.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }

    private async Task BeatAsync(IImageRepository images, Image taken, TimeProvider clock)
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
                if (!await SayAsync(images, taken, percent, now.UtcDateTime)) await stop.CancelAsync();
                (beaten, shown) = (now, percent);
            }
            catch (Exception e) when (e is System.Data.Common.DbException or IOException or TimeoutException)
            {
                // The database is away for a moment: the next beat or the end of the upload will tell.
            }
        }
    }

    /// <returns>False: the image is gone, or somebody else has it.</returns>
    private async Task<bool> SayAsync(IImageRepository images, Image taken, int? percent, DateTime now)
    {
        try
        {
            await images.ChangeAsync(taken.Id, current => Task.FromResult(Shown(UploadOwnership.Held(current, taken)) with { UpdatedAt = now }), stop.Token);
            return true;
        }
        catch (Exception e) when (e is ImageStatusConflictException or ImageMissingException)
        {
            return false;
        }

        Image Shown(Image image) => percent is { } known ? UploadOwnership.Show(image, known) : image;
    }
}
