using KollaNet.ImageService.Images;

namespace KollaNet.ImageService.Caching;

/// <summary>Keeping the cache tidy and small.</summary>
public sealed partial class ImageCache
{
    private readonly SemaphoreSlim tidying = new(1);

    /// <summary>Makes the folders, drops what dead writers left and takes in what is there already.</summary>
    public async Task StartAsync(CancellationToken cancel)
    {
        folder.Prepare();
        folder.Clean(TimeSpan.Zero);
        await AlignAsync(cancel);
    }

    /// <summary>Drops invalid files, incomplete ones that stand still, and images that do not exist any more. Source: glance-cache-cleaner.</summary>
    /// <returns>How many files went.</returns>
    public async Task<int> CleanAsync(CancellationToken cancel)
    {
        int removed = folder.Clean(options.StallTime);
        await AlignAsync(cancel);
        foreach (CacheEntry entry in await index.ListAsync(cancel))
        {
            if (await images.FindAsync(entry.ImageId, UploadOwnership.Itself, cancel) is null && await RemoveAsync(entry.ImageId)) removed++;
        }

        return removed;
    }

    /// <summary>Drops images that were not read for the longest time until the cache is no larger than <c>image_cache_max_size</c>. Source: glance-cache-pruner.</summary>
    public async Task<PrunedCache> PruneAsync(CancellationToken cancel)
    {
        await tidying.WaitAsync(cancel);
        try
        {
            IReadOnlyList<CacheEntry> entries = await ListAsync(cancel);
            long left = entries.Sum(entry => entry.SizeBytes);
            var pruned = new PrunedCache(0, 0);
            foreach (CacheEntry entry in entries)
            {
                if (left <= options.MaxSizeBytes) break;
                left -= entry.SizeBytes;
                if (await RemoveAsync(entry.ImageId)) pruned = new PrunedCache(pruned.Files + 1, pruned.Bytes + entry.SizeBytes);
            }

            return pruned;
        }
        finally
        {
            tidying.Release();
        }
    }

    /// <summary>Entries without a file go; files without an entry, of another driver or a database that was replaced, get one.</summary>
    private async Task AlignAsync(CancellationToken cancel)
    {
        IReadOnlyList<CacheEntry> entries = await index.ListAsync(cancel);
        foreach (CacheEntry entry in entries.Where(entry => !CacheFolder.IsId(entry.ImageId) || (!folder.IsBegun(entry.ImageId) && folder.Find(entry.ImageId) is null)))
            await index.RemoveAsync(entry.ImageId, cancel);
        foreach (string id in folder.Ids.Except(entries.Select(entry => entry.ImageId)))
        {
            if (folder.Find(id) is { } found) await index.PutAsync(new CacheEntry(id, found.WrittenAt, found.WrittenAt, found.SizeBytes, 0, null), cancel);
        }
    }
}

/// <summary>What pruning took away.</summary>
public sealed record PrunedCache(int Files, long Bytes);
