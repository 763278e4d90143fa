using System.Globalization;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Fsck;

/// <summary>From the stores to the database: does an image refer to everything that lies there?</summary>
internal sealed class StoreCheck(FsckScope scope)
{
    /// <summary>Looks at everything in every store.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        foreach (ConfiguredStore store in scope.Stores.All.Where(store => store.Store.Abilities.CanWrite && scope.Order.StoreId is null || store.Id == scope.Order.StoreId))
        {
            try
            {
                await foreach (StoredObject[] batch in store.Store.ListAsync(cancel).Where(one => scope.Order.Covers(one.ImageId)).Chunk(FsckScope.Batch).WithCancellation(cancel))
                    await CheckAsync(store, batch, cancel);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                await scope.ReportUncheckedAsync("", store.Id, e);
            }
        }
    }

    private async Task CheckAsync(ConfiguredStore store, StoredObject[] batch, CancellationToken cancel)
    {
        StoredObject[] odd = await OddAsync(store, batch, cancel);
        if (odd.Length == 0) return;
        await Task.Delay(FsckScope.SecondLook, scope.Clock, cancel);
        IReadOnlySet<string> pending = await scope.Database.Inventory.FindPendingAsync([.. odd.Select(one => one.ImageId).Distinct()], cancel);
        foreach (StoredObject one in await OddAsync(store, odd, cancel))
        {
            if (!pending.Contains(one.ImageId)) await ReportAsync(store, one, cancel);
        }
    }

    /// <summary>What no image refers to and nobody works on.</summary>
    private async Task<StoredObject[]> OddAsync(ConfiguredStore store, StoredObject[] objects, CancellationToken cancel)
    {
        IReadOnlyList<Image> known = await scope.Database.Inventory.FindAsync([.. objects.Select(one => one.ImageId).Distinct()], cancel);
        ILookup<string, Image> byId = known.ToLookup(image => image.Id, StringComparer.OrdinalIgnoreCase);
        return [.. objects.Where(one => byId[one.ImageId].FirstOrDefault() is var image && !FsckScope.IsAtWork(image) && !(one.IsComplete && Refers(image, store)))];
    }

    /// <summary>By store, not by url: there are several ways to write one.</summary>
    private bool Refers(Image? image, ConfiguredStore store) => image?.Locations.Any(location => scope.Stores.FindFor(location)?.Id == store.Id) == true;

    private async Task ReportAsync(ConfiguredStore store, StoredObject one, CancellationToken cancel)
    {
        if (!one.IsComplete)
        {
            await ReportPartialAsync(store, one, cancel);
            return;
        }

        try
        {
            long size = await store.Store.SizeAsync(one.Url, cancel);
            var finding = new Finding(Problem.Orphan, one.ImageId, store.Id, string.Create(CultureInfo.InvariantCulture, $"{size} bytes that no image refers to"));
            await scope.Report(scope.Order.Repairs ? finding with { Repair = await RemoveAsync(store, one, cancel) } : finding);
        }
        catch (ImageDataMissingException)
        {
            // Gone between the looks: a deletion was at it.
        }
    }

    /// <returns>What was done; null for nothing.</returns>
    private async Task<string?> RemoveAsync(ConfiguredStore store, StoredObject one, CancellationToken cancel)
    {
        if (scope.Order.QuarantineFolder is { } folder) await CopyAsync(store, one, folder, cancel);
        else if (!scope.Order.DeletesOrphans) return null;
        await store.Store.DeleteAsync(one.Url, cancel);
        return scope.Order.QuarantineFolder is null ? "deleted" : $"moved to {scope.Order.QuarantineFolder}";
    }

    private static async Task CopyAsync(ConfiguredStore store, StoredObject one, string folder, CancellationToken cancel)
    {
        Directory.CreateDirectory(folder);
        await using Stream data = await store.Store.OpenReadAsync(one.Url, 0, null, cancel);
        await using var file = new FileStream(Path.Combine(folder, $"{store.Id}-{one.ImageId}"), FileMode.CreateNew, FileAccess.Write);
        await data.CopyToAsync(file, cancel);
        file.Flush(flushToDisk: true);
    }

    private async Task ReportPartialAsync(ConfiguredStore store, StoredObject one, CancellationToken cancel)
    {
        var finding = new Finding(Problem.Partial, one.ImageId, store.Id, string.Create(CultureInfo.InvariantCulture, $"{one.SizeBytes} bytes of a write that did not end"));
        if (scope.Order.Repairs)
        {
            await store.Store.DiscardPartialAsync(one.ImageId, cancel);
            finding = finding with { Repair = "discarded, unless its writer lives" };
        }

        await scope.Report(finding);
    }
}
