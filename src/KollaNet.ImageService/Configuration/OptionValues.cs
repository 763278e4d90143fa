using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace KollaNet.ImageService.Configuration;

/// <summary>All configuration files as one: later files win, multi-valued options collect. Problems are gathered, not thrown, so that all are reported at once.</summary>
internal sealed partial class OptionValues(IReadOnlyList<IniEntry> entries, ICollection<string> problems)
{
    private readonly ILookup<(string, string), IniEntry> byName =
        entries.ToLookup(entry => (entry.Section.ToUpperInvariant(), entry.Name));

    /// <summary>The option's value; its fallback when unset, empty where that means unset, or wrong (then also a problem).</summary>
    /// <param name="section">For options of a store's own section.</param>
    public T Get<T>(Option<T> option, string? section = null)
    {
        IniEntry? entry = Entries(option, section).LastOrDefault();
        return entry is null ? option.Fallback : Parse(option, entry, option.Fallback);
    }

    /// <summary>Every value of a multi-valued option, in order.</summary>
    public IReadOnlyList<T> GetAll<T>(Option<T> option, string? section = null) =>
        [.. Entries(option, section).Select(entry => Parse(option, entry, option.Fallback))];

    /// <summary>Whether any file sets it.</summary>
    public bool Has(OptionDefinition option, string? section = null) => Entries(option, section).Count > 0;

    private List<IniEntry> Entries(OptionDefinition option, string? section)
    {
        string place = (section ?? option.Section).ToUpperInvariant();
        foreach (string name in option.OlderNames.Prepend(option.Name))
        {
            List<IniEntry> found = [.. byName[(place, name)]];
            if (found.Count > 0) return found;
        }

        return [];
    }

    private T Parse<T>(Option<T> option, IniEntry entry, T fallback)
    {
        string text = Substitute(entry.Value, entry.Section, depth: 0);

        // oslo.config reads "name =" as empty text or an empty list; for anything else the only sensible meaning is "not set".
        if (text.Length == 0) return fallback is string or ImmutableArray<string> ? option.Parse(text) : fallback;
        try
        {
            return option.Parse(text);
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            string problem = $"{entry.File}:{entry.Line}: [{entry.Section}] {entry.Name}: '{text}' {e.Message}";
            if (!problems.Contains(problem)) problems.Add(problem);   // Some options are read more than once.
            return fallback;
        }
    }

    /// <summary><c>$name</c>, <c>${name}</c> and <c>$section.name</c> become that option's value; <c>$$</c> becomes <c>$</c>; a name that nothing sets
    /// stays as it is, so that a password with a dollar sign survives.</summary>
    private string Substitute(string text, string section, int depth)
    {
        if (!text.Contains('$') || depth > 16) return text;
        return Reference().Replace(text, match =>
        {
            if (match.Value == "$$") return "$";
            string name = match.Groups["name"].Value;
            int dot = name.IndexOf('.');
            string? value = dot < 0 ? Find(section, name, depth) ?? Find("DEFAULT", name, depth) : Find(name[..dot], name[(dot + 1)..], depth);
            return value ?? match.Value;
        });
    }

    private string? Find(string section, string name, int depth)
    {
        IniEntry? entry = byName[(section.ToUpperInvariant(), name)].LastOrDefault();
        if (entry is not null) return Substitute(entry.Value, entry.Section, depth + 1);
        return GlanceOptionCatalog.Find(section, name)?.Default;
    }

    [GeneratedRegex(@"\$\$|\$(?<name>[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)?)|\$\{(?<name>[A-Za-z_][A-Za-z0-9_.]*)\}")]
    private static partial Regex Reference();
}
