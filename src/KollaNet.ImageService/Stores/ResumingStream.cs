namespace KollaNet.ImageService.Stores;

/// <summary>A download that goes on where it broke: reads a stream, and opens the rest anew when it fails or stalls or ends too early, so many times.</summary>
/// <param name="open">Opens what begins at this offset, to the end that was asked for.</param>
/// <param name="first">What is open already, from <paramref name="offsetBytes"/>.</param>
/// <param name="endBytes">Offset after the last byte; null when nobody knows.</param>
/// <param name="url">For messages.</param>
internal sealed class ResumingStream(Func<long, CancellationToken, Task<Stream>> open, Stream first, long offsetBytes, long? endBytes, int retries, TimeSpan patience, string url) : ForwardStream
{
    private Stream current = first;
    private long offset = offsetBytes;
    private int retriesLeft = retries;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            Exception failure;
            try
            {
                int read = await ReadOnceAsync(buffer, cancellationToken);
                offset += read;
                if (read > 0 || buffer.IsEmpty || endBytes is null || offset >= endBytes) return read;
                failure = new EndOfStreamException($"{endBytes - offset} bytes are missing.");
            }
            catch (Exception e) when (e is IOException or HttpRequestException or TimeoutException)
            {
                failure = e;
            }

            if (retriesLeft-- <= 0) throw new StoreUnreachableException(url, failure);
            await current.DisposeAsync();
            current = await open(offset, cancellationToken);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) current.Dispose();
        base.Dispose(disposing);
    }

    private async ValueTask<int> ReadOnceAsync(Memory<byte> buffer, CancellationToken cancel)
    {
        using var waiting = new Patience(patience, cancel);
        waiting.Begin();
        try
        {
            return await current.ReadAsync(buffer, waiting.Token);
        }
        catch (OperationCanceledException e) when (waiting.RanOut)
        {
            throw waiting.Explain(e);
        }
    }
}
