namespace KollaNet.ImageService.Stores;

/// <summary>How long a backend may make no progress. Its token ends what waits for the backend; time in which others are waited for does not count.</summary>
internal sealed class Patience : IDisposable
{
    private readonly TimeSpan limit;
    private readonly CancellationToken caller;
    private readonly CancellationTokenSource ends;

    public Patience(TimeSpan limit, CancellationToken cancel)
    {
        (this.limit, caller) = (limit, cancel);
        ends = CancellationTokenSource.CreateLinkedTokenSource(cancel);
    }

    /// <summary>For every call that waits for the backend.</summary>
    public CancellationToken Token => ends.Token;

    /// <summary>True when the backend took too long; false when the caller left.</summary>
    public bool RanOut => ends.IsCancellationRequested && !caller.IsCancellationRequested;

    /// <summary>From now on the backend is waited for, all over again.</summary>
    public void Begin() => ends.CancelAfter(limit);

    /// <summary>The backend did its part.</summary>
    public void Rest() => ends.CancelAfter(Timeout.InfiniteTimeSpan);

    /// <summary>What to tell when it ran out.</summary>
    public TimeoutException Explain(Exception inner) => new($"No progress within {limit.TotalSeconds:0} s.", inner);

    public void Dispose() => ends.Dispose();
}
