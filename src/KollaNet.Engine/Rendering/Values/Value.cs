using System.Text;

namespace KollaNet.Engine.Rendering.Values;

/// <summary>What Python says about a value: its truth, type, items, members.</summary>
internal static class Value
{
    public static object? Use(object? value) => value is not Undefined missing ? value : missing == Undefined.Empty ? "" : throw missing.Error();

    public static bool IsTrue(object? value) => Use(value) switch
    {
        null => false,
        bool b => b,
        long n => n != 0,
        double d => d != 0,
        string s => s.Length > 0,
        IReadOnlyList<object?> list => list.Count > 0,
        IReadOnlyDictionary<string, object?> map => map.Count > 0,
        _ => true,
    };

    public static string TypeName(object? value) => value switch
    {
        null => "NoneType",
        bool => "bool",
        long => "int",
        double => "float",
        string => "str",
        TupleValue => "tuple",
        IReadOnlyList<object?> => "list",
        IReadOnlyDictionary<string, object?> => "dict",
        NamespaceValue => "namespace",
        Callable => "function",
        Undefined => "undefined",
        _ => value.GetType().Name,
    };

    /// <summary>The items a loop sees: a list's, a mapping's keys, a string's characters.</summary>
    public static IReadOnlyList<object?> Items(object? value) => Use(value) switch
    {
        IReadOnlyList<object?> list => list,
        IReadOnlyDictionary<string, object?> map => [.. map.Keys],
        string text => Characters(text),
        _ => throw new ValueProblem($"'{TypeName(value)}' object is not iterable"),
    };

    public static IReadOnlyDictionary<string, object?> Mapping(object? value) =>
        Use(value) as IReadOnlyDictionary<string, object?> ?? throw new ValueProblem($"a mapping is needed, not {TypeName(value)}");

    public static long Length(object? value) => Use(value) switch
    {
        string text => CodePoints(text),
        IReadOnlyList<object?> list => list.Count,
        IReadOnlyDictionary<string, object?> map => map.Count,
        _ => throw new ValueProblem($"object of type '{TypeName(value)}' has no len()"),
    };

    public static bool TryLong(object? value, out long number)
    {
        number = value switch { long n => n, bool b => b ? 1 : 0, _ => 0 };
        return value is long or bool;
    }

    public static bool TryDouble(object? value, out double number)
    {
        number = value switch { double d => d, long n => n, bool b => b ? 1 : 0, _ => 0 };
        return value is double or long or bool;
    }

    public static int Index(object? value) => Use(value) switch
    {
        long n and >= -int.MaxValue and <= int.MaxValue => (int)n,
        bool b => b ? 1 : 0,
        long n => n < 0 ? -int.MaxValue : int.MaxValue,
        _ => throw new ValueProblem($"a whole number is needed, not {TypeName(value)}"),
    };

    /// <summary>A mapping's key: our documents have string keys only, so 1 and '1' are the same.</summary>
    public static string Key(object? value) => Use(value) switch
    {
        string s => s,
        null or bool or long or double => PythonText.Of(value, new Budget()),
        _ => throw new ValueProblem($"unhashable type: '{TypeName(value)}'"),
    };

    /// <summary>An item by position or key; false when there is none.</summary>
    public static bool TryItem(object? container, object? key, out object? item)
    {
        item = null;
        switch (Use(container))
        {
            case IReadOnlyDictionary<string, object?> map:
                return map.TryGetValue(Key(key), out item);
            case IReadOnlyList<object?> list when TryLong(key, out long index):
                if (index < 0) index += list.Count;
                if (index < 0 || index >= list.Count) return false;
                item = list[(int)index];
                return true;
            case string text when TryLong(key, out _):
                return TryItem(Characters(text), key, out item);
            case NamespaceValue space when key is string name:
                return space.Members.TryGetValue(name, out item);
            default:
                return false;
        }
    }

    private static long CodePoints(string text)
    {
        long count = text.Length;
        foreach (char c in text)
        {
            if (char.IsLowSurrogate(c)) count--;
        }
        return count;
    }

    private static object?[] Characters(string text)
    {
        var characters = new List<object?>(text.Length);
        foreach (Rune rune in text.EnumerateRunes()) characters.Add(rune.ToString());
        return [.. characters];
    }
}
