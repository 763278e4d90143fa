using System.IO.Pipelines;
using System.Runtime.ExceptionServices;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Images;

/// <summary>Finds an image's bytes: the best copy first, the next one when its data is missing or its backend is away.</summary>
public sealed class ImageDownload(StoreCatalog stores)
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
        Exception? failure = null;
        foreach (ImageLocation location in stores.BestFirst(image, preferredStores))
        {
            if (stores.FindFor(location) is not { } owner) continue;
            try
            {
                return new ImageContent(await (caller is null ? owner : owner.For(caller)).Store.OpenReadAsync(location.Url, offsetBytes, lengthBytes, cancel));
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

        if (failure is not null) ExceptionDispatchInfo.Throw(failure);
        throw new ImageHasNoDataException(image.Id);
    }
}

/// <summary>An open image, read once front to back.</summary>
public sealed class ImageContent(Stream stream) : IAsyncDisposable
{
    // Below this the cost per call shows, above it the bytes fall out of the processor's cache.
    private const int BlockBytes = 256 * 1024;

    /// <summary>For what wants a stream; <see cref="WriteToAsync"/> is faster.</summary>
    public Stream Stream => stream;

    /// <summary>Writes everything to a response body: straight into its own buffers, no copy in between.</summary>
    /// <returns>Bytes written.</returns>
    public async Task<long> WriteToAsync(PipeWriter body, CancellationToken cancel)
    {
        long written = 0;
        while (await stream.ReadAsync(body.GetMemory(BlockBytes), cancel) is > 0 and int read)
        {
            body.Advance(read);
            written += read;
            FlushResult flushed = await body.FlushAsync(cancel);
            if (flushed.IsCompleted || flushed.IsCanceled) break;
        }

        return written;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => stream.DisposeAsync();
}
