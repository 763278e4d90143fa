namespace KollaNet.ImageService.Stores.Http;

/// <summary>An answer's body, given up when nothing of it comes for long. Closing is left to the answer.</summary>
/// <param name="url">For messages.</param>
internal sealed class PatientBody(Stream body, string url, TimeSpan patience) : ForwardStream
{
    /// <exception cref="StoreUnreachableException">Nothing came for that long.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var waiting = new Patience(patience, cancellationToken);
        waiting.Begin();
        try
        {
            return await body.ReadAsync(buffer, waiting.Token);
        }
        catch (OperationCanceledException e) when (waiting.RanOut)
        {
            throw new StoreUnreachableException(url, waiting.Explain(e));
        }
    }
}
