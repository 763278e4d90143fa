using System.Collections.Frozen;
using System.Collections.Immutable;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Monitoring;
using KollaNet.ImageService.Stores.Files;
using KollaNet.ImageService.Stores.Http;
using KollaNet.ImageService.Stores.Rbd;
using KollaNet.ImageService.Stores.S3;
using KollaNet.ImageService.Stores.Swift;

namespace KollaNet.ImageService.Stores;

/// <summary>The configured stores, and which of them an upload or a location belongs to.</summary>
public sealed class StoreCatalog : IDisposable
{
    // A new kind of store is one line here.
    private static readonly FrozenDictionary<string, Func<StoreOptions, IImageStore>> Factories = new Dictionary<string, Func<StoreOptions, IImageStore>>
    {
        ["file"] = options => new FileStore(options),
        ["http"] = options => new HttpStore(options),
        ["rbd"] = options => new RbdStore(options.Rbd!, TimeProvider.System),
        ["s3"] = options => new S3Store(options.S3!),
        ["swift"] = options => new SwiftStore(options.Swift!, TimeProvider.System),
    }.ToFrozenDictionary();

    // Glance has them, this service not yet.
    private static readonly string[] NotBuiltYet = ["cinder", "vmware"];

    private readonly FrozenDictionary<string, ConfiguredStore> byId;

    /// <param name="storesEnabled">Whether clients see store ids (<c>enabled_backends</c> is set).</param>
    /// <param name="defaultStoreId">Takes uploads that name no store.</param>
    public StoreCatalog(IEnumerable<ConfiguredStore> stores, string defaultStoreId, bool storesEnabled)
    {
        All = [.. stores];
        byId = All.ToFrozenDictionary(store => store.Id);
        StoresEnabled = storesEnabled;
        Default = byId[defaultStoreId];
    }

    /// <summary>In configured order.</summary>
    public ImmutableArray<ConfiguredStore> All { get; }

    /// <summary>Takes uploads that name no store.</summary>
    public ConfiguredStore Default { get; }

    /// <summary>Whether clients see store ids; false in single-store days, when store names in requests are ignored.</summary>
    public bool StoresEnabled { get; }

    /// <summary>Opens every configured store.</summary>
    /// <exception cref="ConfigurationInvalidException">A store's type is not known or cannot be used.</exception>
    public static StoreCatalog Open(GlanceOptions options)
    {
        var opened = new List<ConfiguredStore>();
        var problems = new List<string>();
        foreach (StoreOptions store in Wanted(options))
        {
            try
            {
                opened.Add(Open(store));
            }
            catch (ConfigurationInvalidException e)
            {
                problems.AddRange(e.Problems);
            }
        }

        if (problems.Count == 0) return new StoreCatalog(opened, options.DefaultStoreId, options.StoresEnabled);
        opened.ForEach(store => store.Store.Dispose());
        throw new ConfigurationInvalidException(problems);
    }

    /// <summary>Stores that no type fits, a sentence each. Opens nothing.</summary>
    public static IEnumerable<string> FindProblems(GlanceOptions options) => Wanted(options).Where(store => !Factories.ContainsKey(store.Type)).Select(Explain);

    /// <summary>Opens every configured store only to tell which of them locations belong to: what should be mounted need not be.</summary>
    /// <inheritdoc cref="Open(GlanceOptions)"/>
    public static StoreCatalog OpenForLocations(GlanceOptions options) => Open(options with { Stores = [.. options.Stores.Select(store => store with { RequiredMounts = [] })] });

    /// <summary>Opens one store.</summary>
    /// <exception cref="ConfigurationInvalidException">Its type is not known, or it cannot be used.</exception>
    public static ConfiguredStore Open(StoreOptions store) => Factories.TryGetValue(store.Type, out Func<StoreOptions, IImageStore>? factory)
        ? new ConfiguredStore(store, factory(store))
        : throw new ConfigurationInvalidException([Explain(store)]);

    /// <summary>The same stores, with what they do counted and timed.</summary>
    public StoreCatalog MeasuredBy(ServiceMetrics metrics) => WrappedIn(store => new MeasuredStore(store.Id, store.Store, metrics));

    /// <summary>The same stores, with what failed writes may have left in them remembered.</summary>
    public StoreCatalog RememberedBy(StoreLeftovers leftovers) => WrappedIn(store => new RememberingStore(store.Id, store.Store, leftovers));

    /// <summary>The same stores, each with something around it.</summary>
    public StoreCatalog WrappedIn(Func<ConfiguredStore, IImageStore> wrap) => new(All.Select(store => store with { Store = wrap(store) }), Default.Id, StoresEnabled);

