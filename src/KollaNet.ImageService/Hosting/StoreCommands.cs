using System.Collections.Immutable;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Hosting;

/// <summary><c>stores check</c>: whether other stores may be configured than are now, without taking images along.</summary>
public sealed record StoreCommands
{
    /// <summary>Option <c>--keep</c>: ids of the stores that will be configured.</summary>
    public ImmutableArray<string> Keep { get; init; } = [];

    /// <summary>Option <c>--default</c>: the store that will take new images; null when nobody says.</summary>
    public string? Default { get; init; }

    /// <summary>Whether <see cref="With"/> knows it.</summary>
    public static bool IsOption(string argument) => argument is "--keep" or "--default";

    /// <summary>The same with one more option.</summary>
    public StoreCommands With(string option, string value) => option == "--default"
        ? this with { Default = value.Length == 0 ? null : value }
        : this with { Keep = [.. value.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(backend => backend.Split(':')[0])] };

    /// <summary>Says what lies where when the stores change. The database is asked only then, and only a store that goes makes it necessary.</summary>
    /// <returns>The exit code: 1 when images would become unreadable, or nobody can know.</returns>
    public async Task<int> CheckAsync(GlanceOptions options, TextWriter output)
    {
        string[] now = [.. options.Stores.Select(store => store.Id)], gone = [.. now.Except(Keep)];
        string taker = Default ?? Keep.FirstOrDefault(options.DefaultStoreId);
        if (gone.Length == 0 && Keep.All(now.Contains) && taker == options.DefaultStoreId) return 0;
        try
        {
            await using ImageDatabase database = ImageDatabase.Open(options);
            IReadOnlyDictionary<string, StoreCount> counts = await new StoreCensus(StoreCatalog.Open(options), database.Inventory).CountAsync(Keep, CancellationToken.None);
            string[] refusals = [.. gone.Where(id => counts.GetValueOrDefault(id, StoreCount.None).Dependent > 0).Select(id => Refusal(id, counts[id], taker))];
            foreach (string line in refusals.Length > 0 ? refusals : Summary(counts, gone, taker)) await output.WriteLineAsync(line);
            return refusals.Length > 0 ? 1 : 0;
        }
        catch (Exception e) when (Failures.Describe(e) is { } why)
        {
            if (gone.Length == 0) return 0;
            await output.WriteLineAsync($"Nobody can know whether images live in {Names(gone)}, which would be switched off.\n{why}");
            return 1;
        }
    }

    private static string Refusal(string store, StoreCount count, string taker) =>
        $"{ByteText.Of(count.Dependent, count.DependentBytes)} {(count.Dependent == 1 ? "lives" : "live")} in store {store}, which would be switched off; move {(count.Dependent == 1 ? "it" : "them")} with: kollanet images migrate --from {store} --to {taker}";

    private static IEnumerable<string> Summary(IReadOnlyDictionary<string, StoreCount> counts, string[] gone, string taker) => counts
        .Select(store => $"store {store.Key} holds {ByteText.Of(store.Value.Images, store.Value.Bytes)}{(gone.Contains(store.Key) ? " and is switched off; each of them is in another store too" : "")}")
        .Append($"new images go to store {taker}");

    private static string Names(string[] ids) => $"{(ids.Length == 1 ? "store" : "stores")} {string.Join(", ", ids)}";
}
