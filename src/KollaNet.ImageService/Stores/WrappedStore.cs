using KollaNet.ImageService.Identity;

namespace KollaNet.ImageService.Stores;

/// <summary>A store that does what another does; who derives from it adds to that from outside.</summary>
public abstract class WrappedStore(IImageStore store) : IImageStore
{
    /// <summary>The other.</summary>
    protected IImageStore Inner => store;

    /// <inheritdoc/>
    public StoreAbilities Abilities => store.Abilities;

    /// <inheritdoc/>
    public virtual Task<StoredImage> WriteAsync(string imageId, Stream content, long? sizeBytes, CancellationToken cancel) => store.WriteAsync(imageId, content, sizeBytes, cancel);

    /// <inheritdoc/>
    public virtual Task<Stream> OpenReadAsync(string url, long offsetBytes, long? lengthBytes, CancellationToken cancel) => store.OpenReadAsync(url, offsetBytes, lengthBytes, cancel);

    /// <inheritdoc/>
    public virtual Task<long> SizeAsync(string url, CancellationToken cancel) => store.SizeAsync(url, cancel);

    /// <inheritdoc/>
    public virtual Task<bool> DeleteAsync(string url, CancellationToken cancel) => store.DeleteAsync(url, cancel);

    /// <inheritdoc/>
    public Task DiscardPartialAsync(string imageId, CancellationToken cancel) => store.DiscardPartialAsync(imageId, cancel);

    /// <inheritdoc/>
    public Task<bool> DiscardOrphanAsync(string imageId, CancellationToken cancel) => store.DiscardOrphanAsync(imageId, cancel);

    /// <inheritdoc/>
    public IAsyncEnumerable<StoredObject> ListAsync(CancellationToken cancel) => store.ListAsync(cancel);

    /// <inheritdoc/>
    public abstract IImageStore For(Caller caller);

    /// <inheritdoc/>
    public virtual Task ShareAsync(string url, ImageAudience audience, CancellationToken cancel) => store.ShareAsync(url, audience, cancel);

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoreProperty>> DescribeAsync(CancellationToken cancel) => store.DescribeAsync(cancel);

    /// <inheritdoc/>
    public bool Owns(string url) => store.Owns(url);

    /// <inheritdoc/>
    public void Dispose()
    {
        store.Dispose();
        GC.SuppressFinalize(this);
    }
}
