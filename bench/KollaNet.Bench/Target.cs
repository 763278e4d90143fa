using KollaNet.Bench.Processes;

namespace KollaNet.Bench;

/// <summary>One service under test, as given on the command line: <c>NAME=URL[,container=C|,pid=P][,database=URL]</c>.</summary>
/// <param name="Container">Its container; its processes are measured, and it can be restarted.</param>
/// <param name="Pid">Its first process, where there is no container.</param>
/// <param name="Database">Its database as <c>mysql+pymysql://…</c>, for seeding rows.</param>
internal sealed record Target(string Name, Uri Url, string? Container, int? Pid, string? Database)
{
    /// <exception cref="FormatException">Says what the shape should be.</exception>
    public static Target Parse(string text)
    {
        string[] parts = text.Split(',');
        int equals = parts[0].IndexOf('=');
        if (equals < 1 || !Uri.TryCreate(parts[0][(equals + 1)..].TrimEnd('/'), UriKind.Absolute, out Uri? url) || url.Scheme != Uri.UriSchemeHttp)
            throw new FormatException($"'{parts[0]}' is not NAME=http://HOST:PORT");
        var target = new Target(parts[0][..equals], url, null, null, null);
        return parts.Skip(1).Aggregate(target, (so, part) => part.Split('=', 2) switch
        {
            ["container", var name] => so with { Container = name },
            ["pid", var pid] => so with { Pid = int.Parse(pid) },
            ["database", var database] => so with { Database = database },
            _ => throw new FormatException($"'{part}' is not container=…, pid=… or database=…"),
        });
    }

    /// <summary>What it runs now; found again each time, as a restart changes it. Null when it is not known.</summary>
    public ProcessTree? FindProcesses() => Container is { } name ? ProcessTree.OfContainer(name) : Pid is { } pid ? new ProcessTree(pid) : null;
}
