using System.Text.RegularExpressions;
using KollaNet.Engine.Yaml;

namespace KollaNet.Engine.Site.Passwords;

/// <summary>The text of a <c>passwords.yml</c> as the lines of its keys, so that one key changes and all else stays byte for byte.</summary>
internal sealed partial class PasswordText
{
    private readonly List<string> lines;
    private readonly List<Block> blocks = [];

    /// <summary>Reads a text.</summary>
    /// <exception cref="SiteInvalidException">It is not a mapping with one key per line.</exception>
    public PasswordText(string text, string source)
    {
        lines = [.. text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n')];
        if (lines is [""]) lines.Clear();
        var problems = new List<SiteProblem>();
        YamlMap map = YamlReader.ReadMap(text, source, problems);
        foreach (YamlEntry entry in map.Entries.Where(entry => entry.Place.Column != 1))
            problems.Add(new SiteProblem(entry.Place.ToString(), $"key '{entry.Key}' must start its line, or the file cannot be edited"));
        if (problems.Count > 0) throw new SiteInvalidException([.. problems]);
        for (int index = 0; index < map.Entries.Length; index++)
        {
            int start = map.Entries[index].Place.Line - 1;
            int end = index + 1 < map.Entries.Length ? map.Entries[index + 1].Place.Line - 1 : lines.Count;
            while (end > start + 1 && IsBetweenKeys(lines[end - 1])) end--;
            blocks.Add(new Block(map.Entries[index].Key, map.Entries[index].Value, start, end));
        }
    }

    /// <summary>The keys in the order of the file.</summary>
    public IEnumerable<string> Keys => blocks.Select(block => block.Key);

    /// <summary>The keys that have no value.</summary>
    public IEnumerable<string> EmptyKeys => blocks.Where(block => IsEmpty(block.Value)).Select(block => block.Key);

    /// <summary>The lines of a key; null when there is no such key.</summary>
    public string? Find(string key) => blocks.Find(block => block.Key == key) is { } block ? string.Join('\n', lines.GetRange(block.Start, block.End - block.Start)) : null;

    /// <summary>The text with some keys' lines replaced (null: taken out) and others added at the end.</summary>
    public string With(IReadOnlyDictionary<string, string?> replaced, IEnumerable<string> added)
    {
        var result = new List<string>();
        int next = 0;
        foreach (Block block in blocks)
        {
            result.AddRange(lines.GetRange(next, block.Start - next));
            if (!replaced.TryGetValue(block.Key, out string? text)) result.AddRange(lines.GetRange(block.Start, block.End - block.Start));
            else if (text is not null) result.Add(text + Comment(block));
            next = block.End;
        }
        result.AddRange(lines.GetRange(next, lines.Count - next));
        result.AddRange(added);
        return result.Count == 0 ? "" : string.Join('\n', result) + "\n";
    }

    /// <summary>A comment behind an empty value stays where it fits on the line of the new one.</summary>
    private string Comment(Block block)
    {
        Match match = EmptyWithComment().Match(lines[block.Start]);
        return match.Success && block.End == block.Start + 1 && IsEmpty(block.Value) && block.Value is YamlScalar ? match.Groups["comment"].Value : "";
    }

    private static bool IsBetweenKeys(string line) => line.Length == 0 || line[0] == '#' || string.IsNullOrWhiteSpace(line);

    private static bool IsEmpty(YamlNode value) => value switch
    {
        YamlScalar scalar => scalar.Value is null or "",
        YamlMap map => map.Entries.All(entry => entry.Key is "private_key" or "public_key" && IsEmpty(entry.Value)),
        _ => false,
    };

    private sealed record Block(string Key, YamlNode Value, int Start, int End);

    [GeneratedRegex("""^[^:]+:\s*?(~|null|Null|NULL|""|'')?(?<comment>\s+\#.*)$""")]
    private static partial Regex EmptyWithComment();
}
