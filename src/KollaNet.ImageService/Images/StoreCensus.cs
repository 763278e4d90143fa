using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Images;

/// <summary>Counts the images and bytes in each store, as the database has them.</summary>
public sealed class StoreCensus(StoreCatalog stores, ImageInventory inventory)
{
    /// <summary>Counts once.</summary>
    /// <param name="kept">Ids of stores that count as alternatives; an image in none of them depends on each store it is in.</param>
    /// <returns>Store id → what is there; stores without images are left out.</returns>
    public async Task<IReadOnlyDictionary<string, StoreCount>> CountAsync(IReadOnlyCollection<string> kept, CancellationToken cancel)
    {
        var counts = new SortedDictionary<string, StoreCount>(StringComparer.Ordinal);
        await foreach (Image image in inventory.ReadAllAsync(cancel))
        {
            string[] ids = [.. StoresOf(image)];
            bool depends = !ids.Any(kept.Contains);
            foreach (string id in ids) counts[id] = counts.GetValueOrDefault(id, StoreCount.None).With(image.SizeBytes ?? 0, depends);
        }

        return counts;
    }

    /// <summary>Ids of the stores an image is in, each once. What is being deleted is in none, what lies in no configured store is left out.</summary>
    public IEnumerable<string> StoresOf(Image image) => image.Status == ImageStatus.PendingDelete ? []
        : image.Locations.Select(stores.FindFor).OfType<ConfiguredStore>().Select(store => store.Id).Distinct();
}

/// <summary>What is in a store.</summary>
/// <param name="Images">Images with a copy there.</param>
/// <param name="Bytes">Their sizes together.</param>
/// <param name="Dependent">Those of them that are in no store that is kept.</param>
/// <param name="DependentBytes">Their sizes together.</param>
public sealed record StoreCount(long Images, long Bytes, long Dependent, long DependentBytes)
{
    /// <summary>Nothing.</summary>
    public static StoreCount None { get; } = new(0, 0, 0, 0);

    /// <summary>One image more.</summary>
    public StoreCount With(long sizeBytes, bool depends) =>
        depends ? new(Images + 1, Bytes + sizeBytes, Dependent + 1, DependentBytes + sizeBytes) : this with { Images = Images + 1, Bytes = Bytes + sizeBytes };
}
