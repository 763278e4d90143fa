using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Caching;

/// <summary>An image's bytes on their way to a client, written to the cache as they pass. Closing it ends the fill: complete, or with nothing kept.</summary>
internal sealed class CacheFillStream(Stream source, CacheFill fill, Func<CacheFill, Task> end) : ForwardStream
{
    private bool ended;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await source.ReadAsync(buffer, cancellationToken);
        fill.Take(buffer.Span[..read]);
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        int read = source.Read(buffer, offset, count);
        fill.Take(buffer.AsSpan(offset, read));
        return read;
    }

    public override async ValueTask DisposeAsync()
    {
        await source.DisposeAsync();
        if (!ended)
        {
            ended = true;
            await end(fill);
        }

        await base.DisposeAsync();
    }
}
