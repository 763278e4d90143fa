using System.Collections.Immutable;
using System.Diagnostics;
using System.Net.Sockets;
using KollaNet.Bench.Processes;
using KollaNet.Bench.Results;
using KollaNet.Bench.Wire;

namespace KollaNet.Bench.Workloads;

/// <summary>From <c>docker start</c> to the first answer, and the memory a while after.</summary>
internal sealed class ColdStart(bool restarts) : Workload
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(3);

    public override ImmutableArray<Figure> Figures { get; } =
    [
        new("cold-start", "container start to first answer", "s", "", new Aim(Value: 0.25), LessIsBetter: true),
        new("memory-idle-rss", "memory idle, RSS", "MiB", "", new Aim(Ratio: 0.25), LessIsBetter: true),
        new("memory-idle-pss", "memory idle, PSS", "MiB", "", Aim.None, LessIsBetter: true),
    ];

    public override ImmutableArray<Reading> Run(Session session)
    {
        double seconds = double.NaN;
        if (restarts && session.Target.Container is { } container)
        {
            Docker.Run("stop", "--time", "20", container);
            long started = Stopwatch.GetTimestamp();
            Docker.Run("start", container);
            WaitForAnswer(session.Target.Url);
            seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        }

        using (var connection = new HttpConnection(session.Target.Url)) session.Expect(connection.Send(session.Get("/v2/images?limit=1")), 200);
        Thread.Sleep(Quiet);
        Memory memory = session.Target.FindProcesses()?.ReadMemory() ?? default;
        return [new Reading(seconds), new Reading(memory.RssBytes / 1048576.0), new Reading(memory.PssBytes / 1048576.0)];
    }

    private static void WaitForAnswer(Uri server)
    {
        byte[] request = HttpConnection.Request("GET", server, "/", "none");
        long started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                using var connection = new HttpConnection(server);
                connection.Send(request);
                return;
            }
            catch (Exception e) when (e is SocketException or EndOfStreamException && Stopwatch.GetElapsedTime(started).TotalSeconds < 60)
            {
                Thread.Sleep(2);
            }
        }
    }
}
