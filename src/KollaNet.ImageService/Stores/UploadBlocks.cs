using System.Buffers;
using System.Runtime.ExceptionServices;

namespace KollaNet.ImageService.Stores;

/// <summary>An upload's bytes in blocks, read one block ahead: the last one is only handed out when the source has ended as it should, so that a backend never
/// completes what turns out to be wrong at its very end.</summary>
internal sealed class UploadBlocks(Stream content, long? declaredBytes) : IDisposable
{
    private const int BlockBytes = 256 * 1024;

    private byte[] current = ArrayPool<byte>.Shared.Rent(BlockBytes), ahead = ArrayPool<byte>.Shared.Rent(BlockBytes);
    private int offset, length, aheadLength;
    private bool ended;
    private ExceptionDispatchInfo? failure;

    /// <summary>Whether reading failed: what a backend's client throws then is not the backend's fault.</summary>
    public bool HasFailed => failure is not null;

    /// <summary>Bytes that came from the source.</summary>
    public long CountBytes { get; private set; }

    /// <summary>Whether <see cref="TakeAsync"/> has something to give.</summary>
    public bool HasMore => offset < length || aheadLength > 0;

    /// <summary>Reads the first block. To be called once, before anything else.</summary>
    /// <exception cref="ImageSizeMismatchException">More or fewer bytes came than were declared.</exception>
    public Task BeginAsync(CancellationToken cancel) => ReadAheadAsync(cancel);

    /// <summary>The next bytes, good until the next call; empty at the end.</summary>
    /// <exception cref="ImageSizeMismatchException">More or fewer bytes came than were declared.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> TakeAsync(long mostBytes, CancellationToken cancel)
    {
        if (offset == length)
        {
            (current, ahead) = (ahead, current);
            (offset, length) = (0, aheadLength);
            aheadLength = 0;
            if (length > 0) await ReadAheadAsync(cancel);
        }

        ReadOnlyMemory<byte> taken = current.AsMemory(offset, (int)Math.Min(length - offset, mostBytes));
        offset += taken.Length;
        return taken;
    }

    /// <summary>Throws what the source threw, as it threw it; clients like to hide it in exceptions of their own.</summary>
    public void ThrowIfFailed() => failure?.Throw();

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(current);
        ArrayPool<byte>.Shared.Return(ahead);
        current = ahead = [];
    }

    private async Task ReadAheadAsync(CancellationToken cancel)
    {
        try
        {
            await FillAheadAsync(cancel);
        }
        catch (Exception e)
        {
            failure = ExceptionDispatchInfo.Capture(e);
            throw;
        }
    }

    private async Task FillAheadAsync(CancellationToken cancel)
    {
        while (!ended && aheadLength < BlockBytes)
        {
            int read = await content.ReadAsync(ahead.AsMemory(aheadLength, BlockBytes - aheadLength), cancel);
            aheadLength += read;
            CountBytes += read;
            ended = read == 0;
            if (CountBytes > declaredBytes) throw new ImageSizeMismatchException(declaredBytes.Value, null);
        }

        if (ended && declaredBytes is { } declared && declared != CountBytes) throw new ImageSizeMismatchException(declared, CountBytes);
    }
}
