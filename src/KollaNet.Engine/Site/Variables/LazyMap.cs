using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace KollaNet.Engine.Site.Variables;

/// <summary>A mapping whose values are found when they are asked for.</summary>
internal sealed class LazyMap(Func<IEnumerable<string>> keys, LazyMap.Finder find) : IReadOnlyDictionary<string, object?>
{
    /// <summary>Finds the value of a key.</summary>
    /// <returns>False: there is no such key.</returns>
    internal delegate bool Finder(string key, out object? value);

    /// <inheritdoc/>
    public IEnumerable<string> Keys => keys();

    /// <inheritdoc/>
    public IEnumerable<object?> Values => keys().Select(key => this[key]);

    /// <inheritdoc/>
    public int Count => keys().Count();

    /// <inheritdoc/>
    public object? this[string key] => find(key, out object? value) ? value : throw new KeyNotFoundException($"there is no '{key}'");

    /// <inheritdoc/>
    public bool ContainsKey(string key) => find(key, out _);

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out object? value) => find(key, out value);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => keys().Select(key => KeyValuePair.Create(key, this[key])).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
