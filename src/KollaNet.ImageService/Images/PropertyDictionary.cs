using System.Collections;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace KollaNet.ImageService.Images;

/// <summary>Custom properties of an image by name, in the order they were added; one that changes keeps its place. Never changes itself. An image has
/// at most some hundred, so a name is found by looking at each.</summary>
public sealed class PropertyDictionary : IReadOnlyDictionary<string, string?>
{
    private readonly ImmutableArray<KeyValuePair<string, string?>> pairs;

    private PropertyDictionary(ImmutableArray<KeyValuePair<string, string?>> pairs) => this.pairs = pairs;

    /// <summary>None.</summary>
    public static PropertyDictionary Empty { get; } = new([]);

    /// <inheritdoc/>
    public int Count => pairs.Length;

    /// <inheritdoc/>
    public IEnumerable<string> Keys => pairs.Select(pair => pair.Key);

    /// <inheritdoc/>
    public IEnumerable<string?> Values => pairs.Select(pair => pair.Value);

    /// <inheritdoc/>
    public string? this[string key] => TryGetValue(key, out string? value) ? value : throw new KeyNotFoundException($"There is no property '{key}'.");

    /// <summary>These, in this order; of two with one name the last counts.</summary>
    public static PropertyDictionary Of(IEnumerable<KeyValuePair<string, string?>> pairs)
    {
        var all = new List<KeyValuePair<string, string?>>();
        foreach (KeyValuePair<string, string?> pair in pairs)
        {
            int at = all.FindIndex(known => known.Key == pair.Key);
            if (at < 0) all.Add(pair);
            else all[at] = pair;
        }

        return all.Count == 0 ? Empty : new([.. all]);
    }

    /// <summary>The same with one more, or with another value for one that is there.</summary>
    public PropertyDictionary SetItem(string name, string? value)
    {
        int at = IndexOf(name);
        return new(at < 0 ? pairs.Add(new(name, value)) : pairs.SetItem(at, new(name, value)));
    }

    /// <summary>The same with each of these added or changed.</summary>
    public PropertyDictionary SetItems(IEnumerable<KeyValuePair<string, string?>> more) => more.Aggregate(this, (all, pair) => all.SetItem(pair.Key, pair.Value));

    /// <summary>The same without one.</summary>
    public PropertyDictionary Remove(string name)
    {
        int at = IndexOf(name);
        return at < 0 ? this : new(pairs.RemoveAt(at));
    }

    /// <inheritdoc/>
    public bool ContainsKey(string key) => IndexOf(key) >= 0;

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out string? value)
    {
        int at = IndexOf(key);
        value = at < 0 ? null : pairs[at].Value;
        return at >= 0;
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, string?>> GetEnumerator() => ((IEnumerable<KeyValuePair<string, string?>>)pairs).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private int IndexOf(string name)
    {
        for (int i = 0; i < pairs.Length; i++)
        {
            if (pairs[i].Key == name) return i;
        }

        return -1;
    }
}
