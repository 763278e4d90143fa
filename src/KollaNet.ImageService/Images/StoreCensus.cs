using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Images;

/// <summary>Counts the images and bytes in each store, as the database has them.</summary>
public sealed class StoreCensus(StoreCatalog stores, ImageDatabase database)
{
    /// <summary>Counts once.</summary>
    /// <param name="kept">Ids of stores that count as alternatives; an image in none of them depends on each store it is in.</param>
    /// <returns>Store id → what is there; stores without anything are left out.</returns>
    public async Task<IReadOnlyDictionary<string, StoreCount>> CountAsync(IReadOnlyCollection<string> kept, CancellationToken cancel)
    {
        var counts = new SortedDictionary<string, StoreCount>(StringComparer.Ordinal);
        await foreach (Image image in database.Inventory.ReadAllAsync(cancel)) Add(StoresOf(image), count => count.With(image.SizeBytes ?? 0), count => count.WithDependent(image.SizeBytes ?? 0));
        foreach (var image in (await database.PendingDeletions.LocationsAsync(cancel)).GroupBy(one => one.ImageId))
            Add(IdsOf(image.Select(one => one.Location)), count => count, count => count.WithPending(image.First().SizeBytes));
        return counts;

        void Add(IEnumerable<string> places, Func<StoreCount, StoreCount> one, Func<StoreCount, StoreCount> dependent)
        {
            string[] ids = [.. places];
            bool depends = !ids.Any(kept.Contains);
            foreach (string id in ids)
            {
                StoreCount count = one(counts.GetValueOrDefault(id, StoreCount.None));
                counts[id] = depends ? dependent(count) : count;
            }
        }
    }

    /// <summary>Ids of the stores an image is in, each once. What is being deleted is in none, what lies in no configured store is left out.</summary>
    public IEnumerable<string> StoresOf(Image image) => image.Status == ImageStatus.PendingDelete ? [] : IdsOf(image.Locations);

    private IEnumerable<string> IdsOf(IEnumerable<ImageLocation> locations) => locations.Select(stores.FindFor).OfType<ConfiguredStore>().Select(store => store.Id).Distinct();
}

/// <summary>What is in a store.</summary>
/// <param name="Images">Images with a copy there.</param>
/// <param name="Bytes">Their sizes together.</param>
/// <param name="Dependent">Those of them that are in no store that is kept.</param>
/// <param name="DependentBytes">Their sizes together.</param>
/// <param name="Pending">Deleted images whose data waits there, and in no store that is kept, for the scrubber; they are no <paramref name="Images"/>.</param>
/// <param name="PendingBytes">Their sizes together.</param>
public sealed record StoreCount(long Images, long Bytes, long Dependent, long DependentBytes, long Pending, long PendingBytes)
{
    /// <summary>Nothing.</summary>
    public static StoreCount None { get; } = new(0, 0, 0, 0, 0, 0);

    /// <summary>Whether something would be lost with the store.</summary>
    public bool IsNeeded => Dependent + Pending > 0;

    /// <summary>One image more.</summary>
    public StoreCount With(long sizeBytes) => this with { Images = Images + 1, Bytes = Bytes + sizeBytes };

    /// <summary>The image that was just counted is nowhere else.</summary>
    public StoreCount WithDependent(long sizeBytes) => this with { Dependent = Dependent + 1, DependentBytes = DependentBytes + sizeBytes };

    /// <summary>One more that waits to be scrubbed.</summary>
    public StoreCount WithPending(long sizeBytes) => this with { Pending = Pending + 1, PendingBytes = PendingBytes + sizeBytes };
}
