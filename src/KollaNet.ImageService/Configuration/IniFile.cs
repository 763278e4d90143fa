namespace KollaNet.ImageService.Configuration;

/// <summary>One <c>name = value</c> with where it stands.</summary>
internal sealed record IniEntry(string Section, string Name, string Value, string File, int Line);

/// <summary>Reads oslo.config's INI dialect: <c>=</c> or <c>:</c>, comments on lines of their own, continuation lines that start with white space.
/// Where oslo.config stops at an indented line that continues nothing (as Ceph's tools write them), it is read as if not indented.</summary>
internal static class IniFile
{
    /// <param name="problems">Receives one sentence, with file and line, for everything that could not be read.</param>
    public static IReadOnlyList<IniEntry> Parse(string file, IEnumerable<string> lines, ICollection<string> problems)
    {
        var entries = new List<IniEntry>();
        string? section = null;
        bool mayContinue = false;
        int number = 0;
        foreach (string raw in lines)
        {
            number++;
            string line = raw.Trim();
            if (line.Length == 0 || line[0] is '#' or ';')
            {
                mayContinue &= line.Length > 0;
                continue;
            }

            if (mayContinue && char.IsWhiteSpace(raw[0])) entries[^1] = entries[^1] with { Value = $"{entries[^1].Value}\n{line}" };
            else if (line[0] == '[') (section, mayContinue) = (ReadSection(file, number, line, problems) ?? section, false);
            else mayContinue = ReadEntry(file, number, line, section, entries, problems);
        }

        return [.. entries.Select(entry => entry with { Value = Unquote(entry.Value) })];
    }

    private static string? ReadSection(string file, int number, string line, ICollection<string> problems)
    {
        int end = line.LastIndexOf(']');   // The last: sections of property protections are regular expressions.
        if (end > 1) return line[1..end].Trim();
        problems.Add($"{file}:{number}: '{line}' is not a section header; write [name]");
        return null;
    }

    private static bool ReadEntry(string file, int number, string line, string? section, List<IniEntry> entries, ICollection<string> problems)
    {
        int separator = line.AsSpan().IndexOfAny('=', ':');
        if (separator <= 0)
        {
            // The line may hold half of a secret: name the place, do not quote it.
            problems.Add($"{file}:{number}: neither a section, a comment nor name = value");
            return false;
        }

        string name = line[..separator].Trim();
        if (section is null)
        {
            problems.Add($"{file}:{number}: {name} stands before the first section");
            return false;
        }

        entries.Add(new IniEntry(section, name, line[(separator + 1)..].Trim(), file, number));
        return true;
    }

    private static string Unquote(string value) =>
        value.Length > 1 && value[0] is '"' or '\'' && value[^1] == value[0] ? value[1..^1] : value;
}
