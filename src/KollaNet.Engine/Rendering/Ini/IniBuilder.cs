namespace KollaNet.Engine.Rendering.Ini;

/// <summary>Gathers sections and keys, each at its first appearance.</summary>
internal sealed class IniBuilder
{
    private readonly OrderedDictionary<string, OrderedDictionary<string, List<string?>>> sections = new(StringComparer.Ordinal);

    public OrderedDictionary<string, List<string?>> Section(string name)
    {
        if (!sections.TryGetValue(name, out OrderedDictionary<string, List<string?>>? section))
            sections[name] = section = new OrderedDictionary<string, List<string?>>(StringComparer.Ordinal);
        return section;
    }

    public void Add(string section, string key, string? value)
    {
        OrderedDictionary<string, List<string?>> entries = Section(section);
        if (entries.TryGetValue(key, out List<string?>? values)) values.Add(value);
        else entries[key] = [value];
    }

    public void Override(IniDocument document)
    {
        foreach (IniSection section in document.Sections)
        {
            OrderedDictionary<string, List<string?>> entries = Section(section.Name);
            foreach (IniEntry entry in section.Entries) entries[entry.Key] = [.. entry.Values];
        }
    }

    /// <summary>What stands before the first section comes first, wherever it was added.</summary>
    public IniDocument Build() => new([.. sections
        .OrderBy(section => section.Key.Length == 0 ? 0 : 1)
        .Select(section => new IniSection(section.Key, [.. section.Value.Select(entry => new IniEntry(entry.Key, [.. entry.Value]))]))]);
}
