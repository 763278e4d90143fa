using KollaNet.MariaDb.Protocol;

namespace KollaNet.MariaDb.Pool;

/// <summary>Keeps logged-in sessions for the next caller. Callers who find none free are served in the order they came.</summary>
internal sealed class SessionPool(MariaDbSettings settings) : IAsyncDisposable
{
    private static readonly TimeSpan TrustedIdleTime = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly Stack<Session> idle = new();   // the last used first, as the likeliest to be warm
    private readonly Queue<TaskCompletionSource<Session?>> waiting = new();
    private int places;   // sessions that exist, are being opened, or are lent
    private bool disposed;

    public MariaDbSettings Settings => settings;

    public (int Open, int Idle) Count
    {
        get
        {
            lock (gate) return (places, idle.Count);
        }
    }

    /// <summary>Takes an idle session that still lives, or opens a new one; waits while all are lent.</summary>
    /// <exception cref="MariaDbException">None became free, or none could be opened, within <see cref="MariaDbSettings.ConnectTimeout"/>.</exception>
    public async ValueTask<Session> RentAsync(CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        Session? session = await TakePlaceAsync(cancel);
        try
        {
            while (session is not null && !await IsUsableAsync(session, cancel))
            {
                await session.DisposeAsync();
                session = TakeIdle();
            }
            return session ?? await Session.ConnectAsync(settings, cancel);
        }
        catch
        {
            session?.Break();
            GiveBack(null);
            throw;
        }
    }

    /// <summary>Takes a session back, cleaned of what its user left; one that cannot be used again is closed.</summary>
    public async ValueTask ReturnAsync(Session session)
    {
        bool keep = session.NeedsCleaning ? await session.CleanAsync() : session.CanBeReused;
        session.IdleSince = Environment.TickCount64;
        if (!keep)
            await session.DisposeAsync();
        if (!GiveBack(keep ? session : null) && keep)
            await session.DisposeAsync();
    }

    /// <summary>Closes the idle sessions; those that are lent are closed when they come back.</summary>
    public async ValueTask DisposeAsync()
    {
        List<Session> closing = [];
        lock (gate)
        {
            disposed = true;
            closing.AddRange(idle);
            idle.Clear();
            while (waiting.TryDequeue(out TaskCompletionSource<Session?>? waiter))
                waiter.TrySetException(new ObjectDisposedException(nameof(MariaDbDataSource)));
        }
        foreach (Session session in closing)
            await session.DisposeAsync();
    }

    /// <returns>An idle session, or null as the permission to open one.</returns>
    private ValueTask<Session?> TakePlaceAsync(CancellationToken cancel)
    {
        TaskCompletionSource<Session?> waiter;
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, typeof(MariaDbDataSource));
            if (idle.TryPop(out Session? session))
                return new(session);
            if (places < settings.MaxPoolSize)
            {
                places++;
                return new((Session?)null);
            }
            waiter = new TaskCompletionSource<Session?>(TaskCreationOptions.RunContinuationsAsynchronously);
            waiting.Enqueue(waiter);
        }
        return new(WaitAsync(waiter, cancel));
    }

    private async Task<Session?> WaitAsync(TaskCompletionSource<Session?> waiter, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(settings.ConnectTimeout);
        // Whoever settles the waiter first wins: a session handed over at this very moment is not lost.
        using CancellationTokenRegistration registration = limit.Token.UnsafeRegister(static waiter => ((TaskCompletionSource<Session?>)waiter!).TrySetCanceled(), waiter);
        try
        {
            return await waiter.Task;
        }
        catch (OperationCanceledException)
        {
            cancel.ThrowIfCancellationRequested();
            throw new MariaDbException(0, "HY000",
                $"All {settings.MaxPoolSize} connections to MariaDB at {settings.Address} stayed in use for {settings.ConnectTimeout.TotalSeconds:0.#} s.", isTransient: true);
        }
    }

    private static async ValueTask<bool> IsUsableAsync(Session session, CancellationToken cancel)
    {
        bool trusted = Environment.TickCount64 - session.IdleSince < TrustedIdleTime.TotalMilliseconds && !session.HasNews();
        return trusted || await session.IsAliveAsync(cancel);
    }

    private Session? TakeIdle()
    {
        lock (gate)
        {
            if (!idle.TryPop(out Session? session))
                return null;
            places--;   // the caller holds a place already, for the session that it found dead
            return session;
        }
    }

    /// <summary>Passes a session, or null for the place of one that is gone, to who waits longest.</summary>
    /// <returns>False: the pool is closed and takes nothing.</returns>
    private bool GiveBack(Session? session)
    {
        lock (gate)
        {
            while (waiting.TryDequeue(out TaskCompletionSource<Session?>? waiter))
            {
                if (waiter.TrySetResult(session))
                    return true;
            }
            if (session is null || disposed)
                places--;
            else
                idle.Push(session);
            return !disposed;
        }
    }
}
