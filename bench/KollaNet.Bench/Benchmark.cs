using System.Collections.Immutable;
using KollaNet.Bench.Results;
using KollaNet.Bench.Workloads;

namespace KollaNet.Bench;

/// <summary>The run: rounds in which each workload goes to A, then to B, the next time the other way round, so that what else the machine does hits both.</summary>
internal sealed class Benchmark(BenchOptions options, Session a, Session b, Target? fileServer, Action<string> say)
{
    private readonly ImmutableArray<Workload> workloads = Choose(options);
    private readonly Dictionary<string, Comparison> results = [];
    private readonly List<Comparison> limits = [];

    public IReadOnlyList<Comparison> Figures => [.. results.Values];

    public IReadOnlyList<Comparison> LimitFigures => limits;

    /// <summary>B beside what the machine allows, of the same rounds.</summary>
    public IReadOnlyList<Comparison> AgainstLimits => [.. workloads.OfType<Download>().Select(download => AgainstFileServer(download.Figures[0])).OfType<Comparison>(), .. AgainstCeiling()];

    public void Run()
    {
        foreach (Session session in new[] { a, b }) Prepare(session);
        for (int round = 0; round < options.Rounds; round++)
        {
            say($"round {round + 1} of {options.Rounds}, load {File.ReadAllText("/proc/loadavg").Split(' ')[0]}");
            foreach (Workload workload in workloads) RunOnBoth(workload, aFirst: round % 2 == 0);
            if (options.Only.Contains("none")) continue;
            MeasureLimits();
        }

        AddPeaks();
        foreach (Session session in new[] { a, b }) session.Clear();
    }

    private static ImmutableArray<Workload> Choose(BenchOptions options)
    {
        int connections = options.Connections;
        TimeSpan window = options.Window;
        Workload[] all =
        [
            new ColdStart(options.ColdStart),
            new Upload(1, options.SizeMiB, options.DataFile, new Aim(Ratio: 1.7, CpuRatio: 1)),
            new Upload(options.Clients, options.ManySizeMiB, options.ManyDataFile, new Aim(Ratio: 1.15)),
            new Download(1, options.SizeMiB, options.DataFile, new Aim(Ratio: 1)),
            new Download(options.Clients, options.ManySizeMiB, options.ManyDataFile, new Aim(Ratio: 1)),
            Of("show", "show one image, of all in turn", connections, new Aim(Ratio: 20, P99Ratio: 0.1), session => session.Images.Select(id => $"/v2/images/{id}")),
            Of("list-25", $"list 25 of {options.Images}", connections, new Aim(Ratio: 20), _ => ["/v2/images?limit=25"]),
            Of("list-turn", $"list 25 of {options.Images}, another page each time", connections, Aim.None, session => session.Images.Select(id => $"/v2/images?limit=25&marker={id}")),
            Of("list-all", $"list {options.Images}", 4, new Aim(Ratio: 20), _ => [$"/v2/images?limit={options.Images}"]),
            Of("list-deep", $"list 25 of {options.Images}, filters, deep marker", connections, Aim.None, session => [$"/v2/images?limit=25&status=queued&disk_format=raw&marker={session.Images[session.Images.Count / 10]}"]),
            new CreateAndDelete(connections, window),
        ];
        string[] unknown = [.. options.Only.Where(id => id != "none" && !all.Any(workload => workload.Figures.Any(figure => figure.Id == id)))];
        if (unknown.Length > 0) throw new FormatException($"--only {string.Join(' ', unknown)}: there are {string.Join(' ', all.SelectMany(workload => workload.Figures).Select(figure => figure.Id))}, and none");
        return [.. all.Where(workload => options.Only.IsEmpty || workload.Figures.Any(figure => options.Only.Contains(figure.Id)))];

        Requests Of(string id, string title, int count, Aim aim, Func<Session, IEnumerable<string>> paths) =>
            new(new Figure(id, $"{title}, {count} connections", "req/s", "request", aim), count, window, paths);
    }

