namespace KollaNet.Engine.Running;

/// <summary>Hands events on one at a time, on the thread they come from.</summary>
internal sealed class OrderedProgress(IProgress<RunEvent>? to) : IProgress<RunEvent>
{
    private readonly Lock gate = new();

    /// <inheritdoc/>
    public void Report(RunEvent value)
    {
        if (to is null) return;
        lock (gate) to.Report(value);
    }
}
