using System.Buffers;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Caching;

/// <summary>Caches the images that were asked for. Source: glance-cache-prefetcher.</summary>
public sealed partial class CachePrefetch(ImageCache cache, ImageDownload download, IImageRepository images, ILogger<CachePrefetch> log)
{
    private const int BlockBytes = 256 * 1024;

    /// <summary>Works through the queue once. What cannot be cached now stays there; what never can be leaves it.</summary>
    /// <returns>How many images are cached that were not.</returns>
    public async Task<int> RunAsync(CancellationToken cancel)
    {
        int fetched = 0;
        foreach (string id in cache.Queued)
        {
            if (await images.FindAsync(id, UploadOwnership.Itself, cancel) is { Status: ImageStatus.Active } image && cache.Takes(image)) fetched += await FetchAsync(image, cancel) ? 1 : 0;
            else cache.Dequeue(id);
        }

        return fetched;
    }

    private async Task<bool> FetchAsync(Image image, CancellationToken cancel)
    {
        byte[] block = ArrayPool<byte>.Shared.Rent(BlockBytes);
        try
        {
            await using ImageContent content = await download.OpenAsync(image, 0, null, [], cancel);
            Stream filling = cache.Fill(image, content.Stream);
            if (filling == content.Stream) return false;   // A download is caching it, or the folder cannot be written.
            await using (filling)
            {
                while (await filling.ReadAsync(block, cancel) > 0)
                {
                }
            }

            return cache.Has(image.Id);
        }
        catch (ImageHasNoDataException e)
        {
            cache.Dequeue(image.Id);
            LogNothing(e, image.Id);
            return false;
        }
        catch (Exception e) when (ImageCache.IsTrouble(e) || e is StoreUnreachableException)
        {
            LogLater(e, image.Id);
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Image {ImageId} was to be cached, but has no data")]
    private partial void LogNothing(Exception error, string imageId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Image {ImageId} cannot be cached now; it stays in the queue")]
    private partial void LogLater(Exception error, string imageId);
}
