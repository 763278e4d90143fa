namespace KollaNet.Bench.Processes;

/// <summary>The most memory a process tree had while this object lived, looked at four times a second.</summary>
internal sealed class MemoryPeak : IDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly Thread watching;
    private Memory peak;

    public MemoryPeak(ProcessTree processes)
    {
        watching = new Thread(() =>
        {
            do peak = Memory.Max(peak, processes.ReadMemory());
            while (!stop.Token.WaitHandle.WaitOne(250));
        });
        watching.Start();
    }

    /// <summary>Ends the watch.</summary>
    public Memory Finish()
    {
        stop.Cancel();
        watching.Join();
        return peak;
    }

    public void Dispose()
    {
        Finish();
        stop.Dispose();
    }
}
