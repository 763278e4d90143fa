using System.Data.Common;
using System.Net.Sockets;
using System.Threading.Channels;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Metadata;

namespace KollaNet.ImageService.Caching;

/// <summary>Copies of images on this host's disk. It never stands in the way of a download: a full disk, a folder that cannot be written or an index that does not
/// answer is logged, and the image comes from its store. Source: image-api reference 2.9, 2.14.</summary>
public sealed partial class ImageCache : IAsyncDisposable
{
    private readonly ImageCacheOptions options;
    private readonly ICacheIndex index;
    private readonly IImageRepository images;
    private readonly TimeProvider clock;
    private readonly ILogger<ImageCache> log;
    private readonly CacheFolder folder;
    private readonly Channel<bool> wishes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <param name="folder">Option <c>image_cache_dir</c>; nothing is touched yet.</param>
    /// <param name="options">The cache's options.</param>
    public ImageCache(string folder, ImageCacheOptions options, ICacheIndex index, IImageRepository images, TimeProvider clock, ILogger<ImageCache> log)
    {
        (this.options, this.index, this.images, this.clock, this.log) = (options, index, images, clock, log);
        this.folder = new CacheFolder(folder);
    }

    /// <summary>Has something to read after an image was asked for.</summary>
    public ChannelReader<bool> Wishes => wishes.Reader;

    /// <summary>Images that wait to be cached, in order.</summary>
    public IReadOnlyList<string> Queued => folder.Queued;

    private DateTime Now => clock.GetUtcNow().UtcDateTime;

    /// <summary>Opens a part of an image and counts that as a hit.</summary>
    /// <param name="lengthBytes">Null reads to the end.</param>
    /// <returns>Null: not cached, or not to be had. What is cached of an image that has other data now goes.</returns>
    public async Task<Stream?> TryOpenAsync(Image image, long offsetBytes, long? lengthBytes, CancellationToken cancel)
    {
        try
        {
            if (!CacheFolder.IsId(image.Id) || folder.Find(image.Id) is not { } found) return null;
            bool same = found.SizeBytes == image.SizeBytes && await index.HitAsync(image.Id, image.Checksum, Now, cancel);
            if (same) return folder.Open(image.Id, offsetBytes, lengthBytes ?? found.SizeBytes - offsetBytes);
            LogStale(image.Id);
            await RemoveAsync(image.Id);
        }
        catch (Exception e) when (IsTrouble(e))
        {
            LogNotRead(e, image.Id);
        }

        return null;
    }

    /// <summary>Whether an image can be cached at all: active, not empty, and not larger than the whole cache may be.</summary>
    public bool Takes(Image image) => image is { Status: ImageStatus.Active, SizeBytes: > 0 } && image.SizeBytes <= options.MaxSizeBytes && CacheFolder.IsId(image.Id);

    /// <summary>Whether there is a complete copy of an image.</summary>
    public bool Has(string imageId) => CacheFolder.IsId(imageId) && folder.Find(imageId) is not null;

    /// <summary>The same bytes, written to the cache while they are read to their end.</summary>
    /// <param name="content">All bytes of the image.</param>
    public Stream Fill(Image image, Stream content)
    {
        if (!Takes(image)) return content;
        try
        {
            return folder.TryBegin(image.Id) is { } file ? new CacheFillStream(content, new CacheFill(folder, image, file), EndAsync) : content;
        }
        catch (Exception e) when (IsTrouble(e))
        {
            LogNotFilled(e, image.Id);
            return content;
        }
    }

    /// <summary>What is cached, those that were not read for the longest time first.</summary>
    public async Task<IReadOnlyList<CacheEntry>> ListAsync(CancellationToken cancel) =>
        [.. (await index.ListAsync(cancel)).Where(entry => Has(entry.ImageId))];

    /// <summary>Which nodes have an image; null when the driver knows this node only.</summary>
    public Task<IReadOnlyList<string>?> FindNodesAsync(string imageId, CancellationToken cancel) => index.FindNodesAsync(imageId, cancel);

    /// <summary>Asks for an image to be cached; does nothing when it is cached, on its way, or asked for already.</summary>
    public void Enqueue(string imageId)
    {
        if (!CacheFolder.IsId(imageId) || Has(imageId)) return;
        folder.Enqueue(imageId);
        wishes.Writer.TryWrite(true);
    }

