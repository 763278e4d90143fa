using System.Collections.Immutable;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Hosting;

/// <summary><c>stores keep</c>: which stores of the present configuration have to stay beside those that are wanted instead.
/// An edit that makes another store the default is a switch: what it leaves out stays until it is empty. Any other edit that leaves one out gets the answer of <c>stores check</c>.</summary>
internal static class StoreKeeping
{
    /// <summary>Prints a line for each store that stays: its id, a colon, and why.</summary>
    /// <param name="wanted">The stores that will be configured, and which of them takes new images.</param>
    /// <returns>The exit code, always 0: while nobody can know what lives in a store, it stays.</returns>
    /// <exception cref="UsageException">Nobody says which stores.</exception>
    public static async Task<int> ListAsync(StoreCommands wanted, GlanceOptions options, TextWriter output)
    {
        ImmutableArray<string> keep = wanted.RequireKeep("stores keep");
        string taker = wanted.Default ?? options.DefaultStoreId;
        bool isSwitch = taker != options.DefaultStoreId && keep.Contains(taker);
        string[] leaving = [.. options.Stores.Where(store => !keep.Contains(store.Id) && (isSwitch || store.IsRetiring)).Select(store => store.Id)];
        if (leaving.Length == 0) return 0;
        try
        {
            await using ImageDatabase database = ImageDatabase.Open(options);
            using StoreCatalog stores = StoreCatalog.OpenForLocations(options);
            IReadOnlyDictionary<string, StoreCount> counts = await new StoreCensus(stores, database).CountAsync(keep, CancellationToken.None);
            foreach (string id in leaving.Where(id => counts.GetValueOrDefault(id, StoreCount.None).IsNeeded))
                await output.WriteLineAsync($"{id}: {string.Join("; ", Needs(id, counts[id], "which stays on until it is empty and takes no new ones", taker))}");
        }
        catch (Exception e) when (Failures.Describe(e) is { } why)
        {
            foreach (string id in leaving) await output.WriteLineAsync($"{id}: nobody can know whether images live in store {id}, so it stays on. {why.ReplaceLineEndings(" ")}");
        }

        return 0;
    }

    /// <summary>Why a store is needed, and what moves its images.</summary>
    /// <param name="fate">What becomes of the store, as a relative clause.</param>
    /// <param name="taker">The store that takes new images.</param>
    public static IEnumerable<string> Needs(string store, StoreCount count, string fate, string taker)
    {
        bool one = count.Dependent == 1;
        if (count.Dependent > 0) yield return $"{ByteText.Of(count.Dependent, count.DependentBytes)} {(one ? "lives" : "live")} in store {store}, {fate}; move {(one ? "it" : "them")} with: kollanet images migrate --from {store} --to {taker}";
        if (count.Pending > 0) yield return $"the data of {ByteText.Of(count.Pending, count.PendingBytes)} deleted with delayed_delete {(count.Pending == 1 ? "waits" : "wait")} in store {store}, {fate}, until scrub_time is over";
    }
}
