using System.Diagnostics;
using KollaNet.Bench.Processes;
using KollaNet.Bench.Results;

namespace KollaNet.Bench.Workloads;

/// <summary>Time and processor time from its making to <see cref="Finish"/>.</summary>
internal sealed class Meter
{
    private readonly ProcessTree? service, shared;
    private readonly double? serviceBefore, sharedBefore;
    private readonly double clientBefore = Client();
    private readonly long started;

    public Meter(ProcessTree? service, ProcessTree? shared)
    {
        (this.service, this.shared) = (service, shared);
        (serviceBefore, sharedBefore) = (service?.CpuSeconds(), shared?.CpuSeconds());
        started = Stopwatch.GetTimestamp();
    }

    /// <param name="units">Requests or MiB done.</param>
    public Reading Finish(double units)
    {
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return new Reading(
            units / seconds, 1000 * (service?.CpuSeconds() - serviceBefore) / units, 1000 * (shared?.CpuSeconds() - sharedBefore) / units, 1000 * (Client() - clientBefore) / units);
    }

    private static double Client() => Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds;
}
