namespace KollaNet.ImageService.Migration;

/// <summary>Counts bytes, and holds them back to a rate.</summary>
/// <param name="bytesPerSecond">Null for no limit.</param>
internal sealed class Pace(long? bytesPerSecond, TimeProvider clock)
{
    private long spent;
    private DateTimeOffset free;

    /// <summary>All bytes so far.</summary>
    public long Spent => Volatile.Read(ref spent);

    /// <summary>Waits until so many more bytes may have passed. By one reader at a time.</summary>
    public async ValueTask SpendAsync(int bytes, CancellationToken cancel)
    {
        Interlocked.Add(ref spent, bytes);
        if (bytesPerSecond is not { } limit) return;
        DateTimeOffset now = clock.GetUtcNow();
        free = (free > now ? free : now) + TimeSpan.FromSeconds((double)bytes / limit);
        if (free > now) await Task.Delay(free - now, clock, cancel);
    }
}
