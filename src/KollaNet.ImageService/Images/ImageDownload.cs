using System.IO.Pipelines;
using System.Runtime.ExceptionServices;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Images;

/// <summary>Finds an image's bytes: the best copy first, the next one when its data is missing or its backend is away. An image that moves to another store meanwhile is followed.</summary>
/// <param name="images">Where the locations of images are looked up again; null: those that an image came with are all.</param>
public sealed class ImageDownload(StoreCatalog stores, IImageRepository? images)
{
    /// <summary>Opens a range of an image's bytes.</summary>
    /// <param name="lengthBytes">Null reads to the end.</param>
    /// <param name="preferredStores">Store ids to try first; the others follow.</param>
    /// <param name="caller">Whose rights count on backends that ask for them; null for the service's own.</param>
    /// <exception cref="UnknownStoreException">A preferred store is not configured.</exception>
    /// <exception cref="ImageHasNoDataException">There is no location, or none with data.</exception>
    /// <exception cref="StoreUnreachableException">No backend that may have it answers.</exception>
    public async Task<ImageContent> OpenAsync(Image image, long offsetBytes, long? lengthBytes, IReadOnlyList<string> preferredStores, CancellationToken cancel, Caller? caller = null)
    {
        if (preferredStores.FirstOrDefault(id => stores.Find(id) is null) is { } unknown) throw new UnknownStoreException(unknown);
        var tried = new HashSet<string>();
        Stream first = await OpenBestAsync(image, preferredStores, tried, offsetBytes, lengthBytes, caller, cancel);
        return new ImageContent(images is null ? first : new FollowingStream(first, (readBytes, again) => OpenBestAsync(image with { Locations = [] }, preferredStores, tried, offsetBytes + readBytes, lengthBytes - readBytes, caller, again)));
    }

    /// <param name="tried">Urls that were of no use, or will not be when this is asked again; none of them is tried.</param>
    private async Task<Stream> OpenBestAsync(Image image, IReadOnlyList<string> preferred, HashSet<string> tried, long offsetBytes, long? lengthBytes, Caller? caller, CancellationToken cancel)
    {
        (Stream? found, Exception? failure) = await TryOpenAsync(image, preferred, tried, offsetBytes, lengthBytes, caller, cancel);
        // It may have moved since somebody looked at it.
        if (found is null && images is not null && await images.FindAsync(image.Id, UploadOwnership.Itself, cancel) is { } now)
        {
            (found, Exception? later) = await TryOpenAsync(now, preferred, tried, offsetBytes, lengthBytes, caller, cancel);
            failure ??= later;
        }

        if (found is not null) return found;
        if (failure is not null) ExceptionDispatchInfo.Throw(failure);
        throw new ImageHasNoDataException(image.Id);
    }

    private async Task<(Stream? Found, Exception? Failure)> TryOpenAsync(Image image, IReadOnlyList<string> preferred, HashSet<string> tried, long offsetBytes, long? lengthBytes, Caller? caller, CancellationToken cancel)
    {
        Exception? failure = null;
        foreach (ImageLocation location in stores.BestFirst(image, preferred).Where(location => tried.Add(location.Url)))
        {
            if (stores.FindFor(location) is not { } owner) continue;
            try
            {
                return (await (caller is null ? owner : owner.For(caller)).Store.OpenReadAsync(location.Url, offsetBytes, lengthBytes, cancel), null);
            }
            catch (ImageDataMissingException)
            {
                // Another location may still hold it.
            }
            catch (Exception e) when (e is StoreUnreachableException or StoreFailedException or StoreForbidsWritingException)
            {
                failure = e;   // Another backend may be there.
            }
        }

        return (null, failure);
    }
}

/// <summary>An open image, read once front to back.</summary>
public sealed class ImageContent(Stream stream) : IAsyncDisposable
{
    // Below this the cost per call shows, above it the bytes fall out of the processor's cache.
    private const int BlockBytes = 256 * 1024;

    // What is written the usual way between two pieces that the kernel sends from the file, to wait until there is room for the next.
    private const int WaitingBytes = 32 * 1024;

    /// <summary>For what wants a stream; <see cref="WriteToAsync"/> is faster.</summary>
    public Stream Stream => stream;

    /// <summary>Writes everything to a response body: from its file if it lies in one and the connection can send that, else straight into the body's own buffers.</summary>
    /// <param name="output">The connection's; null when it has none.</param>
    /// <returns>Bytes written.</returns>
    internal async Task<long> WriteToAsync(PipeWriter body, IFileOutput? output, CancellationToken cancel)
    {
        IFileBytes? file = output is null ? null : stream as IFileBytes;
        if (file is not null) await body.FlushAsync(cancel);   // The headers go first.
        long written = 0;
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            if (file?.SendTo(output!) is > 0 and int sent)
            {
                written += sent;
                Count(sent, body);
                continue;
            }

            int block = file is null ? BlockBytes : WaitingBytes;
            int read = await stream.ReadAsync(body.GetMemory(block)[..block], cancel);
            if (read == 0) return written;
            body.Advance(read);
            written += read;
            FlushResult flushed = await body.FlushAsync(cancel);
            if (flushed.IsCompleted || flushed.IsCanceled) return written;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => stream.DisposeAsync();

    /// <summary>Lets a response know of bytes that were sent without it. Source: <see cref="IFileOutput.TrySend"/>.</summary>
    private static void Count(int sent, PipeWriter body)
    {
        _ = body.GetMemory(sent);
        body.Advance(sent);
    }
}
