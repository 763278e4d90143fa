using System.Globalization;

namespace KollaNet.Bench.Processes;

/// <summary>Memory of a process tree.</summary>
/// <param name="RssBytes">Sum over the processes; what they share counts once for each.</param>
/// <param name="PssBytes">Sum over the processes; what they share is divided among them.</param>
internal readonly record struct Memory(long RssBytes, long PssBytes)
{
    public static Memory Max(Memory a, Memory b) => new(Math.Max(a.RssBytes, b.RssBytes), Math.Max(a.PssBytes, b.PssBytes));
}

/// <summary>A process and everything it started, measured from outside through <c>/proc</c>. Source: proc(5).</summary>
internal sealed class ProcessTree(int root)
{
    private const double TicksPerSecond = 100;

    public static ProcessTree OfContainer(string name)
    {
        int pid = int.Parse(Docker.Run("inspect", "--format", "{{.State.Pid}}", name), CultureInfo.InvariantCulture);
        return pid > 0 ? new ProcessTree(pid) : throw new InvalidOperationException($"Container {name} does not run.");
    }

    /// <summary>Processor seconds used so far, those of children that ended included.</summary>
    public double CpuSeconds() => Members().Sum(fields => fields[13..17].Sum(ticks => double.Parse(ticks, CultureInfo.InvariantCulture))) / TicksPerSecond;

    public Memory ReadMemory() => Members().Select(fields => new Memory(KiB($"/proc/{fields[0]}/status", "VmRSS:"), KiB($"/proc/{fields[0]}/smaps_rollup", "Pss:")))
        .Aggregate(default(Memory), (sum, one) => new Memory(sum.RssBytes + one.RssBytes, sum.PssBytes + one.PssBytes));

    /// <summary>The stat lines of the tree's processes; field numbers as in proc(5), less one.</summary>
    private List<string[]> Members()
    {
        ILookup<string, string[]> byParent = Directory.GetDirectories("/proc").Where(folder => char.IsAsciiDigit(folder[6])).Select(ReadStat).OfType<string[]>().ToLookup(fields => fields[3]);
        List<string[]> found = [.. ReadStat($"/proc/{root}") is { } first ? [first] : Array.Empty<string[]>()];
        for (int i = 0; i < found.Count; i++) found.AddRange(byParent[found[i][0]]);
        return found;
    }

    private static string[]? ReadStat(string folder)
    {
        try
        {
            string line = File.ReadAllText(folder + "/stat");
            int name = line.IndexOf('('), end = line.LastIndexOf(')');
            return [line[..(name - 1)], line[name..(end + 1)], .. line[(end + 2)..].TrimEnd().Split(' ')];
        }
        catch (IOException)
        {
            return null;   // It ended meanwhile.
        }
    }

    private static long KiB(string file, string key)
    {
        try
        {
            string? line = File.ReadLines(file).FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line[key.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) * 1024;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
