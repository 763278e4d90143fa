using System.Collections.Concurrent;

namespace KollaNet.ImageService.Images;

/// <summary>A piece of an upload that several readers look at; goes back to its pool after the last one.</summary>
internal sealed class UploadChunk(UploadChunkPool pool)
{
    private readonly byte[] block = GC.AllocateUninitializedArray<byte>(UploadChunkPool.ChunkBytes, pinned: true);
    private int readers;

    /// <summary>Bytes that count.</summary>
    public int Length { get; set; }

    /// <summary>Taken from what all uploads share, and not from its upload's own.</summary>
    public bool IsBorrowed { get; set; }

    /// <summary>All of it, for filling.</summary>
    public Memory<byte> Room => block;

    /// <summary>The bytes that count.</summary>
    public ReadOnlyMemory<byte> Bytes => block.AsMemory(0, Length);

    /// <summary>To be called before anybody may <see cref="Release"/>.</summary>
    public void ShareWith(int readerCount) => readers = readerCount;

    /// <returns>True for the last reader.</returns>
    public bool Release()
    {
        if (Interlocked.Decrement(ref readers) > 0) return false;
        pool.Return(this);   // From here on it may be another upload's.
        return true;
    }
}

/// <summary>Chunks for all uploads of the process. Each upload has a few that nobody takes from it, and as many more as others leave of those that all share:
/// one upload alone reads far ahead, a hundred take little more than their own.</summary>
internal sealed class UploadChunkPool
{
    /// <summary>Stays in a core's second-level cache while three readers look at it, and is large enough that the hand-overs do not count.</summary>
    public const int ChunkBytes = 128 * 1024;

    /// <summary>Of each upload: one being filled, one for each reader, one on its way.</summary>
    public const int OwnChunks = 5;

    private const int SharedChunks = 24, MostKept = 64;
    private readonly ConcurrentStack<UploadChunk> free = new();   // Last in, first out: warm in the cache.
    private int borrowed;

    /// <summary>A chunk of the caller's own; it counts them.</summary>
    public UploadChunk Rent() => Rent(isBorrowed: false);

    /// <summary>A chunk of those that all share; null when they are in use.</summary>
    public UploadChunk? TryBorrow()
    {
        if (Interlocked.Increment(ref borrowed) <= SharedChunks) return Rent(isBorrowed: true);
        Interlocked.Decrement(ref borrowed);
        return null;
    }

    public void Return(UploadChunk chunk)
    {
        if (chunk.IsBorrowed) Interlocked.Decrement(ref borrowed);
        if (free.Count < MostKept) free.Push(chunk);
    }

    private UploadChunk Rent(bool isBorrowed)
    {
        UploadChunk chunk = free.TryPop(out UploadChunk? kept) ? kept : new UploadChunk(this);
        chunk.ShareWith(1);
        chunk.IsBorrowed = isBorrowed;
        return chunk;
    }
}
