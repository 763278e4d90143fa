using System.Collections.Immutable;
using System.Threading.Channels;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Images;

/// <summary>An upload on its way to a store, as the stream the store reads. Behind it the source is read ahead into a few chunks, each hashed while
/// the store writes it; with a single processor all that happens in the store's own reads instead.</summary>
internal sealed class UploadContent : ForwardStream
{
    private readonly Stream source;
    private readonly UploadChunkPool pool;
    private readonly UploadGate gate;
    private readonly ImmutableArray<IContentDigest> digests;
    private readonly CancellationTokenSource stop;
    private readonly SemaphoreSlim slots = new(UploadChunkPool.OwnChunks);
    private readonly Channel<UploadChunk> toStore = NewChannel();
    private readonly ImmutableArray<Channel<UploadChunk>> toDigests;
    private readonly Task receiving;
    private readonly Task hashing;
    private readonly bool inline;
    private UploadChunk? current;
    private int currentOffset;
    private bool ended;

    /// <param name="gate">Sees every byte before anybody else; may refuse.</param>
    /// <param name="processors">1 works without further threads.</param>
    public UploadContent(Stream source, UploadGate gate, ImmutableArray<IContentDigest> digests, UploadChunkPool pool, int processors, CancellationToken cancel)
    {
        (this.source, this.gate, this.digests, this.pool) = (source, gate, digests, pool);
        stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        inline = processors < 2;
        toDigests = inline ? [] : [.. digests.Select(_ => NewChannel())];
        hashing = inline ? Task.CompletedTask : Task.WhenAll(digests.Zip(toDigests, (digest, channel) => Task.Run(() => HashAsync(digest, channel.Reader), CancellationToken.None)));
        receiving = inline ? Task.CompletedTask : Task.Run(ReceiveAsync, CancellationToken.None);
    }

    /// <summary>Waits until the digests have seen the last byte. To be called when the store is done.</summary>
    public Task FinishAsync() => Task.WhenAll(receiving, hashing);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (current is null && !await NextAsync(cancellationToken)) return 0;
        ReadOnlyMemory<byte> left = current!.Bytes[currentOffset..];
        int count = Math.Min(left.Length, buffer.Length);
        left[..count].CopyTo(buffer);
        currentOffset += count;
        if (currentOffset == current.Length) ReleaseCurrent();
        return count;
    }

    /// <summary>Hands whole chunks over, without a copy.</summary>
    public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        while (current is not null || await NextAsync(cancellationToken))
        {
            await destination.WriteAsync(current!.Bytes[currentOffset..], cancellationToken);
            ReleaseCurrent();
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        if (current is not null) ReleaseCurrent();
        await Task.WhenAll(receiving, hashing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);   // Whatever failed has reached the store's read.
        while (toStore.Reader.TryRead(out UploadChunk? chunk)) Release(chunk);
        stop.Dispose();
        slots.Dispose();
        await base.DisposeAsync();
    }

    private static Channel<UploadChunk> NewChannel() =>
        Channel.CreateUnbounded<UploadChunk>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });   // Bounded by the chunks there are.

    private async ValueTask<bool> NextAsync(CancellationToken cancel)
    {
        if (inline) return await FillInlineAsync();
        while (await toStore.Reader.WaitToReadAsync(cancel))
        {
            if (!toStore.Reader.TryRead(out current)) continue;
            currentOffset = 0;
            return true;
        }

        return false;
    }

    private async ValueTask<bool> FillInlineAsync()
    {
        if (ended) return false;
        UploadChunk? chunk = await ReceiveChunkAsync();
        if (chunk is null) return false;
        foreach (IContentDigest digest in digests) digest.Append(chunk.Bytes.Span);
        (current, currentOffset) = (chunk, 0);
        return true;
    }

    private async Task ReceiveAsync()
    {
        Exception? failure = null;
        try
        {
            while (!ended && await ReceiveChunkAsync() is { } chunk)
            {
                chunk.ShareWith(1 + toDigests.Length);
                foreach (Channel<UploadChunk> channel in toDigests) channel.Writer.TryWrite(chunk);
                toStore.Writer.TryWrite(chunk);
            }
        }
        catch (Exception e)
        {
            failure = e;   // Whatever it is: the store's next read throws it.
        }

        foreach (Channel<UploadChunk> channel in toDigests) channel.Writer.TryComplete(failure);
        toStore.Writer.TryComplete(failure);
    }

    /// <summary>Null when there are no more bytes. A slow client's chunk is passed on when full, not when its bytes come.</summary>
    private async Task<UploadChunk?> ReceiveChunkAsync()
    {
        UploadChunk chunk = await RentAsync();
        try
        {
            chunk.Length = 0;
            while (chunk.Length < chunk.Room.Length && !ended)
            {
                int read = await source.ReadAsync(chunk.Room[chunk.Length..], stop.Token);
                gate.Pass(chunk.Room.Span.Slice(chunk.Length, read));
                chunk.Length += read;
                ended = read == 0;
            }

            if (ended) await gate.EndAsync(stop.Token);
        }
        catch
        {
            Release(chunk);
            throw;
        }

        if (chunk.Length > 0) return chunk;
        Release(chunk);
        return null;
    }

    private async Task HashAsync(IContentDigest digest, ChannelReader<UploadChunk> chunks)
    {
        await foreach (UploadChunk chunk in chunks.ReadAllAsync())
        {
            digest.Append(chunk.Bytes.Span);
            Release(chunk);
        }
    }

    private void ReleaseCurrent()
    {
        UploadChunk done = current!;
        current = null;
        Release(done);
    }

    private async ValueTask<UploadChunk> RentAsync()
    {
        if (slots.Wait(0, CancellationToken.None)) return pool.Rent();
        if (pool.TryBorrow() is { } borrowed) return borrowed;
        await slots.WaitAsync(stop.Token);
        return pool.Rent();
    }

    private void Release(UploadChunk chunk)
    {
        bool isOwn = !chunk.IsBorrowed;
        if (chunk.Release() && isOwn) slots.Release();
    }
}
