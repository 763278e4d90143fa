using System.Globalization;
using System.Text.RegularExpressions;

namespace KollaNet.Engine.Site.Inventory;

/// <summary>A host as an inventory writes it: <c>node[01:03].example:2222</c>. Source: Ansible, "How to build your inventory", ranges of hosts.</summary>
internal static partial class HostPattern
{
    private const int MostHosts = 100_000;

    /// <summary>Takes a port off the end.</summary>
    public static (string Hosts, string? Port) SplitPort(string text)
    {
        Match match = WithPort().Match(text);
        if (!match.Success) return (text, null);
        string hosts = match.Groups["hosts"].Value;
        return (hosts.StartsWith('[') && hosts.EndsWith(']') && !Range().IsMatch(hosts) ? hosts[1..^1] : hosts, match.Groups["port"].Value);
    }

    /// <summary>Every name a pattern stands for, in order.</summary>
    /// <exception cref="FormatException">Says what is wrong with a range.</exception>
    public static IReadOnlyList<string> Expand(string pattern)
    {
        Match range = Range().Match(pattern);
        if (!range.Success)
        {
            return pattern.AsSpan().IndexOfAny('[', ']') < 0 || pattern.Contains("::", StringComparison.Ordinal) ? [pattern]
                : throw new FormatException($"'{pattern}' is not a host; a range is written [01:20] or [a:f]");
        }
        string before = pattern[..range.Index], after = pattern[(range.Index + range.Length)..];
        var names = new List<string>();
        IReadOnlyList<string> rest = Expand(after);
        foreach (string middle in Values(range))
        {
            names.AddRange(rest.Select(end => before + middle + end));
            if (names.Count > MostHosts) throw new FormatException($"'{pattern}' stands for more than {MostHosts} hosts");
        }
        return names;
    }

    private static IEnumerable<string> Values(Match range)
    {
        string first = range.Groups["first"].Value is "" ? "0" : range.Groups["first"].Value, last = range.Groups["last"].Value;
        int step = range.Groups["step"].Success ? int.Parse(range.Groups["step"].Value, CultureInfo.InvariantCulture) : 1;
        if (step == 0) throw new FormatException($"'{range.Value}' counts in steps of 0");
        if (int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out int from) && int.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out int to))
        {
            if (first.Length > 1 && first[0] == '0' && first.Length != last.Length)
                throw new FormatException($"'{range.Value}': both ends need the same number of digits");
            string format = first.Length > 1 && first[0] == '0' ? "D" + first.Length : "D";
            return from <= to ? Numbers(from, to, step, format) : throw new FormatException($"'{range.Value}' ends before it starts");
        }
        if (first.Length != 1 || last.Length != 1 || !char.IsAsciiLetter(first[0]) || !char.IsAsciiLetter(last[0]))
            throw new FormatException($"'{range.Value}' is neither a range of numbers nor of single letters");
        return first[0] <= last[0] ? Letters(first[0], last[0], step) : throw new FormatException($"'{range.Value}' ends before it starts");
    }

    private static IEnumerable<string> Numbers(int from, int to, int step, string format)
    {
        for (long value = from; value <= to; value += step) yield return value.ToString(format, CultureInfo.InvariantCulture);
    }

    private static IEnumerable<string> Letters(char from, char to, int step)
    {
        for (int value = from; value <= to; value += step) yield return ((char)value).ToString();
    }

    [GeneratedRegex(@"\[(?<first>\w*):(?<last>\w+)(:(?<step>\d{1,6}))?\]")]
    private static partial Regex Range();

    [GeneratedRegex(@"^(?<hosts>(\[[0-9a-fA-F:.]+\]|[^:\[\]]|\[\w*:\w+(:\d+)?\])+):(?<port>\d+)$")]
    private static partial Regex WithPort();
}
