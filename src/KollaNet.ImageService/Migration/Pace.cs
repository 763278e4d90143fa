namespace KollaNet.ImageService.Migration;

/// <summary>Counts bytes, and holds them back to a rate. Shared by all copies that run.</summary>
/// <param name="bytesPerSecond">Null for no limit.</param>
internal sealed class Pace(long? bytesPerSecond, TimeProvider clock)
{
    private readonly Lock gate = new();
    private long spent;
    private DateTimeOffset free;

    /// <summary>All bytes so far.</summary>
    public long Spent => Volatile.Read(ref spent);

    /// <summary>Waits until so many more bytes may have passed.</summary>
    public async ValueTask SpendAsync(int bytes, CancellationToken cancel)
    {
        Interlocked.Add(ref spent, bytes);
        if (bytesPerSecond is not { } limit) return;
        TimeSpan wait;
        lock (gate)
        {
            DateTimeOffset now = clock.GetUtcNow();
            free = (free > now ? free : now) + TimeSpan.FromSeconds((double)bytes / limit);
            wait = free - now;
        }

        await Task.Delay(wait, clock, cancel);
    }
}
