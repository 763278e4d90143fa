using System.Collections.Immutable;
using KollaNet.Bench.Processes;
using KollaNet.Bench.Results;
using KollaNet.Bench.Wire;

namespace KollaNet.Bench.Workloads;

/// <summary>Uploads by one or several clients, each an image of its own; the images are deleted after each round.</summary>
internal sealed class Upload(int clients, int sizeMiB, string file, Aim aim) : Workload
{
    public override ImmutableArray<Figure> Figures { get; } = [new($"upload-{clients}", $"upload, {clients} × {sizeMiB} MiB at once", "MiB/s", "MiB", aim)];

    public override ImmutableArray<Reading> Run(Session session)
    {
        using var control = new HttpConnection(session.Target.Url);
        string[] ids = [.. Enumerable.Range(0, clients).Select(i => session.Create(control, $"bench-upload-{i}"))];
        Disk.Settle();
        ProcessTree? service = session.Target.FindProcesses();
        using MemoryPeak? peak = service is null ? null : new MemoryPeak(service);
        var meter = new Meter(service, session.Shared);
        Clients.RunAll(clients, session.Target.Url, (i, connection) => session.Upload(connection, ids[i], file, sizeMiB * 1024L * 1024));
        Reading reading = meter.Finish((double)clients * sizeMiB);
        if (peak is not null) session.PeakUnderLoad = Memory.Max(session.PeakUnderLoad, peak.Finish());
        foreach (string id in ids) session.Delete(control, id);
        return [reading];
    }
}
