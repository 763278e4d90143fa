using System.Diagnostics;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Monitoring;

namespace KollaNet.ImageService.Stores;

/// <summary>A store whose every operation is timed and whose failures are counted.</summary>
public sealed class MeasuredStore(string id, IImageStore store, ServiceMetrics metrics) : WrappedStore(store)
{
    /// <inheritdoc/>
    public override Task<StoredImage> WriteAsync(string imageId, Stream content, long? sizeBytes, CancellationToken cancel) =>
        MeasureAsync("write", () => Inner.WriteAsync(imageId, content, sizeBytes, cancel));

    /// <inheritdoc/>
    public override Task<Stream> OpenReadAsync(string url, long offsetBytes, long? lengthBytes, CancellationToken cancel) =>
        MeasureAsync("read", () => Inner.OpenReadAsync(url, offsetBytes, lengthBytes, cancel));

    /// <inheritdoc/>
    public override Task<long> SizeAsync(string url, CancellationToken cancel) => MeasureAsync("size", () => Inner.SizeAsync(url, cancel));

    /// <inheritdoc/>
    public override Task<bool> DeleteAsync(string url, CancellationToken cancel) => MeasureAsync("delete", () => Inner.DeleteAsync(url, cancel));

    /// <inheritdoc/>
    public override IImageStore For(Caller caller) => new MeasuredStore(id, Inner.For(caller), metrics);

    /// <inheritdoc/>
    public override Task ShareAsync(string url, ImageAudience audience, CancellationToken cancel) => MeasureAsync("share", async () =>
    {
        await Inner.ShareAsync(url, audience, cancel);
        return true;
    });

    private async Task<T> MeasureAsync<T>(string operation, Func<Task<T>> work)
    {
        long started = Stopwatch.GetTimestamp();
        bool failed = true;
        try
        {
            T result = await work();
            failed = false;
            return result;
        }
        catch (Exception e) when (e is ImageDataExistsException or ImageDataMissingException or ImageSizeMismatchException or OperationCanceledException)
        {
            failed = false;   // The store did what it should: the request was wrong.
            throw;
        }
        finally
        {
            metrics.StoreDid(id, operation, Stopwatch.GetElapsedTime(started), failed);
        }
    }
}
