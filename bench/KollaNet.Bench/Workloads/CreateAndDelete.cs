using System.Collections.Concurrent;
using System.Collections.Immutable;
using KollaNet.Bench.Results;

namespace KollaNet.Bench.Workloads;

/// <summary>Creates images without data for a while, then deletes them all.</summary>
internal sealed class CreateAndDelete(int connections, TimeSpan window) : Workload
{
    private const int AtMost = 4000;

    public override ImmutableArray<Figure> Figures { get; } =
    [
        new("create", $"create metadata, {connections} connections", "req/s", "request", new Aim(Ratio: 10)),
        new("delete", $"delete metadata, {connections} connections", "req/s", "request", new Aim(Ratio: 10)),
    ];

    public override void Prepare(Session session) => Run(session, TimeSpan.FromSeconds(1));

    public override ImmutableArray<Reading> Run(Session session) => Run(session, window);

    private ImmutableArray<Reading> Run(Session session, TimeSpan time)
    {
        var ids = new ConcurrentQueue<string>();
        byte[] create = session.CreateRequest("bench-metadata", ",\"os_distro\":\"debian\"");
        Reading created = Measure(session, time, connection =>
        {
            if (ids.Count >= AtMost) return false;
            ids.Enqueue(Session.IdOf(session.Expect(connection.Send(create), 201)));
            return true;
        });
        Reading deleted = Measure(session, TimeSpan.MaxValue, connection =>
        {
            if (!ids.TryDequeue(out string? id)) return false;
            session.Delete(connection, id);
            return true;
        });
        return [created, deleted];
    }

    private Reading Measure(Session session, TimeSpan time, Func<Wire.HttpConnection, bool> one)
    {
        var meter = new Meter(session.Target.FindProcesses(), session.Shared);
        double[] latencies = Clients.Repeat(connections, session.Target.Url, time, one);
        return meter.Finish(latencies.Length) with { P50Ms = Clients.Percentile(latencies, 0.5), P99Ms = Clients.Percentile(latencies, 0.99) };
    }
}
