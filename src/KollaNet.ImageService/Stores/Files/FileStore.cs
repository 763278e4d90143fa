using KollaNet.ImageService.Configuration;

namespace KollaNet.ImageService.Stores.Files;

/// <summary>Images as files, exactly where Glance's file store puts them: <c>DATADIR/ID</c>.</summary>
public sealed class FileStore(StoreOptions options) : IImageStore
{
    /// <inheritdoc/>
    public StoreAbilities Abilities { get; } = new(CanWrite: true);

    /// <inheritdoc/>
    public Task<StoredImage> WriteAsync(string imageId, Stream content, long? sizeBytes, CancellationToken cancel) => throw new NotSupportedException(options.Id);

    /// <inheritdoc/>
    public Task<Stream> OpenReadAsync(string url, long offsetBytes, long? lengthBytes, CancellationToken cancel) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Task<long> SizeAsync(string url, CancellationToken cancel) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string url, CancellationToken cancel) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Task DiscardPartialAsync(string imageId, CancellationToken cancel) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Task<bool> DiscardOrphanAsync(string imageId, CancellationToken cancel) => throw new NotSupportedException();

    /// <inheritdoc/>
    public bool Owns(string url) => throw new NotSupportedException();
}
