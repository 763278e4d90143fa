using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Migration;

/// <summary>A store that is read at a certain pace.</summary>
internal sealed class PacedStore(IImageStore store, Pace pace) : IImageStore
{
    public StoreAbilities Abilities => store.Abilities;

    public Task<StoredImage> WriteAsync(string imageId, Stream content, long? sizeBytes, CancellationToken cancel) => store.WriteAsync(imageId, content, sizeBytes, cancel);

    public async Task<Stream> OpenReadAsync(string url, long offsetBytes, long? lengthBytes, CancellationToken cancel) =>
        new PacedStream(await store.OpenReadAsync(url, offsetBytes, lengthBytes, cancel), pace);

    public Task<long> SizeAsync(string url, CancellationToken cancel) => store.SizeAsync(url, cancel);

    public Task<bool> DeleteAsync(string url, CancellationToken cancel) => store.DeleteAsync(url, cancel);

    public Task DiscardPartialAsync(string imageId, CancellationToken cancel) => store.DiscardPartialAsync(imageId, cancel);

    public Task<bool> DiscardOrphanAsync(string imageId, CancellationToken cancel) => store.DiscardOrphanAsync(imageId, cancel);

    public IAsyncEnumerable<StoredObject> ListAsync(CancellationToken cancel) => store.ListAsync(cancel);

    public bool Owns(string url) => store.Owns(url);

    private sealed class PacedStream(Stream source, Pace pace) : ForwardStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read = await source.ReadAsync(buffer, cancellationToken);
            await pace.SpendAsync(read, cancellationToken);
            return read;
        }

        public override async ValueTask DisposeAsync()
        {
            await source.DisposeAsync();
            await base.DisposeAsync();
        }
    }
}
