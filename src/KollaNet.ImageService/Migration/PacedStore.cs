using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Migration;

/// <summary>A store that is read at a certain pace.</summary>
internal sealed class PacedStore(IImageStore store, Pace pace) : WrappedStore(store)
{
    public override async Task<Stream> OpenReadAsync(string url, long offsetBytes, long? lengthBytes, CancellationToken cancel) =>
        new PacedStream(await Inner.OpenReadAsync(url, offsetBytes, lengthBytes, cancel), pace);

    public override IImageStore For(Caller caller) => new PacedStore(Inner.For(caller), pace);

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
