using KollaNet.ImageService.Caching;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Hosting.Logging;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Hosting;

/// <summary><c>cache clean</c>, <c>cache prune</c> and <c>cache prefetch</c>: what the service does on a timer, once and now.</summary>
public static class CacheCommands
{
    /// <summary>As glance-cache-cleaner.</summary>
    /// <returns>The exit code.</returns>
    public static Task<int> CleanAsync(GlanceOptions options, TextWriter output) =>
        RunAsync(options, output, async parts => $"{await parts.Cache.CleanAsync(CancellationToken.None)} files were removed.");

    /// <summary>As glance-cache-pruner.</summary>
    /// <returns>The exit code.</returns>
    public static Task<int> PruneAsync(GlanceOptions options, TextWriter output) => RunAsync(options, output, async parts =>
    {
        PrunedCache pruned = await parts.Cache.PruneAsync(CancellationToken.None);
        return $"{pruned.Files} images with {pruned.Bytes} bytes were removed.";
    });

    /// <summary>As glance-cache-prefetcher.</summary>
    /// <returns>The exit code.</returns>
    public static Task<int> PrefetchAsync(GlanceOptions options, TextWriter output) => RunAsync(options, output, async parts =>
    {
        int fetched = await parts.Prefetch.RunAsync(CancellationToken.None);
        return $"{fetched} images were cached; {parts.Cache.Queued.Count} wait on.";
    });

    private static async Task<int> RunAsync(GlanceOptions options, TextWriter output, Func<CacheParts, Task<string>> work)
    {
        await using ImageDatabase database = ImageDatabase.Open(options);
        using var log = new LineLog(Console.Error);
        using ILoggerFactory logs = LoggerFactory.Create(builder => builder.AddProvider(log).SetMinimumLevel(LogLevel.Warning));
        using StoreCatalog stores = StoreCatalog.Open(options);
        CacheParts parts = CacheParts.Make(options, stores, database, TimeProvider.System, logs)
            ?? throw new ConfigurationInvalidException(["[DEFAULT] image_cache_dir is not set: there is no image cache"]);
        await using ImageCache cache = parts.Cache;
        using CacheKeeper keeper = parts.Keeper;
        await output.WriteLineAsync(await work(parts));
        return 0;
    }
}
