using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Images.Resumable;
using KollaNet.ImageService.Imports;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;
using KollaNet.ImageService.Stores.Files;

namespace KollaNet.ImageService.Fsck;

/// <summary>Compares the database with every store, while services may run: what looks odd is looked at again, and what somebody works on is left alone.
/// Memory does not grow with the number of images.</summary>
public sealed class FsckRun(GlanceOptions options, StoreCatalog stores, ImageDatabase database, TimeProvider clock, ILoggerFactory logs)
{
    /// <summary>Looks at everything the order covers.</summary>
    /// <param name="report">Takes findings as they come, one at a time.</param>
    /// <exception cref="UnknownStoreException">The order names a store that is not configured.</exception>
    /// <exception cref="FormatException">The order names an image that nobody knows.</exception>
    public async Task<FsckOutcome> RunAsync(FsckOrder order, Func<Finding, Task> report, CancellationToken cancel)
    {
        if (order.StoreId is { } id && stores.Find(id) is null) throw new UnknownStoreException(id);
        using var one = new SemaphoreSlim(1);
        int problems = 0, unreachable = 0;
        var scope = new FsckScope(order, stores, database, clock, CountAsync);
        var upload = new ImageUpload(stores, database.Images, options, clock, logs.CreateLogger<ImageUpload>());
        var locations = new LocationCheck(scope, upload.Writer);
        FileStore? stagingStore = Directory.Exists(options.StagingStore.DataFolders[0].Path) ? new FileStore(options.StagingStore) : null;
        await new ImageCheck(scope, locations, token => RecoverAsync(upload, stagingStore, token)).RunAsync(cancel);
        await new StoreCheck(scope).RunAsync(cancel);
        if (stagingStore is not null && order.StoreId is null) await new StagingCheck(scope, stagingStore, new ResumableUpload(upload, options).Files).RunAsync(cancel);
        if (order.ImageId is { } image && problems + unreachable == 0 && !await IsKnownAsync(image, cancel)) throw new FormatException($"--image: there is no image {image} in the database, and nothing of it in a store.");
        return new FsckOutcome(problems, unreachable);

        async Task CountAsync(Finding finding)
        {
            await one.WaitAsync(cancel);
            try
            {
                if (finding.Problem == Problem.Unchecked) unreachable++;
                else problems++;
                await report(finding);
            }
            finally
            {
                one.Release();
            }
        }
    }

    private async Task<bool> IsKnownAsync(string imageId, CancellationToken cancel) =>
        (await database.Inventory.FindAsync([imageId], cancel)).Count > 0 || (await database.Inventory.FindPendingAsync([imageId], cancel)).Count > 0;

    private async Task RecoverAsync(ImageUpload upload, FileStore? stagingStore, CancellationToken cancel)
    {
        ImageStaging? staging = stagingStore is null ? null : new ImageStaging(stagingStore, upload, database.Images, options, clock, logs.CreateLogger<ImageStaging>());
        using var uploads = new ImageRecovery(stores, database.Images, clock, logs.CreateLogger<ImageRecovery>()) { Staging = staging, Removal = new ImageRemoval(stores, database.Images, options, clock) };
        using var imports = new ImportRecovery(stores, staging, database.Images, database.Inventory, database.Tasks, options.Imports.TimeToLive, clock, logs.CreateLogger<ImportRecovery>());
        await uploads.RecoverAsync(cancel);
        await imports.RecoverAsync(cancel);
    }
}

/// <summary>What came of a run.</summary>
/// <param name="Problems">Repaired ones included.</param>
/// <param name="Unchecked">Things that could not be looked at.</param>
public sealed record FsckOutcome(int Problems, int Unchecked)
{
    /// <summary>0 clean, 1 problems, 2 something could not be checked.</summary>
    public int ExitCode => Unchecked > 0 ? 2 : Problems > 0 ? 1 : 0;
}
