using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace KollaNet.ImageService.Stores.Rbd;

/// <summary>Memory for bytes under way to or from the cluster, shared by all transfers: whole objects while the budget lasts, and for each transfer at
/// least one small block of its own, so that none waits for another's slow client.</summary>
/// <param name="largeBytes">An object of the cluster.</param>
/// <param name="mostLarge">The budget.</param>
internal sealed class RbdBlocks(int largeBytes, int mostLarge)
{
    private const int SmallBytes = 1024 * 1024, MostKept = 4;

    private readonly ConcurrentStack<RbdBlock> kept = new();
    private int rented;

    /// <summary>A large block; null when the budget is used up.</summary>
    public RbdBlock? TryRentLarge()
    {
        if (Interlocked.Increment(ref rented) <= mostLarge) return kept.TryPop(out RbdBlock? block) ? block : new RbdBlock(largeBytes, this);
        Interlocked.Decrement(ref rented);
        return null;
    }

    /// <summary>A large block, or a small one of the caller's own.</summary>
    public RbdBlock Rent() => TryRentLarge() ?? new RbdBlock(Math.Min(SmallBytes, largeBytes), null);

    /// <summary>Takes a large block back.</summary>
    public void Return(RbdBlock block)
    {
        Interlocked.Decrement(ref rented);
        if (kept.Count < MostKept) kept.Push(block);
        else block.Free();
    }
}

/// <summary>Bytes outside the managed heap, which Ceph's threads may touch until their call is done. Dispose gives them back.</summary>
internal sealed unsafe class RbdBlock : MemoryManager<byte>
{
    private readonly RbdBlocks? pool;
    private readonly int size;

    /// <param name="pool">Null for a block of nobody's.</param>
    public RbdBlock(int size, RbdBlocks? pool)
    {
        (this.size, this.pool) = (size, pool);
        Address = (nint)NativeMemory.Alloc((nuint)size);
    }

    /// <summary>Where the bytes are.</summary>
    public nint Address { get; private set; }

    /// <summary>Bytes of it that count.</summary>
    public int Length { get; set; }

    /// <summary>Room that is left.</summary>
    public Memory<byte> Room => Memory[Length..];

    /// <summary>The bytes that count.</summary>
    public ReadOnlyMemory<byte> Bytes => Memory[..Length];

    public override Span<byte> GetSpan() => new((void*)Address, size);

    public override MemoryHandle Pin(int elementIndex = 0) => new((byte*)Address + elementIndex);

    public override void Unpin()
    {
    }

    /// <summary>Gives the memory back to the system.</summary>
    public void Free()
    {
        NativeMemory.Free((void*)Address);
        Address = 0;
    }

    protected override void Dispose(bool disposing)
    {
        Length = 0;
        if (pool is null) Free();
        else pool.Return(this);
    }
}
