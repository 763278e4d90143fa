using System.Collections.Immutable;
using System.Text;

namespace KollaNet.Engine.Rendering.Ini;

/// <summary>One key of a section.</summary>
/// <param name="Key">As written; case matters.</param>
/// <param name="Values">One for each time the source gives the key, in its order. Lines of one value are joined by <c>\n</c>;
/// quotes belong to the value; null for a key that stands alone.</param>
public sealed record IniEntry(string Key, ImmutableArray<string?> Values);

/// <summary>One section, its keys in order of first appearance.</summary>
/// <param name="Name">Without brackets; empty for what stands before the first section.</param>
public sealed record IniSection(string Name, ImmutableArray<IniEntry> Entries);

/// <summary>The sections and keys of an INI file, without its comments. Immutable.</summary>
public sealed class IniDocument
{
    internal IniDocument(ImmutableArray<IniSection> sections) => Sections = sections;

    /// <summary>In order of first appearance.</summary>
    public ImmutableArray<IniSection> Sections { get; }

    /// <summary>Reads a file's text.</summary>
    /// <param name="text">The text, with any line ends.</param>
    /// <param name="source">The file as the operator would name it.</param>
    /// <param name="dialect">Whose rules hold.</param>
    /// <exception cref="IniException">It cannot be read; names the place.</exception>
    public static IniDocument Parse(string text, string source, IniDialect dialect = IniDialect.Oslo) => new IniReader(source, dialect).Read(text);

    /// <summary>Puts documents over each other: a later one that has a key replaces all earlier values of that key. Sections and keys stay where they first appeared.</summary>
    /// <param name="weak">What the others override.</param>
    /// <param name="strong">Overrides, weakest first.</param>
    public static IniDocument Merge(IniDocument weak, params ReadOnlySpan<IniDocument> strong)
    {
        var builder = new IniBuilder();
        builder.Override(weak);
        foreach (IniDocument document in strong) builder.Override(document);
        return builder.Build();
    }

    /// <summary>All values of a key, in order; empty when the key is not there.</summary>
    public ImmutableArray<string?> Find(string section, string key)
    {
        foreach (IniSection candidate in Sections)
        {
            if (candidate.Name != section) continue;
            foreach (IniEntry entry in candidate.Entries)
            {
                if (entry.Key == key) return entry.Values;
            }
        }
        return [];
    }

    /// <summary>The document as a file: <c>[section]</c> and <c>key = value</c> lines, a blank line between sections.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (IniSection section in Sections)
        {
            if (text.Length > 0) text.Append('\n');
            if (section.Name.Length > 0) text.Append('[').Append(section.Name).Append("]\n");
            foreach (IniEntry entry in section.Entries)
            {
                foreach (string? value in entry.Values) Write(text, entry.Key, value);
            }
        }
        return text.ToString();
    }

    private static void Write(StringBuilder text, string key, string? value)
    {
        text.Append(key);
        if (value is null)
        {
            text.Append('\n');
            return;
        }
        string[] lines = value.Split('\n');
        text.Append(lines[0].Length > 0 ? " = " : " =").Append(lines[0]).Append('\n');
        foreach (string line in lines.AsSpan(1)) text.Append(' ', key.Length + 3).Append(line).Append('\n');
    }
}
