using System.Collections.Immutable;
using KollaNet.Engine.Site;
using KollaNet.Engine.Yaml;

namespace KollaNet.Engine.Services;

/// <summary>One mapping of a <c>service.yml</c>: keys are taken by name, and what is left over is a mistake.</summary>
internal sealed class ServiceFields(YamlMap map, string what, SiteProblems problems)
{
    private readonly HashSet<string> taken = new(StringComparer.Ordinal);

    /// <summary>Where the mapping starts.</summary>
    public Place Place => map.Place;

    /// <summary>The node of a key; null when it is missing or empty.</summary>
    public YamlNode? Find(string key)
    {
        taken.Add(key);
        return map.Find(key) is { } node and not YamlScalar { Value: null } ? node : null;
    }

    /// <summary>A value of any shape.</summary>
    public Templated? Any(string key) => Find(key) is { } node ? Templated.Of(node) : null;

    /// <summary>A single value; a missing one is reported and stands empty.</summary>
    public Templated Required(string key)
    {
        if (Single(key) is { } value) return value;
        if (map.Find(key) is null or YamlScalar) problems.Add(Place, $"{what} needs '{key}'");
        return new Templated("", Place.Source, Place.Line, Place.Column);
    }

    /// <summary>A value of any shape; a missing one is reported and stands empty.</summary>
    public Templated RequiredAny(string key)
    {
        if (Any(key) is { } value) return value;
        problems.Add(Place, $"{what} needs '{key}'");
        return new Templated("", Place.Source, Place.Line, Place.Column);
    }

    /// <summary>A single value; null when it is missing.</summary>
    public Templated? Single(string key)
    {
        if (Find(key) is not { } node) return null;
        if (node is YamlScalar) return Templated.Of(node);
        problems.Add(node.Place, $"'{key}' is {node.Kind}; {what} takes one value here");
        return null;
    }

    /// <summary>A single value that cannot be a template.</summary>
    public string? Plain(string key)
    {
        if (Single(key) is not { } value) return null;
        if (value.Text.Contains("{{", StringComparison.Ordinal)) problems.Add(new Place(value.Source, value.Line, value.Column), $"'{key}' cannot be a template");
        return value.Text;
    }

    /// <summary>As <see cref="Plain"/>; a missing one is reported.</summary>
    public string RequiredPlain(string key)
    {
        string? text = Plain(key);
        if (text is null && map.Find(key) is null or YamlScalar) problems.Add(Place, $"{what} needs '{key}'");
        return text ?? "";
    }

    /// <summary>One of a few words.</summary>
    public string Choice(string key, string fallback, params ReadOnlySpan<string> allowed)
    {
        if (Plain(key) is not { } text) return fallback;
        if (allowed.Contains(text)) return text;
        string[] words = allowed.ToArray();
        problems.Add(Find(key)!.Place, $"{key}: \"{text}\" is not one of {string.Join(", ", words)}{Suggestion.Phrase(text, words)}");
        return fallback;
    }

    /// <summary>Yes or no.</summary>
    public bool Flag(string key, bool fallback)
    {
        if (Find(key) is not { } node) return fallback;
        if (node is YamlScalar scalar && (scalar.Value is bool || YamlScalars.Resolve(scalar.Text) is bool)) return (bool)YamlScalars.Resolve(scalar.Text)!;
        problems.Add(node.Place, $"'{key}' is neither yes nor no");
        return fallback;
    }

    /// <summary>A list of values, or a single one that gives a list; null when it is missing.</summary>
    public ImmutableArray<Templated>? ListOrNull(string key) => Find(key) switch
    {
        null => null,
        YamlList list => [.. list.Items.Select(Templated.Of)],
        YamlScalar scalar => [Templated.Of(scalar)],
        var other => Wrong<Templated>(other, key, "a list"),
    };

    /// <summary>As <see cref="ListOrNull"/>; empty when it is missing.</summary>
    public ImmutableArray<Templated> List(string key) => ListOrNull(key) ?? [];

