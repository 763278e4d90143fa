namespace KollaNet.ImageService.Stores.Rbd;

/// <summary>A range of an image, read ahead a few objects while its reader is busy with the one before. Ends with <see cref="ImageDataMissingException"/> when the image is removed meanwhile.</summary>
/// <param name="url">For failures.</param>
/// <param name="closeWithin">How long to wait for the image to close.</param>
internal sealed class RbdReader(RbdImage image, RbdBlocks blocks, string url, long offsetBytes, long lengthBytes, TimeSpan closeWithin) : ForwardStream
{
    private const int MostAhead = 4;

    private readonly Queue<(Task Read, RbdBlock Block)> ahead = new();
    private readonly int objectBytes = image.ObjectBytes;
    private RbdBlock? current;
    private int currentOffset;
    private long asked, taken;
    private int sure;
    private long position;
    private bool closed;

    public override long Length => lengthBytes;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (position == lengthBytes || buffer.Length == 0) return 0;
        if (current is null) await NextAsync(cancellationToken);
        ReadOnlyMemory<byte> left = current!.Bytes[currentOffset..];
        int count = Math.Min(left.Length, buffer.Length);
        left[..count].CopyTo(buffer);
        (currentOffset, position) = (currentOffset + count, position + count);
        if (currentOffset == current.Length) DropCurrent();
        return count;
    }

    public override async ValueTask DisposeAsync()
    {
        if (closed) return;
        closed = true;
        DropCurrent();
        while (ahead.TryDequeue(out (Task Read, RbdBlock Block) read))
        {
            await read.Read.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);   // Nobody wants it any more.
            ((IDisposable)read.Block).Dispose();
        }

        await CephCluster.EndAsync(image.Dispose, closeWithin);
        await base.DisposeAsync();
    }

    /// <summary>The end of a stream that nobody awaits: what is under way must land before its memory goes.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !closed) DisposeAsync().AsTask().GetAwaiter().GetResult();
        base.Dispose(disposing);
    }

    private async ValueTask NextAsync(CancellationToken cancel)
    {
        while (ahead.Count < MostAhead && asked < lengthBytes && (ahead.Count == 0 ? blocks.Rent() : blocks.TryRentLarge()) is { } block) Ask(block);
        (Task read, RbdBlock next) = ahead.Peek();
        try
        {
            await read.WaitAsync(cancel);
            if (sure > 0) sure--;
            else if (LacksObject(next.Bytes.Span, offsetBytes + taken)) sure = await RequireThereAsync(cancel) - 1;
        }
        catch (CephException e)
        {
            throw e.ForStore(url);
        }

        ahead.Dequeue();
        taken += next.Length;
        (current, currentOffset) = (next, 0);
    }

    /// <returns>How many blocks were read before the image was seen to be there.</returns>
    private async Task<int> RequireThereAsync(CancellationToken cancel)
    {
        int read = ahead.TakeWhile(one => one.Read.IsCompletedSuccessfully).Count();
        await CephCluster.RunAsync(image.RequireThere).WaitAsync(cancel);
        return read;
    }

    /// <summary>Whether an object may not have been there: all that was read of it is zeros.</summary>
    private bool LacksObject(ReadOnlySpan<byte> bytes, long at)
    {
        while (!bytes.IsEmpty)
        {
            int count = (int)Math.Min(bytes.Length, objectBytes - at % objectBytes);
            if (!bytes[..count].ContainsAnyExcept((byte)0)) return true;
            bytes = bytes[count..];
            at += count;
        }

        return false;
    }

    private void Ask(RbdBlock block)
    {
        block.Length = (int)Math.Min(block.Room.Length, lengthBytes - asked);
        ahead.Enqueue((image.ReadAsync(block, offsetBytes + asked), block));
        asked += block.Length;
    }

    private void DropCurrent()
    {
        ((IDisposable?)current)?.Dispose();
        current = null;
    }
}
