using System.Globalization;
using KollaNet.Engine.Rendering.Values;

namespace KollaNet.Engine.Rendering.Filters;

/// <summary>The <c>attribute=</c> argument of list filters: a member, a position, or a dotted path of them.</summary>
internal static class Attributes
{
    public static object? Get(object? item, object? path, object? otherwise = null) =>
        TryGet(item, path, out object? found) ? found : otherwise ?? new Undefined($"an item of type '{Value.TypeName(item)}' has no '{path}'");

    public static bool TryGet(object? item, object? path, out object? found)
    {
        found = item;
        if (path is not string names) return Value.TryItem(item, path, out found);
        foreach (string name in names.Split('.'))
        {
            object? key = name.Length > 0 && name.All(char.IsAsciiDigit) && long.TryParse(name, CultureInfo.InvariantCulture, out long index) ? index : name;
            if (!Value.TryItem(found, key, out found)) return false;
        }
        return true;
    }

    public static object? Folded(object? value, bool caseSensitive) => value is string text && !caseSensitive ? text.ToLowerInvariant() : value;
}
