using KollaNet.ImageService.Images;
using KollaNet.ImageService.Imports;

namespace KollaNet.ImageService.Fsck;

/// <summary>From the database to the stores: is everything there that images promise, and is nobody waiting for a dead worker?</summary>
/// <param name="recover">Looks for interrupted work as the service does, and ends it.</param>
internal sealed class ImageCheck(FsckScope scope, LocationCheck locations, Func<CancellationToken, Task> recover)
{
    private const int AtOnce = 8;

    /// <summary>Looks at every image.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        string after = "";
        while (await PageAsync(after, cancel) is { Count: > 0 } page)
        {
            await Parallel.ForEachAsync(page, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel }, async (image, token) => await CheckAsync(image, token));
            after = page[^1].Id;
            if (scope.Order.ImageId is not null) return;
        }
    }

    private Task<IReadOnlyList<Image>> PageAsync(string after, CancellationToken cancel) => scope.Order.ImageId is { } id
        ? scope.Database.Inventory.FindAsync([id], cancel)
        : scope.Database.Inventory.PageAsync(after, FsckScope.Batch, cancel);

    private async Task CheckAsync(Image image, CancellationToken cancel)
    {
        if (await IsStuckAsync(image, cancel)) await ReportStuckAsync(image, cancel);
        if (image.Status is not (ImageStatus.Active or ImageStatus.Deactivated)) return;
        if (image.Locations.Length == 0 && scope.Order.StoreId is null) await scope.Report(new Finding(Problem.NoLocation, image.Id, "", "active without a location: nothing can be downloaded; delete it"));
        foreach (ImageLocation location in image.Locations) await locations.CheckAsync(image, location, cancel);
    }

    private async Task<bool> IsStuckAsync(Image image, CancellationToken cancel)
    {
        DateTime now = scope.Clock.GetUtcNow().UtcDateTime;
        if (image.Properties.GetValueOrDefault(ImportProperties.Lock) is { } held)
            return await scope.Database.Tasks.FindAsync(held, UploadOwnership.Itself, cancel) is not { } task || TaskLife.IsOver(task, image, now);
        bool isOurs = UploadOwnership.IsOurs(image);
        return image.Status is ImageStatus.Saving or ImageStatus.Importing or ImageStatus.Uploading or ImageStatus.PendingDelete
            && (isOurs || image.Status is not (ImageStatus.Uploading or ImageStatus.PendingDelete))   // Staged data waits as long as it likes, and others for the scrubber.
            && image.UpdatedAt < now - (isOurs ? UploadOwnership.Silence : UploadOwnership.ForeignSilence);
    }

    private async Task ReportStuckAsync(Image image, CancellationToken cancel)
    {
        var finding = new Finding(Problem.Stuck, image.Id, "", $"{image.Status.Name()} with no sign of life since {image.UpdatedAt:u}; a running service ends it within minutes");
        if (scope.Order.Repairs)
        {
            await recover(cancel);
            Image? now = await scope.Database.Images.FindAsync(image.Id, UploadOwnership.Itself, cancel);
            if (now is null || !await IsStuckAsync(now, cancel)) finding = finding with { Repair = $"its work was ended; it is {now?.Status.Name() ?? "gone"} now" };
        }

        await scope.Report(finding);
    }
}