    /// <summary>A list of commands, each a list of words.</summary>
    public ImmutableArray<Templated> Commands(string key)
    {
        if (Find(key) is not { } node) return [];
        if (node is not YamlList list) return Wrong<Templated>(node, key, "a list of commands");
        foreach (YamlNode item in list.Items.Where(item => item is not YamlList { Items.IsEmpty: false }))
            problems.Add(item.Place, $"an item of '{key}' is {(item is YamlList ? "empty" : item.Kind)}; each is a list, a command and its arguments");
        return [.. list.Items.OfType<YamlList>().Select(Templated.Of)];
    }

    /// <summary>Names and values.</summary>
    public ImmutableSortedDictionary<string, Templated> Map(string key) => Find(key) switch
    {
        null => ImmutableSortedDictionary<string, Templated>.Empty,
        YamlMap named => named.Entries.ToImmutableSortedDictionary(entry => entry.Key, entry => Templated.Of(entry.Value), StringComparer.Ordinal),
        var other => WrongMap(other, key),
    };

    /// <summary>A mapping inside this one; null when it is missing.</summary>
    public ServiceFields? Inner(string key, string innerWhat)
    {
        if (Find(key) is not { } node) return null;
        if (node is YamlMap inner) return new ServiceFields(inner, innerWhat, problems);
        problems.Add(node.Place, $"'{key}' is {node.Kind}; it takes a mapping");
        return null;
    }

    /// <summary>The mappings of a list, each read by <paramref name="read"/>.</summary>
    public ImmutableArray<T> Each<T>(string key, string itemWhat, Func<ServiceFields, T> read)
    {
        if (Find(key) is not { } node) return [];
        if (node is not YamlList list) return Wrong<T>(node, key, "a list");
        var items = ImmutableArray.CreateBuilder<T>();
        foreach (YamlNode item in list.Items)
        {
            if (item is YamlMap inner) items.Add(ReadInner(inner, itemWhat, read));
            else problems.Add(item.Place, $"an item of '{key}' is {item.Kind}; each is a mapping");
        }
        return items.ToImmutable();
    }

    /// <summary>The mappings of a mapping, in the order of the file, each read by <paramref name="read"/> with its name.</summary>
    public ImmutableArray<T> EachNamed<T>(string key, string itemWhat, Func<string, ServiceFields, T> read)
    {
        if (Find(key) is not { } node) return [];
        if (node is not YamlMap named) return Wrong<T>(node, key, "a mapping of names");
        var items = ImmutableArray.CreateBuilder<T>();
        foreach (YamlEntry entry in named.Entries)
        {
            if (entry.Value is YamlMap inner) items.Add(ReadInner(inner, $"{itemWhat} '{entry.Key}'", fields => read(entry.Key, fields)));
            else problems.Add(entry.Value.Place, $"{itemWhat} '{entry.Key}' is {entry.Value.Kind}; it takes a mapping");
        }
        return items.ToImmutable();
    }

    /// <summary>Reports a problem with the mapping as a whole.</summary>
    public void Report(string problem) => problems.Add(Place, problem);

    /// <summary>Reports every key that nobody took.</summary>
    public void Done()
    {
        foreach (YamlEntry entry in map.Entries.Where(entry => !taken.Contains(entry.Key)))
            problems.Add(entry.Place, $"{what} has no key '{entry.Key}'{Suggestion.Phrase(entry.Key, taken)}");
    }

    private T ReadInner<T>(YamlMap inner, string innerWhat, Func<ServiceFields, T> read)
    {
        var fields = new ServiceFields(inner, innerWhat, problems);
        T item = read(fields);
        fields.Done();
        return item;
    }

    private ImmutableArray<T> Wrong<T>(YamlNode node, string key, string wanted)
    {
        problems.Add(node.Place, $"'{key}' is {node.Kind}; it takes {wanted}");
        return [];
    }

    private ImmutableSortedDictionary<string, Templated> WrongMap(YamlNode node, string key)
    {
        problems.Add(node.Place, $"'{key}' is {node.Kind}; it takes a mapping");
        return ImmutableSortedDictionary<string, Templated>.Empty;
    }
}
