using System.Collections.Immutable;
using System.Globalization;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;
using KollaNet.ImageService.Stores.Trials;

namespace KollaNet.ImageService.Hosting;

/// <summary><c>stores check</c>: whether other stores may be configured than are now, without taking images along. <c>stores test</c>: whether the configured ones can be used.</summary>
public sealed record StoreCommands
{
    /// <summary>Option <c>--keep</c>: ids of the stores that will be configured; null when nobody says, which is not the same as none.</summary>
    public ImmutableArray<string>? Keep { get; init; }

    /// <summary>Option <c>--default</c>: the store that will take new images; null when nobody says.</summary>
    public string? Default { get; init; }

    /// <summary>Option <c>--skip</c>, may be repeated: types or ids of stores that are not tried.</summary>
    public ImmutableArray<string> Skip { get; init; } = [];

    /// <summary>Option <c>--within</c>, in seconds: how long the trial of one store may take.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Whether <see cref="With"/> knows it.</summary>
    public static bool IsOption(string argument) => argument is "--keep" or "--default" or "--skip" or "--within";

    /// <summary>The same with one more option.</summary>
    /// <exception cref="UsageException">The value makes no sense.</exception>
    public StoreCommands With(string option, string value) => option switch
    {
        "--default" => this with { Default = value.Length == 0 ? null : value },
        "--keep" => this with { Keep = [.. Words(value).Select(backend => backend.Split(':')[0])] },
        "--skip" => this with { Skip = Skip.AddRange(Words(value)) },
        _ => this with { Limit = int.TryParse(value, CultureInfo.InvariantCulture, out int seconds) && seconds > 0 ? TimeSpan.FromSeconds(seconds) : throw new UsageException($"--within {value}: not a number of seconds") },
    };

    /// <summary>Tries every store with an object of its own, all side by side, and whether those that work still lead to the images that are in them. A store that is being emptied may fail: it takes no
    /// images, and what is about to change does not depend on it.</summary>
    /// <param name="storeId">Only this one; null for all.</param>
    /// <returns>The exit code: 1 when one of them cannot be used.</returns>
    /// <exception cref="UnknownStoreException">There is no store of that id.</exception>
    public async Task<int> TestAsync(GlanceOptions options, string? storeId, TextWriter output)
    {
        StoreOptions[] wanted = [.. options.Stores.Where(store => storeId is null || store.Id == storeId)];
        if (wanted.Length == 0) throw new UnknownStoreException(storeId ?? "");
        StoreTrial[] trials = await Task.WhenAll(wanted.Where(store => !Skip.Contains(store.Type) && !Skip.Contains(store.Id)).Select(store => new StoreTrial(store, Limit).RunAsync()));
        foreach (StoreTrial trial in trials) await output.WriteLineAsync(trial.Problem?.ToString() ?? trial.Report);
        IReadOnlyList<StoreProblem> lost = await LookAsync(options, [.. trials.Where(trial => trial.Succeeded).Select(trial => trial.StoreId)]);
        foreach (StoreProblem problem in lost) await output.WriteLineAsync(problem.ToString());
        string[] retiring = [.. options.Stores.Where(store => store.IsRetiring).Select(store => store.Id)];
        return lost.Count > 0 || trials.Any(trial => trial.Problem is not null && !retiring.Contains(trial.StoreId)) ? 1 : 0;
    }

    /// <summary>Without a database there is nothing to look for, as before the first deployment.</summary>
    private async Task<IReadOnlyList<StoreProblem>> LookAsync(GlanceOptions options, string[] storeIds)
    {
        using var ends = new CancellationTokenSource(Limit);
        try
        {
            await using ImageDatabase database = ImageDatabase.Open(options);
            using StoreCatalog stores = StoreCatalog.OpenForLocations(options);
            return await new StoreReach(stores, database).LookAsync(storeIds, ends.Token);
        }
        catch (Exception e) when (Failures.Describe(e) is not null || e is OperationCanceledException)
        {
            return [];
        }
    }

    /// <summary>Says what lies where when the stores change. The database is asked only then, and only a store that goes makes it necessary.</summary>
    /// <returns>The exit code: 1 when images would become unreadable, or nobody can know.</returns>
    /// <exception cref="UsageException">Nobody says which stores.</exception>
    public async Task<int> CheckAsync(GlanceOptions options, TextWriter output)
    {
        ImmutableArray<string> keep = RequireKeep("stores check");
        string[] now = [.. options.Stores.Select(store => store.Id)], gone = [.. now.Except(keep)];
        string taker = Default ?? keep.FirstOrDefault(options.DefaultStoreId);
        if (gone.Length == 0 && keep.All(now.Contains) && taker == options.DefaultStoreId) return 0;
        try
        {
            await using ImageDatabase database = ImageDatabase.Open(options);
            using StoreCatalog stores = StoreCatalog.OpenForLocations(options);
            IReadOnlyDictionary<string, StoreCount> counts = await new StoreCensus(stores, database).CountAsync(keep, CancellationToken.None);
            string[] refusals = [.. gone.Where(id => counts.GetValueOrDefault(id, StoreCount.None).IsNeeded).SelectMany(id => StoreKeeping.Needs(id, counts[id], "which would be switched off", taker))];
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

    /// <summary>The stores that will be configured.</summary>
    /// <exception cref="UsageException">Nobody says which.</exception>
    internal ImmutableArray<string> RequireKeep(string command) => Keep ?? throw new UsageException($"{command} needs --keep ID,ID…: the stores that will be configured.");

    private static IEnumerable<string> Summary(IReadOnlyDictionary<string, StoreCount> counts, string[] gone, string taker) => counts.Where(store => store.Value.Images > 0)
        .Select(store => $"store {store.Key} holds {ByteText.Of(store.Value.Images, store.Value.Bytes)}{(gone.Contains(store.Key) ? " and is switched off; each of them is in another store too" : "")}")
        .Concat(gone.Where(id => counts.GetValueOrDefault(id, StoreCount.None).Images == 0).Select(id => $"store {id} is empty and is switched off"))
        .Append($"new images go to store {taker}");

    private static string[] Words(string value) => value.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string Names(string[] ids) => $"{(ids.Length == 1 ? "store" : "stores")} {string.Join(", ", ids)}";
}
