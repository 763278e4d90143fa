using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;
using KollaNet.ImageService.Stores.Trials;

namespace KollaNet.ImageService.Images;

/// <summary>Looks whether the configuration of stores still leads to the images that are in them: one that names another cluster, bucket or folder works as well, but all images would be lost to their users.</summary>
public sealed class StoreReach(StoreCatalog stores, ImageDatabase database)
{
    private const int MostImages = 2000, MostOfStore = 10;

    /// <summary>Looks for a few images of each store; one that is found is enough, as single ones may have been lost before.</summary>
    /// <param name="storeIds">Those that can be used at all.</param>
    /// <returns>A problem for each store in which none of them is.</returns>
    public async Task<IReadOnlyList<StoreProblem>> LookAsync(IReadOnlyCollection<string> storeIds, CancellationToken cancel)
    {
        var problems = new List<StoreProblem>();
        foreach (IGrouping<string, (string StoreId, string ImageId, string Url)> some in (await SampleAsync(cancel)).GroupBy(one => one.StoreId).Where(some => storeIds.Contains(some.Key)))
        {
            if (await AnyIsThereAsync(stores.Find(some.Key)!, some.Take(MostOfStore).Select(one => one.Url), cancel)) continue;
            problems.Add(new StoreProblem(some.Key, "its images are not where it leads to", $"the database has images in it, and none of those that were looked for was found, for example {some.First().ImageId}; so it names another place than the one they were written to",
                "put back what was changed about this store, or make the new place another store and move the images there; if they are lost and that is known, go on without this test"));
        }

        return problems;
    }

    private async Task<List<(string StoreId, string ImageId, string Url)>> SampleAsync(CancellationToken cancel)
    {
        var sample = new List<(string, string, string)>();
        int looked = 0;
        await foreach (Image image in database.Inventory.ReadAllAsync(cancel))
        {
            if (looked++ == MostImages) break;
            if (image.Status is not (ImageStatus.Active or ImageStatus.Deactivated)) continue;
            sample.AddRange(from location in image.Locations where location.Status == "active" let store = stores.FindFor(location) where store is not null select (store.Id, image.Id, location.Url));
        }

        return sample;
    }

    private static async Task<bool> AnyIsThereAsync(ConfiguredStore store, IEnumerable<string> urls, CancellationToken cancel)
    {
        foreach (string url in urls)
        {
            try
            {
                await store.Store.SizeAsync(url, cancel);
                return true;
            }
            catch (ImageDataMissingException)
            {
                // Perhaps only this one.
            }
            catch (Exception e) when (StoreAdvice.IsKnown(e))
            {
                return true;   // A store that fails now tells nothing about where it leads.
            }
        }

        return false;
    }
}
