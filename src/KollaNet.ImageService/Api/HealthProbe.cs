using System.Collections.Immutable;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;
using KollaNet.ImageService.Stores.Files;

namespace KollaNet.ImageService.Api;

/// <summary>Looks whether the database answers and which stores can be used.</summary>
public sealed class HealthProbe(IImageRepository images, StoreCatalog stores, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>One look at everything.</summary>
    public async Task<HealthReport> LookAsync(CancellationToken cancel)
    {
        HealthPart database = new("database", await FindDatabaseProblemAsync(cancel), true);
        ImmutableArray<HealthPart> found = [.. stores.All.Where(store => store.Store.Abilities.CanWrite).Select(Look)];

        // One store of several may be away: images of the others are served. Without any there is nothing to serve.
        bool anyWorks = found.Length == 0 || found.Any(store => store.Problem is null);
        return new HealthReport(time.GetUtcNow(), [database, .. found.Select(store => store with { IsNeeded = !anyWorks })]);
    }

    private static HealthPart Look(ConfiguredStore store) => new($"store {store.Id}", FindProblem(store.Options.DataFolders), false);

    /// <summary>All folders may hold images; one that takes new ones is enough.</summary>
    private static string? FindProblem(ImmutableArray<DataFolder> folders)
    {
        if (folders.Any(folder => !Directory.Exists(folder.Path))) return "STORE UNAVAILABLE";
        return folders.IsEmpty || folders.Any(folder => LinuxFile.FindWriteProblem(folder.Path) is null) ? null : "STORE NOT WRITABLE";
    }

    private async Task<string?> FindDatabaseProblemAsync(CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        try
        {
            return await images.IsReadyAsync(limit.Token) ? null : "DATABASE NOT READY";
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return "DATABASE NOT READY";
        }
    }
}