    /// <summary>Takes back that an image was asked for.</summary>
    public bool Dequeue(string imageId) => folder.Dequeue(imageId);

    /// <summary>Takes back everything that was asked for.</summary>
    /// <returns>How many images.</returns>
    public int ClearQueue() => folder.Queued.Count(folder.Dequeue);

    /// <summary>Drops what is cached of an image; trouble is logged.</summary>
    /// <returns>Whether it was cached.</returns>
    public async Task<bool> RemoveAsync(string imageId)
    {
        try
        {
            // The file first: an entry without a file is not served, a file without an entry would be looked at.
            bool removed = folder.Delete(imageId);
            await index.RemoveAsync(imageId, CancellationToken.None);
            return removed;
        }
        catch (Exception e) when (IsTrouble(e))
        {
            LogNotRemoved(e, imageId);
            return false;
        }
    }

    /// <summary>An image is deleted: neither cached nor asked for any more; trouble is logged.</summary>
    public async Task ForgetAsync(string imageId)
    {
        await RemoveAsync(imageId);
        try
        {
            folder.Dequeue(imageId);
        }
        catch (Exception e) when (IsTrouble(e))
        {
            LogNotRemoved(e, imageId);
        }
    }

    /// <summary>Drops everything that is cached.</summary>
    /// <returns>How many images.</returns>
    public async Task<int> ClearAsync(CancellationToken cancel)
    {
        int removed = 0;
        foreach (string id in (await index.ListAsync(cancel)).Select(entry => entry.ImageId).Union(folder.Ids)) removed += await RemoveAsync(id) ? 1 : 0;
        return removed;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        tidying.Dispose();
        return index.DisposeAsync();
    }

    /// <summary>What may fail without being a mistake in this program.</summary>
    internal static bool IsTrouble(Exception e) => e is IOException or UnauthorizedAccessException or DbException or SocketException or TimeoutException or CommitInDoubtException;

    /// <summary>Runs after the client has its bytes, or has gone.</summary>
    private async Task EndAsync(CacheFill fill)
    {
        string id = fill.Image.Id;
        using (fill)
        {
            try
            {
                if (fill.Trouble is { } trouble) LogNotFilled(trouble, id);
                if (!fill.IsComplete) folder.Abandon(id);
                else if (fill.IsGenuine()) await KeepAsync(fill);
                else Reject(id);
            }
            catch (Exception e) when (IsTrouble(e))
            {
                LogNotFilled(e, id);
                Discard(id);
            }
        }
    }

    private async Task KeepAsync(CacheFill fill)
    {
        Image image = fill.Image;

        // The entry first: a reader that finds the file must find the entry.
        await index.PutAsync(new CacheEntry(image.Id, Now, Now, image.SizeBytes!.Value, 0, image.Checksum), CancellationToken.None);
        fill.Keep();
        folder.Dequeue(image.Id);
        Image? now = await images.FindAsync(image.Id, UploadOwnership.Itself, CancellationToken.None);
        if (now is null || now.Checksum != image.Checksum || now.SizeBytes != image.SizeBytes) await RemoveAsync(image.Id);   // Deleted while it was being read.
        else LogFilled(image.Id, image.SizeBytes.Value);
    }

    private void Reject(string imageId)
    {
        folder.Reject(imageId);
        folder.Dequeue(imageId);
        LogRejected(imageId);
    }

    private void Discard(string imageId)
    {
        try
        {
            folder.Abandon(imageId);
        }
        catch (Exception e) when (IsTrouble(e))
        {
            LogNotRemoved(e, imageId);   // Cleaning will find it.
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Image {ImageId} is cached ({SizeBytes} bytes)")]
    private partial void LogFilled(string imageId, long sizeBytes);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What was read of image {ImageId} does not have its checksum; it is put into invalid/ of the image cache")]
    private partial void LogRejected(string imageId);

    [LoggerMessage(Level = LogLevel.Information, Message = "What is cached of image {ImageId} is not what the image is now; it is dropped")]
    private partial void LogStale(string imageId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Image {ImageId} cannot be read from the image cache; its store is asked")]
    private partial void LogNotRead(Exception error, string imageId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Image {ImageId} cannot be cached")]
    private partial void LogNotFilled(Exception error, string imageId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Image {ImageId} could not be dropped from the image cache")]
    private partial void LogNotRemoved(Exception error, string imageId);
}