    private void Prepare(Session session)
    {
        say($"preparing {session.Target.Name}: {options.Images} images");
        session.Clear();
        using (var connection = new Wire.HttpConnection(session.Target.Url))
        {
            for (int i = 0; i < options.Images; i++) session.Images.Add(session.Create(connection, $"bench-{i}", ",\"min_ram\":64,\"os_distro\":\"debian\",\"os_version\":\"12\",\"hw_disk_bus\":\"virtio\""));
        }

        foreach (Workload workload in workloads) workload.Prepare(session);
    }

    private void RunOnBoth(Workload workload, bool aFirst)
    {
        foreach (Session session in aFirst ? new[] { a, b } : [b, a])
        {
            ImmutableArray<Reading> readings = workload.Run(session);
            foreach ((Figure figure, Reading reading) in workload.Figures.Zip(readings).Where(pair => double.IsFinite(pair.Second.Value))) Add(figure, session, reading);
        }

        if (fileServer is null || workload is not Download download) return;
        Reading served = download.RunStatic(fileServer);
        Limit(Limits.Of("nginx-" + download.Figures[0].Id, $"{fileServer.Name}: {download.Figures[0].Title}")).B.Add(served);
    }

    private void Add(Figure figure, Session session, Reading reading)
    {
        if (!results.TryGetValue(figure.Id, out Comparison? comparison)) results[figure.Id] = comparison = new Comparison(figure);
        (session == a ? comparison.A : comparison.B).Add(reading);
        say($"  {session.Target.Name,-10} {figure.Title}: {reading.Value:0.##} {figure.Unit}");
    }

    private void MeasureLimits()
    {
        if (options.ColdStart && b.Target.Container is { } container && workloads.Any(workload => workload is ColdStart)) Limit(EmptyContainer.Figure).B.Add(EmptyContainer.Measure(container));
        if (!workloads.Any(workload => workload is Upload or Download)) return;
        foreach ((Figure figure, Func<BenchOptions, Reading> measure) in Limits.All) Limit(figure).B.Add(measure(options));
    }

    private Comparison? AgainstFileServer(Figure figure)
    {
        if (limits.Find(limit => limit.Figure.Id == "nginx-" + figure.Id) is not { } served || !results.TryGetValue(figure.Id, out Comparison? ours)) return null;
        var comparison = new Comparison(figure with { Id = figure.Id + "-limit", Title = $"{figure.Title}: against {fileServer!.Name}", Aim = new Aim(Ratio: 1, CpuRatio: 1.4) });
        comparison.A.AddRange(served.B);
        comparison.B.AddRange(ours.B);
        return comparison;
    }

    /// <summary>No upload can pass its MD5, nor the processors that server and client share.</summary>
    private IEnumerable<Comparison> AgainstCeiling()
    {
        if (!results.TryGetValue("upload-1", out Comparison? ours) || limits.Find(limit => limit.Figure.Id == "md5") is not { } md5) yield break;
        double md5Rate = Comparison.Median(md5.B, reading => reading.Value)!.Value;
        var comparison = new Comparison(ours.Figure with { Id = "upload-1-limit", Title = $"{ours.Figure.Title}: against MD5 and processors", Aim = new Aim(Ratio: 0.85) });
        comparison.A.AddRange(ours.B.Select(reading => new Reading(Math.Min(md5Rate, Environment.ProcessorCount * 1000 / (reading.ServerCpuMs + reading.ClientCpuMs ?? 1)))));
        comparison.B.AddRange(ours.B);
        yield return comparison;
    }

    private Comparison Limit(Figure figure)
    {
        if (limits.Find(known => known.Figure.Id == figure.Id) is { } found) return found;
        var made = new Comparison(figure);
        limits.Add(made);
        return made;
    }

    private void AddPeaks()
    {
        if (a.PeakUnderLoad == default || b.PeakUnderLoad == default) return;
        var rss = new Figure("memory-load-rss", "most memory in uploads and downloads, RSS", "MiB", "", new Aim(Ratio: 0.25), LessIsBetter: true);
        foreach (Session session in new[] { a, b })
        {
            Add(rss, session, new Reading(session.PeakUnderLoad.RssBytes / 1048576.0));
            Add(rss with { Id = "memory-load-pss", Title = "most memory in uploads and downloads, PSS", Aim = Aim.None }, session, new Reading(session.PeakUnderLoad.PssBytes / 1048576.0));
        }
    }
}
