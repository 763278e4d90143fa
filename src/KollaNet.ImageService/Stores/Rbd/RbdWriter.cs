namespace KollaNet.ImageService.Stores.Rbd;

/// <summary>Takes an image's bytes in order and writes them in whole objects, several under way at a time.</summary>
/// <param name="declaredBytes">The image has this size already; null makes it grow with what comes.</param>
/// <param name="skipZeros"><c>rbd_thin_provisioning</c>: what was never written reads as zeros.</param>
internal sealed class RbdWriter(RbdImage image, RbdBlocks blocks, long? declaredBytes, bool skipZeros) : Stream
{
    // Twice as many bring nothing, half as many lose a fifth on a local cluster.
    private const int MostUnderWay = 4;
    private const long FirstStep = 8L << 20, LargestStep = 8L << 30;

    private readonly Queue<(Task Write, RbdBlock Block)> underWay = new();
    private RbdBlock? current;
    private long sent;
    private long sizeBytes = declaredBytes ?? 0;
    private long step = FirstStep;

    /// <summary>Bytes taken so far.</summary>
    public long WrittenBytes { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => WrittenBytes;

    public override long Position { get => WrittenBytes; set => throw new NotSupportedException(); }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (WrittenBytes + buffer.Length > declaredBytes) throw new ImageSizeMismatchException(declaredBytes.Value, null);
        while (buffer.Length > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            current ??= await NextBlockAsync();
            int count = Math.Min(buffer.Length, current.Room.Length);
            buffer[..count].CopyTo(current.Room);
            current.Length += count;
            WrittenBytes += count;
            buffer = buffer[count..];
            if (current.Room.Length == 0) await SendAsync();
        }
    }

    /// <summary>Writes what is left and gives the image its true size.</summary>
    /// <exception cref="ImageSizeMismatchException">Fewer bytes came than were declared.</exception>
    public async Task FinishAsync()
    {
        if (declaredBytes is { } declared && declared != WrittenBytes) throw new ImageSizeMismatchException(declared, WrittenBytes);
        if (current is { Length: > 0 }) await SendAsync();
        while (underWay.Count > 0) await LandAsync();
        if (sizeBytes != WrittenBytes) await ResizeAsync(WrittenBytes);
    }

    public override async ValueTask DisposeAsync()
    {
        while (underWay.TryDequeue(out (Task Write, RbdBlock Block) write))
        {
            await write.Write.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);   // A failure has been thrown where it counted.
            ((IDisposable)write.Block).Dispose();
        }

        ((IDisposable?)current)?.Dispose();
        current = null;
        await base.DisposeAsync();
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Bytes come asynchronously.");

    private async ValueTask<RbdBlock> NextBlockAsync()
    {
        while (underWay.Count >= MostUnderWay) await LandAsync();
        if (blocks.TryRentLarge() is { } large) return large;
        while (underWay.Count > 0) await LandAsync();   // No room for more at a time than one small block.
        return blocks.Rent();
    }

    private async Task SendAsync()
    {
        RbdBlock block = current!;
        if (sent + block.Length > sizeBytes) await GrowAsync(sent + block.Length);
        current = null;
        Task write = skipZeros && !block.Bytes.Span.ContainsAnyExcept((byte)0) ? Task.CompletedTask : image.WriteAsync(block, sent);
        underWay.Enqueue((write, block));
        sent += block.Length;
    }

    private async Task LandAsync()
    {
        (Task write, RbdBlock block) = underWay.Dequeue();
        try
        {
            await write;
        }
        finally
        {
            ((IDisposable)block).Dispose();
        }
    }

    private Task GrowAsync(long neededBytes)
    {
        long grown = Math.Max(neededBytes, sizeBytes + step);
        step = Math.Min(step * 2, LargestStep);
        return ResizeAsync(grown);
    }

    private async Task ResizeAsync(long bytes)
    {
        await CephCluster.RunAsync(() =>
        {
            image.Resize(bytes);
            return true;
        });
        sizeBytes = bytes;
    }
}
