using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Imports;

/// <summary>Reads from a stream, tells how far it is, and gives up when nothing comes for long.</summary>
/// <param name="patience">Null waits for ever.</param>
internal sealed class PatientStream(Stream source, TimeSpan? patience, Action<long>? onProgress = null) : ForwardStream
{
    private long count;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = patience is { } limit ? await ReadWithinAsync(buffer, limit, cancellationToken) : await source.ReadAsync(buffer, cancellationToken);
        count += read;
        onProgress?.Invoke(count);
        return read;
    }

    public override async ValueTask DisposeAsync()
    {
        await source.DisposeAsync();
        await base.DisposeAsync();
    }

    private async ValueTask<int> ReadWithinAsync(Memory<byte> buffer, TimeSpan limit, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        stop.CancelAfter(limit);
        try
        {
            return await source.ReadAsync(buffer, stop.Token);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new ImportFailedException("the server went silent", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new ImportFailedException("the download broke off", e);
        }
    }
}
