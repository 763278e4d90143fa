using KollaNet.ImageService.Caching;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Hosting;

/// <summary>The image cache, put together.</summary>
internal sealed record CacheParts(ImageCache Cache, CachePrefetch Prefetch, CacheKeeper Keeper)
{
    private const string NeedsName = "[DEFAULT] worker_self_reference_url is needed with image_cache_dir and image_cache_driver = centralized_db: by it nodes tell each other's caches apart";

    /// <summary>What the cache's driver misses, a sentence each.</summary>
    public static IEnumerable<string> FindProblems(GlanceOptions options) =>
        options is { ImageCache: { Folder: not null, Driver: "centralized_db" }, WorkerSelfReferenceUrl: null } ? [NeedsName] : [];

    /// <returns>Null without <c>image_cache_dir</c>.</returns>
    /// <exception cref="ConfigurationInvalidException">The driver needs an option that is not set.</exception>
    public static CacheParts? Make(GlanceOptions options, StoreCatalog stores, ImageDatabase database, TimeProvider time, ILoggerFactory logs)
    {
        if (options.ImageCache.Folder is not { } folder) return null;
        var cache = new ImageCache(folder, options.ImageCache, IndexOf(options, folder, database), database.Images, time, logs.CreateLogger<ImageCache>());
        var prefetch = new CachePrefetch(cache, new ImageDownload(stores, database.Images), database.Images, logs.CreateLogger<CachePrefetch>());
        return new CacheParts(cache, prefetch, new CacheKeeper(cache, prefetch, options.ImageCache.Interval, time, logs.CreateLogger<CacheKeeper>()));
    }

    private static ICacheIndex IndexOf(GlanceOptions options, string folder, ImageDatabase database)
    {
        if (options.ImageCache.Driver != "centralized_db") return new LocalCacheIndex(Path.Combine(folder, options.ImageCache.SqliteFile));
        return database.CacheIndexOf(options.WorkerSelfReferenceUrl ?? throw new ConfigurationInvalidException([NeedsName]));
    }
}
