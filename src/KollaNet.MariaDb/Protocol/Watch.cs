namespace KollaNet.MariaDb.Protocol;

/// <summary>Why a running command was told to stop.</summary>
internal enum StopReason
{
    None,
    Canceled,
    TimedOut,
}

/// <summary>Watches over one command at a time of one session, and has the server stop it when its token is cancelled or its time is up.</summary>
/// <param name="killAsync">Asks the server to stop the command; returns whether it agreed.</param>
/// <param name="abort">Breaks the session, for when asking does not help.</param>
internal sealed class Watch(Func<CancellationToken, Task<bool>> killAsync, Action abort) : IDisposable
{
    // How long the server may take to stop a command before the connection is given up.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private Timer? timer;
    private CancellationTokenRegistration registration;
    private TaskCompletionSource? ended;
    private Task<bool>? kill;
    private StopReason reason;
    private bool active;
    private long due = long.MaxValue;        // when the running command times out
    private long wakesAt = long.MaxValue;    // when the timer fires; it is not moved for every command

    public void Begin(TimeSpan timeout, CancellationToken cancel)
    {
        lock (gate)
        {
            active = true;
            reason = StopReason.None;
            due = timeout > TimeSpan.Zero ? Environment.TickCount64 + (long)timeout.TotalMilliseconds : long.MaxValue;
            if (due < wakesAt)
                WakeAt(due);
        }
        if (cancel.CanBeCanceled)
            registration = cancel.UnsafeRegister(static watch => ((Watch)watch!).Stop(StopReason.Canceled), this);
    }

    /// <summary>The command ended, one way or the other. Returns when nothing can hit the next one any more.</summary>
    /// <returns>Why it was told to stop, if it was, and whether the server was reached with that.</returns>
    public ValueTask<(StopReason Reason, bool Delivered)> EndAsync()
    {
        registration.Dispose();   // waits for a callback that is running
        registration = default;
        lock (gate)
        {
            active = false;
            if (kill is null)
                return new((StopReason.None, false));
        }
        return StoppedAsync();
    }

    public void Dispose()
    {
        lock (gate)
            timer?.Dispose();
    }

    private async ValueTask<(StopReason Reason, bool Delivered)> StoppedAsync()
    {
        ended!.SetResult();
        bool delivered = await kill!;
        kill = null;
        return (reason, delivered);
    }

    private void Stop(StopReason why)
    {
        lock (gate)
        {
            if (!active || kill is not null)
                return;
            reason = why;
            ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Task over = ended.Task;
            kill = Task.Run(() => StopOnServerAsync(over));
        }
    }

    private async Task<bool> StopOnServerAsync(Task over)
    {
        using var grace = new CancellationTokenSource(Grace);
        bool delivered = false;
        try
        {
            delivered = await killAsync(grace.Token);
            if (delivered)
                await over.WaitAsync(grace.Token);
        }
        catch (OperationCanceledException)
        {
            delivered = false;
        }
        if (!delivered)
            abort();
        return delivered;
    }

    private void WakeAt(long tick)
    {
        wakesAt = tick;
        var delay = TimeSpan.FromMilliseconds(Math.Max(0, tick - Environment.TickCount64));
        if (timer is null)
            timer = new Timer(static watch => ((Watch)watch!).OnTimer(), this, delay, Timeout.InfiniteTimeSpan);
        else
            timer.Change(delay, Timeout.InfiniteTimeSpan);
    }

    private void OnTimer()
    {
        lock (gate)
        {
            wakesAt = long.MaxValue;
            if (!active || due == long.MaxValue)
                return;
            if (Environment.TickCount64 < due)
            {
                WakeAt(due);
                return;
            }
            Stop(StopReason.TimedOut);   // still inside the lock, so that it meets the command that is late
        }
    }
}
