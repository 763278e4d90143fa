using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Images;

/// <summary>Reads an image's bytes, and goes on in another place when the one it reads from fails in the middle: the image may have moved, or another store may have it, too.</summary>
/// <param name="first">What is open already.</param>
/// <param name="open">Opens the rest, after so many bytes, in a place that was not tried before.</param>
internal sealed class FollowingStream(Stream first, Func<long, CancellationToken, Task<Stream>> open) : ForwardStream, IFileBytes
{
    private Stream current = first;
    private long readBytes;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                int read = await current.ReadAsync(buffer, cancellationToken);
                readBytes += read;
                return read;
            }
            catch (Exception e) when (e is IOException or ImageDataMissingException or StoreUnreachableException or StoreFailedException)
            {
                if (await FindOtherAsync(cancellationToken) is not { } other) throw;
                await current.DisposeAsync();
                current = other;
            }
        }
    }

    public int SendTo(IFileOutput output)
    {
        int sent = current is IFileBytes file ? file.SendTo(output) : 0;
        readBytes += sent;
        return sent;
    }

    public override async ValueTask DisposeAsync()
    {
        await current.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) current.Dispose();
        base.Dispose(disposing);
    }

    /// <returns>Null when there is no other place; what failed first says more then.</returns>
    private async Task<Stream?> FindOtherAsync(CancellationToken cancel)
    {
        try
        {
            return await open(readBytes, cancel);
        }
        catch (Exception e) when (e is ImageHasNoDataException or StoreUnreachableException or StoreFailedException or System.Data.Common.DbException)
        {
            return null;
        }
    }
}
