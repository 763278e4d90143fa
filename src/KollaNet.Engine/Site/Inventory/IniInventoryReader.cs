using System.Text;
using KollaNet.Engine.Site.Variables;
using KollaNet.Engine.Yaml;

namespace KollaNet.Engine.Site.Inventory;

/// <summary>Reads an inventory in Ansible's INI form into a <see cref="HostInventory"/>.</summary>
internal sealed class IniInventoryReader(HostInventory inventory, string source, SiteProblems problems)
{
    private enum Part { Hosts, Children, Variables, Broken }

    private InventoryGroup? group;
    private Part part = Part.Hosts;
    private readonly HashSet<(string Group, string Host)> listed = [];

    /// <summary>Reads the whole file.</summary>
    public void Read(string text)
    {
        string[] lines = text.Split('\n');
        for (int index = 0; index < lines.Length; index++)
        {
            string line = lines[index].TrimEnd('\r', ' ', '\t');
            int start = line.AsSpan().IndexOfAnyExcept(' ', '\t');
            if (start < 0 || line[start] is '#' or ';') continue;
            ReadLine(line[start..], new Place(source, index + 1, start + 1));
        }
    }

    private void ReadLine(string line, Place place)
    {
        if (line[0] == '[' && HeaderEnd(line) is { } end)
        {
            // Read as what was meant, so that the groups below it give no errors of their own.
            if (end == line.Length) problems.Add(place, "the section's name must end with ']'");
            ReadHeader(line[1..end], place);
        }
        else if (part == Part.Hosts) ReadHost(line, place);
        else if (part == Part.Children) ReadChild(line, place);
        else if (part == Part.Variables) ReadVariable(line, place);
    }

    private static int? HeaderEnd(string line)
    {
        int end = line.IndexOf(']', StringComparison.Ordinal);
        string rest = end < 0 ? "" : line[(end + 1)..].TrimStart();
        bool isAddressOrRange = end > 0 && (line[1..end].Contains("::", StringComparison.Ordinal) || (rest.Length > 0 && rest[0] is not ('#' or ';')));
        return isAddressOrRange ? null : end < 0 ? line.Length : end;
    }

    private void ReadHeader(string header, Place place)
    {
        string name = header.Trim();
        int colon = name.IndexOf(':', StringComparison.Ordinal);
        string kind = colon < 0 ? "" : name[(colon + 1)..];
        name = colon < 0 ? name : name[..colon];
        part = kind switch { "" => Part.Hosts, "children" => Part.Children, "vars" => Part.Variables, _ => Part.Broken };
        if (part == Part.Broken)
            problems.Add(place, $"[{header}] is not a section; ':children' and ':vars' are the only endings{Suggestion.Phrase(kind, ["children", "vars"])}");
        else if (name.Length == 0 || name.AsSpan().IndexOfAny(" \t[\"'") >= 0)
        {
            problems.Add(place, $"'{name}' cannot be the name of a group");
            part = Part.Broken;
        }
        if (part == Part.Broken) return;
        group = inventory.Group(name, place with { Column = place.Column + 1 });
        group.IsDeclared |= part != Part.Variables || name is "all" or "ungrouped";
    }

    private void ReadHost(string line, Place place)
    {
        IReadOnlyList<Word>? words = Words(line, place);
        if (words is null or { Count: 0 }) return;
        (string pattern, string? port) = HostPattern.SplitPort(words[0].Text);
        IReadOnlyList<string> names;
        try
        {
            names = HostPattern.Expand(pattern);
        }
        catch (FormatException e)
        {
            problems.Add(place, e.Message);
            return;
        }
        var variables = words.Skip(1).Select(word => Assignment(word.Text, place with { Column = word.Column }, VariableLayer.Host)).OfType<VariableDefinition>().ToList();
        if (port is not null && variables.TrueForAll(v => v.Name != "ansible_port"))
            variables.Add(new VariableDefinition("ansible_port", IniValue.Read(port, place, problems), place, VariableLayer.Host));
        foreach (string name in names) AddHost(name, place, variables);
    }

    private void AddHost(string name, Place place, List<VariableDefinition> variables)
    {
        if (name.Contains('=', StringComparison.Ordinal))
        {
            problems.Add(place, $"'{name}' is not a host; variables of a group belong below [{group?.Name ?? "all"}:vars]");
            return;
        }
        InventoryGroup owner = group ?? inventory.Group("ungrouped", place);
        owner.IsDeclared = true;
        if (!listed.Add((owner.Name, name))) problems.Add(place, $"host '{name}' is already in [{owner.Name}]");
        InventoryHost host = inventory.Host(name, place);
        host.Variables.AddRange(variables);
        if (!owner.Hosts.Contains(name)) owner.Hosts.Add(name);
    }

    private void ReadChild(string line, Place place)
    {
        IReadOnlyList<Word>? words = Words(line, place);
        if (words is null or { Count: 0 }) return;
        if (words.Count > 1) problems.Add(place with { Column = words[1].Column }, $"[{group!.Name}:children] takes one group per line");
        if (!group!.Children.Exists(child => child.Name == words[0].Text)) group.Children.Add((words[0].Text, place));
    }

    private void ReadVariable(string line, Place place)
    {
        if (Assignment(line, place, VariableLayer.Group) is { } variable) group!.Variables.Add(variable);
    }

    private VariableDefinition? Assignment(string text, Place place, VariableLayer layer)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? text : text[..equals].Trim();
        if (equals <= 0)
        {
            problems.Add(place, $"expected name=value, found '{text}'");
            return null;
        }
        string value = text[(equals + 1)..];
        int blanks = value.Length - value.TrimStart().Length;
        return new VariableDefinition(name, IniValue.Read(value.Trim(), place with { Column = place.Column + equals + 1 + blanks }, problems), place, layer);
    }

    private List<Word>? Words(string line, Place place)
    {
        var words = new List<Word>();
        var word = new StringBuilder();
        int start = -1;
        char quote = '\0';
        for (int index = 0; index <= line.Length; index++)
        {
            char c = index < line.Length ? line[index] : ' ';
            if (index == line.Length && quote != '\0')
            {
                problems.Add(place with { Column = place.Column + start }, $"a {quote} is opened and never closed");
                return null;
            }
            if (quote == '\0' && c is (' ' or '\t'))
            {
                if (start >= 0) words.Add(new Word(word.ToString(), place.Column + start));
                start = -1;
                word.Clear();
                continue;
            }
            if (quote == '\0' && c == '#' && start < 0) break;
            if (start < 0) start = index;
            if (quote == '\0' && c is ('"' or '\'')) quote = c;
            else if (c == quote) quote = '\0';
            word.Append(c);
        }
        return words;
    }

    private sealed record Word(string Text, int Column);
}