    /// <summary>The store an upload goes to.</summary>
    /// <param name="storeId">As the client named it; null for the default. Ignored in single-store days.</param>
    /// <exception cref="UnknownStoreException">There is no such store.</exception>
    /// <exception cref="StoreRetiringException">It takes no new images.</exception>
    public ConfiguredStore GetForUpload(string? storeId)
    {
        if (storeId is null || !StoresEnabled) return Default;
        ConfiguredStore named = byId.GetValueOrDefault(storeId) ?? throw new UnknownStoreException(storeId);
        return named.Options.IsRetiring ? throw new StoreRetiringException(storeId) : named;
    }

    /// <summary>The store with this id; null when there is none.</summary>
    public ConfiguredStore? Find(string storeId) => byId.GetValueOrDefault(storeId);

    /// <summary>The store that holds a location: the one its metadata names, else the one whose backend the url points into; null when no store does.</summary>
    public ConfiguredStore? FindFor(ImageLocation location) =>
        location.Metadata.TryGetValue("store", out string? id) && byId.TryGetValue(id, out ConfiguredStore? named)
            ? named
            : All.FirstOrDefault(store => store.Store.Owns(location.Url));

    /// <summary>Deletes a location's data, if it is in a store that can be written to. That it is gone, or that the url leads nowhere in the store that the location names, is no error: an image must not stay for that.</summary>
    /// <param name="caller">Whose rights count on backends that ask for them; null for the service's own.</param>
    /// <exception cref="ImageDataInUseException">The backend still needs it, for example for clones; other failures of a store come through as well.</exception>
    public async Task DeleteDataAsync(ImageLocation location, Caller? caller, CancellationToken cancel)
    {
        if (FindFor(location) is not { Store.Abilities.CanWrite: true } owner) return;
        try
        {
            await (caller is null ? owner : owner.For(caller)).Store.DeleteAsync(location.Url, cancel);
        }
        catch (ImageDataMissingException)
        {
            // Nothing to delete.
        }
    }

    /// <summary>The locations of an image in the order to read them: preferred stores first, then by weight, then as the database has them.</summary>
    /// <param name="preferred">Store ids, best first.</param>
    public IEnumerable<ImageLocation> BestFirst(Image image, IReadOnlyList<string> preferred) =>
        from location in image.Locations
        where location.Status == "active"
        let store = FindFor(location)
        let wish = preferred.Index().Where(wish => wish.Item == store?.Id).Select(wish => wish.Index).DefaultIfEmpty(int.MaxValue).First()
        orderby wish, -(long)(store?.Options.Weight ?? 0)
        select location;

    /// <summary>What goes into a new location's metadata: <c>store</c> → id when stores have ids, and what the store's own file says.</summary>
    public ImmutableSortedDictionary<string, string> MetadataFor(ConfiguredStore store, string url)
    {
        ImmutableSortedDictionary<string, string> metadata = LocationMetadata.Of(store.Options.LocationMetadata, url.StartsWith("file://", StringComparison.Ordinal) ? url["file://".Length..] : "");
        return StoresEnabled ? metadata.SetItem("store", store.Id) : metadata;
    }

    /// <summary>Closes the stores' connections, and those of every catalog made from this one.</summary>
    public void Dispose()
    {
        foreach (ConfiguredStore store in All) store.Store.Dispose();
    }

    /// <summary>Single-store Glance lists http beside file by default; only a store that somebody asked for by name has to work.</summary>
    private static IEnumerable<StoreOptions> Wanted(GlanceOptions options) =>
        options.Stores.Where(store => options.StoresEnabled || store.Id == options.DefaultStoreId || Factories.ContainsKey(store.Type));

    private static string Explain(StoreOptions store) => NotBuiltYet.Contains(store.Type)
        ? $"[DEFAULT] enabled_backends: store {store.Id} is of type {store.Type}, which this release cannot serve yet; remove it from enabled_backends"
        : $"[DEFAULT] enabled_backends: store {store.Id} has the unknown type {store.Type}; known are {string.Join(", ", Factories.Keys.Concat(NotBuiltYet).Order())}";
}

/// <summary>A store with its section of the configuration.</summary>
public sealed record ConfiguredStore(StoreOptions Options, IImageStore Store)
{
    /// <summary>As in <c>enabled_backends</c>.</summary>
    public string Id => Options.Id;

    /// <summary>Whether new images and copies may go there.</summary>
    public bool TakesImages => Store.Abilities.CanWrite && !Options.IsRetiring;

    /// <summary>The same, acting with the rights of this caller.</summary>
    public ConfiguredStore For(Caller caller) => this with { Store = Store.For(caller) };
}

/// <summary>A request named a store that is not configured.</summary>
public sealed class UnknownStoreException(string storeId) : Exception($"Store for identifier {storeId} not found");

/// <summary>A request named a store that is being emptied.</summary>
public sealed class StoreRetiringException(string storeId) : Exception($"Store {storeId} takes no new images; the images in it are being moved to another store");
