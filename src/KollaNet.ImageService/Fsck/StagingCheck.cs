using System.Globalization;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Images.Resumable;
using KollaNet.ImageService.Stores;
using KollaNet.ImageService.Stores.Files;

namespace KollaNet.ImageService.Fsck;

/// <summary>Does an image wait for everything that lies in the staging folder?</summary>
internal sealed class StagingCheck(FsckScope scope, FileStore staging, ResumableFiles resumable)
{
    private const string Name = "os_glance_staging_store";

    /// <summary>Looks at everything there; a read-only folder or one that is away is reported.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        try
        {
            await foreach (StoredObject staged in staging.ListAsync(cancel))
            {
                if (scope.Order.Covers(staged.ImageId)) await CheckAsync(staged, cancel);
            }

            foreach (HeldUpload held in resumable.All().Where(held => scope.Order.Covers(held.ImageId))) await CheckAsync(held, cancel);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            await scope.ReportUncheckedAsync("", Name, e);
        }
    }

    private async Task CheckAsync(StoredObject staged, CancellationToken cancel)
    {
        if (FsckScope.IsAtWork(await FindAsync(staged.ImageId, cancel))) return;
        await Task.Delay(FsckScope.SecondLook, scope.Clock, cancel);
        if (FsckScope.IsAtWork(await FindAsync(staged.ImageId, cancel)) || !await IsStillThereAsync(staged, cancel)) return;
        Problem problem = staged.IsComplete ? Problem.StagedLeftover : Problem.Partial;
        var finding = new Finding(problem, staged.ImageId, Name, string.Create(CultureInfo.InvariantCulture, $"{staged.SizeBytes} bytes that no image waits for"));
        if (scope.Order.Repairs)
        {
            await staging.DiscardPartialAsync(staged.ImageId, cancel);
            if (staged.IsComplete) await staging.DiscardOrphanAsync(staged.ImageId, cancel);
            finding = finding with { Repair = "discarded, unless its writer lives" };
        }

        await scope.Report(finding);
    }

    /// <summary>What waits to be resumed is all right, until its time is over and a service would have swept it.</summary>
    private async Task CheckAsync(HeldUpload held, CancellationToken cancel)
    {
        bool isOld = scope.Clock.GetUtcNow().UtcDateTime - held.LastWrite > ResumableUpload.TimeToLive;
        if (!isOld && await FindAsync(held.ImageId, cancel) is { Status: ImageStatus.Queued or ImageStatus.Saving }) return;
        if (!isOld && scope.Clock.GetUtcNow().UtcDateTime - held.LastWrite < UploadOwnership.Silence) return;   // The service sweeps on a timer.
        var finding = new Finding(Problem.Partial, held.ImageId, Name, string.Create(CultureInfo.InvariantCulture, $"{held.HeldBytes} bytes of an upload that nobody resumes"));
        bool isGone = scope.Order.Repairs && resumable.TryRemove(held, _ => true);
        await scope.Report(isGone ? finding with { Repair = "removed" } : finding);
    }

    private async Task<bool> IsStillThereAsync(StoredObject staged, CancellationToken cancel)
    {
        await foreach (StoredObject now in staging.ListAsync(cancel))
        {
            if (now.ImageId == staged.ImageId && now.IsComplete == staged.IsComplete) return true;
        }

        return false;
    }

    private Task<Image?> FindAsync(string id, CancellationToken cancel) => scope.Database.Images.FindAsync(id, UploadOwnership.Itself, cancel);
}
