using KollaNet.Engine.Rendering.Values;

namespace KollaNet.Engine.Rendering.Language;

/// <summary>The functions every template has; a variable of the same name hides them.</summary>
internal static class Globals
{
    private static readonly string[] RangeParameters = ["start", "stop", "step"];

    private static readonly Dictionary<string, object?> Functions = new(StringComparer.Ordinal)
    {
        ["range"] = new Callable("range", Range),
        ["dict"] = new Callable("dict", Dict),
        ["namespace"] = new Callable("namespace", Namespace),
        ["lookup"] = new Callable("lookup", static _ => throw NotSupported("lookup")),
        ["query"] = new Callable("query", static _ => throw NotSupported("query")),
    };

    public static bool IsGlobal(string name) => Functions.ContainsKey(name);

    public static bool TryGet(string name, out object? function) => Functions.TryGetValue(name, out function);

    private static ValueProblem NotSupported(string name) => new($"'{name}' is not supported: a template sees nothing but the site's variables");

    private static object?[] Range(CallArguments call)
    {
        if (call.Named.Count > 0) throw new ValueProblem("'range' takes no named arguments");
        object?[] given = call.Bind("range", RangeParameters, 1, out _);
        var bounds = new long[call.Positional.Count];
        for (int i = 0; i < bounds.Length; i++)
        {
            if (!Value.TryLong(Value.Use(given[i]), out bounds[i])) throw new ValueProblem($"'range' needs whole numbers, not {Value.TypeName(given[i])}");
        }
        (long start, long stop, long step) = bounds.Length switch { 1 => (0L, bounds[0], 1L), 2 => (bounds[0], bounds[1], 1L), _ => (bounds[0], bounds[1], bounds[2]) };
        if (step == 0) throw new ValueProblem("the third argument of 'range' must not be zero");
        Int128 count = step > 0 ? ((Int128)stop - start + step - 1) / step : ((Int128)start - stop - step - 1) / -(Int128)step;
        if (count <= 0) return [];
        if (count > 1_000_000) throw new ValueProblem("'range' is longer than 1000000");
        call.Budget.Use((long)count);
        var numbers = new object?[(int)count];
        for (int i = 0; i < numbers.Length; i++) numbers[i] = start + (i * step);
        return numbers;
    }

    private static OrderedDictionary<string, object?> Dict(CallArguments call)
    {
        if (call.Positional.Count > 1) throw new ValueProblem("'dict' takes at most 1 argument");
        var map = new OrderedDictionary<string, object?>(StringComparer.Ordinal);
        if (call.Positional.Count == 1)
        {
            object? from = Value.Use(call.Positional[0]);
            if (from is IReadOnlyDictionary<string, object?> other)
            {
                foreach ((string key, object? value) in other) map[key] = value;
            }
            else
            {
                foreach (object? pair in Value.Items(from))
                {
                    IReadOnlyList<object?> parts = Value.Items(pair);
                    if (parts.Count != 2) throw new ValueProblem("'dict' needs pairs");
                    map[Value.Key(parts[0])] = parts[1];
                }
            }
        }
        foreach ((string key, object? value) in call.Named) map[key] = value;
        return map;
    }

    private static NamespaceValue Namespace(CallArguments call)
    {
        var space = new NamespaceValue();
        foreach ((string key, object? value) in Dict(call)) space.Members[key] = value;
        return space;
    }
}
