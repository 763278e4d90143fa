using System.Collections.Immutable;
using KollaNet.Bench.Results;

namespace KollaNet.Bench.Workloads;

/// <summary>Small GETs, one after the other and again from the start, on several connections.</summary>
/// <param name="paths">Of a session's own images.</param>
internal sealed class Requests(Figure figure, int connections, TimeSpan window, Func<Session, IEnumerable<string>> paths) : Workload
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);

    public override ImmutableArray<Figure> Figures { get; } = [figure];

    public override void Prepare(Session session) => Run(session, WarmUp);

    public override ImmutableArray<Reading> Run(Session session) => [Run(session, window)];

    private Reading Run(Session session, TimeSpan time)
    {
        byte[][] requests = [.. paths(session).Select(session.Get)];
        int next = -1;
        var meter = new Meter(session.Target.FindProcesses(), session.Shared);
        double[] latencies = Clients.Repeat(connections, session.Target.Url, time, connection =>
        {
            session.Expect(connection.Send(requests[(uint)Interlocked.Increment(ref next) % requests.Length]), 200);
            return true;
        });
        return meter.Finish(latencies.Length) with { P50Ms = Clients.Percentile(latencies, 0.5), P99Ms = Clients.Percentile(latencies, 0.99) };
    }
}
