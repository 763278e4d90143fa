using System.Collections;

namespace KollaNet.Engine.Rendering.Values;

/// <summary>Python's tuple: a list to everything but printing and equality.</summary>
internal sealed class TupleValue(params object?[] items) : IReadOnlyList<object?>
{
    public int Count => items.Length;

    public object? this[int index] => items[index];

    public IEnumerator<object?> GetEnumerator() => ((IEnumerable<object?>)items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
