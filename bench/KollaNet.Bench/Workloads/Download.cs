using System.Collections.Immutable;
using KollaNet.Bench.Processes;
using KollaNet.Bench.Results;
using KollaNet.Bench.Wire;

namespace KollaNet.Bench.Workloads;

/// <summary>Downloads of one image by one or several clients, thrown away by the client's kernel.</summary>
internal sealed class Download(int clients, int sizeMiB, string file, Aim aim) : Workload
{
    public override ImmutableArray<Figure> Figures { get; } = [new($"download-{clients}", $"download, {clients} × {sizeMiB} MiB at once", "MiB/s", "MiB", aim)];

    public override void Prepare(Session session)
    {
        if (session.DataImages.ContainsKey(sizeMiB)) return;
        using var connection = new HttpConnection(session.Target.Url);
        string id = session.Create(connection, $"bench-data-{sizeMiB}");
        session.Upload(connection, id, file, sizeMiB * 1024L * 1024);
        session.DataImages[sizeMiB] = id;
    }

    public override ImmutableArray<Reading> Run(Session session)
    {
        byte[] request = session.Get($"/v2/images/{session.DataImages[sizeMiB]}/file");
        ProcessTree? service = session.Target.FindProcesses();
        using MemoryPeak? peak = service is null ? null : new MemoryPeak(service);
        Reading reading = Measure(session.Target.Url, request, service, session.Shared);
        if (peak is not null) session.PeakUnderLoad = Memory.Max(session.PeakUnderLoad, peak.Finish());
        return [reading];
    }

    /// <summary>The same of a plain file server.</summary>
    public Reading RunStatic(Target server) => Measure(server.Url, HttpConnection.Request("GET", server.Url, server.Url.AbsolutePath, "none"), server.FindProcesses(), null);

    private Reading Measure(Uri server, byte[] request, ProcessTree? service, ProcessTree? shared)
    {
        long bytes = 0;
        var meter = new Meter(service, shared);
        Clients.RunAll(clients, server, (_, connection) =>
        {
            Answer answer = connection.Send(request);
            if (answer.Status != 200) throw new InvalidOperationException($"{server} answered {answer.Status} to a download.");
            Interlocked.Add(ref bytes, answer.BodyBytes);
        });
        return meter.Finish(bytes / 1048576.0);
    }
}
