using System.Collections.Concurrent;

namespace KollaNet.ImageService.Stores.S3;

/// <summary>Memory for parts of uploads, shared by all of a store. Each upload may have one part; more only while fewer than so many are on their way.</summary>
internal sealed class PartBuffers(long partBytes, int mostOnTheirWay) : IDisposable
{
    private readonly ConcurrentBag<byte[]> free = [];
    private readonly SemaphoreSlim slots = new(mostOnTheirWay);

    /// <summary>Takes a slot for a part to be sent while the next is read; false when all are taken, and the part has to be sent first.</summary>
    public bool TryTakeSlot() => slots.Wait(0);

    public void ReturnSlot() => slots.Release();

    public byte[] Rent(long bytes) => bytes <= partBytes && free.TryTake(out byte[]? kept) ? kept : GC.AllocateUninitializedArray<byte>((int)bytes);

    public void Return(byte[] buffer)
    {
        if (buffer.Length == partBytes && free.Count < mostOnTheirWay) free.Add(buffer);
    }

    public void Dispose() => slots.Dispose();
}
