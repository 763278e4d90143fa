using System.Collections.Immutable;
using KollaNet.Engine.Site;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace KollaNet.Engine.Yaml;

/// <summary>Reads one YAML document into nodes that know their places. Problems are collected, not thrown.</summary>
public sealed class YamlReader
{
    private readonly string source;
    private readonly List<SiteProblem> problems;
    private readonly Dictionary<AnchorName, YamlNode> anchors = [];
    private readonly Parser parser;

    private YamlReader(string text, string source, List<SiteProblem> problems)
    {
        this.source = source;
        this.problems = problems;
        parser = new Parser(new StringReader(text));
    }

    /// <summary>Reads <paramref name="text"/>, adding what is wrong with it to <paramref name="problems"/>.</summary>
    /// <returns>Null when the text holds nothing, or cannot be read at all.</returns>
    public static YamlNode? Read(string text, string source, List<SiteProblem> problems)
    {
        try
        {
            return new YamlReader(text, source, problems).ReadDocument();
        }
        catch (YamlException e)
        {
            problems.Add(YamlProblems.Of(text, source, (int)e.Start.Line, (int)e.Start.Column, e.Message));
        }
        catch (InvalidOperationException)
        {
            // YamlDotNet's scanner lets this one out for an unclosed flow sequence followed by a key.
            problems.Add(new SiteProblem(source, YamlProblems.NeverClosed(text)));
        }
        return null;
    }

    /// <summary>As <see cref="Read"/>, where only a mapping will do.</summary>
    /// <returns>An empty mapping when the text holds nothing or is wrong.</returns>
    public static YamlMap ReadMap(string text, string source, List<SiteProblem> problems)
    {
        YamlNode? node = Read(text, source, problems);
        if (node is YamlMap map) return map;
        if (node is not null and not YamlScalar { Value: null })
            problems.Add(new SiteProblem(node.Place.ToString(), $"expected 'key: value' lines, found {node.Kind}"));
        return new YamlMap(new Place(source, 1, 1), []);
    }

    private YamlNode? ReadDocument()
    {
        parser.Consume<StreamStart>();
        if (parser.TryConsume<StreamEnd>(out _)) return null;
        parser.Consume<DocumentStart>();
        YamlNode node = ReadNode();
        parser.Consume<DocumentEnd>();
        if (parser.TryConsume<DocumentStart>(out DocumentStart? second))
            Report(PlaceOf(second.Start), "a second document ('---') starts here; a configuration file holds one");
        return node;
    }

    private YamlNode ReadNode()
    {
        if (parser.TryConsume<AnchorAlias>(out AnchorAlias? alias)) return FindAnchor(alias);
        if (parser.TryConsume<Scalar>(out Scalar? scalar)) return Remember(scalar, ReadScalar(scalar));
        if (parser.TryConsume<SequenceStart>(out SequenceStart? sequence)) return Remember(sequence, ReadList(sequence));
        MappingStart mapping = parser.Consume<MappingStart>();
        return Remember(mapping, ReadMapping(mapping));
    }

    private YamlNode FindAnchor(AnchorAlias alias)
    {
        if (anchors.TryGetValue(alias.Value, out YamlNode? node)) return node;
        Report(PlaceOf(alias.Start), $"'*{alias.Value}' names an anchor that is not defined above");
        return new YamlScalar(PlaceOf(alias.Start), "", null, false);
    }

    private YamlNode Remember(NodeEvent start, YamlNode node)
    {
        if (!start.Anchor.IsEmpty) anchors[start.Anchor] = node;
        return node;
    }

    private YamlScalar ReadScalar(Scalar scalar)
    {
        Place place = PlaceOf(scalar.Start);
        string tag = scalar.Tag.IsEmpty ? "" : scalar.Tag.Value;
        if (tag == "!vault") Report(place, "values encrypted with ansible-vault are not supported; write the value itself into a file with mode 0600");
        bool plain = scalar.Style == ScalarStyle.Plain && tag.Length == 0;
        object? value = plain ? YamlScalars.Resolve(scalar.Value) : tag.EndsWith(":null", StringComparison.Ordinal) ? null : scalar.Value;
        return new YamlScalar(place, scalar.Value, value, tag is not ("!unsafe" or "!vault"))
        {
            TextPlace = scalar.Style switch
            {
                ScalarStyle.SingleQuoted or ScalarStyle.DoubleQuoted => place with { Column = place.Column + 1 },
                ScalarStyle.Literal or ScalarStyle.Folded => new Place(source, place.Line + 1, 1),
                _ => place,
            },
        };
    }

    private YamlList ReadList(SequenceStart start)
    {
        var items = ImmutableArray.CreateBuilder<YamlNode>();
        while (!parser.TryConsume<SequenceEnd>(out _)) items.Add(ReadNode());
        return new YamlList(PlaceOf(start.Start), items.ToImmutable());
    }

    private YamlMap ReadMapping(MappingStart start)
    {
        var entries = new List<YamlEntry>();
        var merges = new List<YamlNode>();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            Place place = PlaceOf(parser.Current!.Start);
            YamlNode key = ReadNode();
            YamlNode value = ReadNode();
            if (key is not YamlScalar { Text: var name })
                Report(place, "a value that starts with '{{' needs quotes around it: \"{{ … }}\"");
            else if (name == "<<")
                merges.Add(value);
            else if (entries.Find(entry => entry.Key == name) is { } first)
                Report(place, $"key '{name}' is already set in line {first.Place.Line}");
            else
                entries.Add(new YamlEntry(name, place, value));
        }
        foreach (YamlNode merge in merges) Merge(entries, merge);
        return new YamlMap(PlaceOf(start.Start), [.. entries]);
    }

    private void Merge(List<YamlEntry> entries, YamlNode merged)
    {
        foreach (YamlNode part in merged is YamlList list ? list.Items : [merged])
        {
            if (part is YamlMap map)
                entries.AddRange(map.Entries.Where(entry => !entries.Exists(own => own.Key == entry.Key)));
            else
                Report(part.Place, $"'<<' merges mappings, and this is {part.Kind}");
        }
    }

    private Place PlaceOf(Mark mark) => new(source, (int)mark.Line, (int)mark.Column);

    private void Report(Place place, string problem) => problems.Add(new SiteProblem(place.ToString(), problem));
}
