using KollaNet.ImageService.Metadata;

namespace KollaNet.ImageService.Images.Resumable;

/// <summary>Removes pieces of uploads that nobody resumed in time, or whose image was deleted or got data from elsewhere: at start and then on a timer, whichever
/// worker took them. Register as a hosted service.</summary>
public sealed partial class ResumableSweep(ResumableUpload resumable, IImageRepository images, TimeProvider clock, ILogger<ResumableSweep> log) : BackgroundService
{
    /// <summary>Looks once.</summary>
    /// <returns>How many uploads were given up.</returns>
    public async Task<int> SweepAsync(CancellationToken cancel)
    {
        int removed = 0;
        foreach (HeldUpload held in resumable.Files.All())
        {
            bool wanted = await images.FindAsync(held.ImageId, UploadOwnership.Itself, cancel) is { Status: ImageStatus.Queued or ImageStatus.Saving };
            if (wanted && !IsOld(held)) continue;
            if (!resumable.Files.TryRemove(held, now => !wanted || IsOld(now))) continue;
            removed++;
            LogRemoved(held.ImageId, held.HeldBytes, held.LastWrite);
        }

        return removed;
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => RepeatedWork.RunAsync(UploadOwnership.Silence, clock, SweepAsync, LogLookFailed, stoppingToken);

    private bool IsOld(HeldUpload held) => clock.GetUtcNow().UtcDateTime - held.LastWrite > ResumableUpload.TimeToLive;

    [LoggerMessage(Level = LogLevel.Information, Message = "{Bytes} bytes of an upload to image {ImageId} are given up; the last came at {LastWrite:u}")]
    private partial void LogRemoved(string imageId, long bytes, DateTime lastWrite);

    [LoggerMessage(Level = LogLevel.Error, Message = "Looking for uploads that nobody resumes failed; the next look follows")]
    private partial void LogLookFailed(Exception error);
}
