using KollaNet.Bench.Results;
using KollaNet.Bench.Workloads;

namespace KollaNet.Bench;

/// <summary>The same list of 25 with few and with many images in one database: A is the small one, B the large one.</summary>
internal sealed class ManyRows(Session session, int rows, int few, int connections, TimeSpan window, int rounds, Action<string> say)
{
    private static readonly (string Id, string Title, Func<int, string> Path)[] Lists =
    [
        ("rows-plain", "list 25", _ => "/v2/images?limit=25"),
        ("rows-marker", "list 25, deep marker", count => $"/v2/images?limit=25&marker={RowSeeder.MarkerAt(Deep(count))}"),
        ("rows-filters", "list 25, filters, deep marker", count => $"/v2/images?limit=25&status=active&visibility=public&disk_format=qcow2&size_min=1000&marker={RowSeeder.MarkerAt(Deep(count))}"),
    ];

    /// <summary>Far down, with enough left for every list to be full.</summary>
    private static int Deep(int count) => count - Math.Max(count / 10, Math.Min(count, 300));

    public async Task<IReadOnlyList<Comparison>> RunAsync(CancellationToken cancel)
    {
        if (session.Target.Database is not { } url || session.Login.ProjectId is not { } project)
            throw new InvalidOperationException("--rows needs database=URL of the last target, and OS_* variables in place of --token.");
        await using var seeder = new RowSeeder(url, project);
        Comparison[] comparisons = [.. Lists.Select(list => new Comparison(new Figure(list.Id, $"{list.Title}, {connections} connections: {few:N0} and {rows:N0} rows", "req/s", "request", new Aim(Ratio: 0.5))))];
        await seeder.SeedAsync(0, few, cancel);
        Measure(few, comparison => comparison.A);
        say($"seeding {rows:N0} rows");
        await seeder.SeedAsync(few, rows, cancel);
        Measure(rows, comparison => comparison.B);
        return comparisons;

        void Measure(int count, Func<Comparison, List<Reading>> into)
        {
            for (int round = 0; round < rounds; round++)
            {
                foreach ((Comparison comparison, var list) in comparisons.Zip(Lists))
                {
                    var requests = new Requests(comparison.Figure, connections, window, _ => [list.Path(count)]);
                    if (round == 0) requests.Prepare(session);
                    Reading reading = requests.Run(session)[0];
                    into(comparison).Add(reading);
                    say($"  {count,10:N0} rows, {list.Title}: {reading.Value:0.##} req/s");
                }
            }
        }
    }
}
