using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using KollaNet.Engine.Yaml;

namespace KollaNet.Engine.Planning;

/// <summary>Merges YAML mappings and writes them.</summary>
internal static class YamlText
{
    /// <summary>The stronger mapping over the weaker one; mappings inside are merged too, everything else is replaced.</summary>
    public static YamlMap Merge(YamlMap weak, YamlMap strong)
    {
        ImmutableArray<YamlEntry>.Builder entries = weak.Entries.ToBuilder();
        foreach (YamlEntry entry in strong.Entries)
        {
            int at = entries.ToImmutable().IndexOf(entries.FirstOrDefault(old => old.Key == entry.Key)!);
            if (at < 0) entries.Add(entry);
            else if (entries[at].Value is YamlMap old && entry.Value is YamlMap over) entries[at] = entries[at] with { Value = Merge(old, over) };
            else entries[at] = entry;
        }
        return weak with { Entries = entries.ToImmutable() };
    }

    /// <summary>The mapping in block style, texts always quoted.</summary>
    public static string Of(YamlMap map)
    {
        var text = new StringBuilder();
        Write(text, map, 0);
        return text.ToString();
    }

    private static void Write(StringBuilder text, YamlMap map, int indent)
    {
        foreach (YamlEntry entry in map.Entries)
        {
            text.Append(' ', indent).Append(Quote(entry.Key)).Append(':');
            WriteValue(text, entry.Value, indent + 2);
        }
    }

    private static void WriteValue(StringBuilder text, YamlNode node, int indent)
    {
        switch (node)
        {
            case YamlMap { Entries.IsEmpty: false } map:
                text.Append('\n');
                Write(text, map, indent);
                break;
            case YamlMap:
                text.Append(" {}\n");
                break;
            case YamlList { Items.IsEmpty: false } list:
                text.Append('\n');
                foreach (YamlNode item in list.Items)
                {
                    text.Append(' ', indent).Append('-');
                    WriteValue(text, item, indent + 2);
                }
                break;
            case YamlList:
                text.Append(" []\n");
                break;
            case YamlScalar scalar:
                text.Append(' ').Append(Scalar(scalar.Value)).Append('\n');
                break;
        }
    }

    private static string Scalar(object? value) => value switch
    {
        null => "null",
        bool truth => truth ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => Quote(value.ToString() ?? ""),
    };

    private static string Quote(string value) => $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(value)}\"";
}
