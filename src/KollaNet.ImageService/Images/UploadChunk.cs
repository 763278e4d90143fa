using System.Collections.Concurrent;

namespace KollaNet.ImageService.Images;

/// <summary>A piece of an upload that several readers look at; goes back to its pool after the last one.</summary>
internal sealed class UploadChunk(UploadChunkPool pool)
{
    private readonly byte[] block = GC.AllocateUninitializedArray<byte>(UploadChunkPool.ChunkBytes, pinned: true);
    private int readers;

    /// <summary>Bytes that count.</summary>
    public int Length { get; set; }

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
        pool.Return(this);
        return true;
    }
}

/// <summary>Chunks for all uploads of the process.</summary>
internal sealed class UploadChunkPool
{
    /// <summary>Stays in a core's second-level cache while three readers look at it, and is large enough that the hand-overs do not count.</summary>
    public const int ChunkBytes = 256 * 1024;

    private const int MostKept = 256;
    private readonly ConcurrentStack<UploadChunk> free = new();   // Last in, first out: warm in the cache.

    public UploadChunk Rent()
    {
        UploadChunk chunk = free.TryPop(out UploadChunk? kept) ? kept : new UploadChunk(this);
        chunk.ShareWith(1);
        return chunk;
    }

    public void Return(UploadChunk chunk)
    {
        if (free.Count < MostKept) free.Push(chunk);
    }
}
