namespace KollaNet.ImageService.Caching;

/// <summary>Looks after the image cache behind the requests: caches what was asked for, and cleans and prunes on a timer. Register as a hosted service.</summary>
/// <param name="interval">Option <c>cache_prefetcher_interval</c>.</param>
public sealed partial class CacheKeeper(ImageCache cache, CachePrefetch prefetch, TimeSpan interval, TimeProvider clock, ILogger<CacheKeeper> log) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        await TryAsync(cache.StartAsync, stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            await TryAsync(prefetch.RunAsync, stoppingToken);
            using var timer = new CancellationTokenSource(interval, clock);
            while (await IsWishedForAsync(timer.Token, stoppingToken)) await TryAsync(prefetch.RunAsync, stoppingToken);
            await TryAsync(cache.CleanAsync, stoppingToken);
            await TryAsync(cache.PruneAsync, stoppingToken);
        }
    }

    /// <summary>Waits until somebody asks for an image.</summary>
    /// <returns>False: nobody did until <paramref name="timer"/> ended.</returns>
    private async Task<bool> IsWishedForAsync(CancellationToken timer, CancellationToken cancel)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, timer);
        try
        {
            await cache.Wishes.ReadAsync(either.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task TryAsync(Func<CancellationToken, Task> work, CancellationToken cancel)
    {
        try
        {
            await work(cancel);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogFailed(e);   // A database that is away or a folder that is full must not end the service.
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Looking after the image cache failed; the next attempt follows")]
    private partial void LogFailed(Exception error);
}
