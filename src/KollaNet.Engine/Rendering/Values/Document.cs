namespace KollaNet.Engine.Rendering.Values;

/// <summary>Values as they may leave a template: only the kinds that <see cref="IVariables"/> names, nothing undefined inside.</summary>
internal static class Document
{
    public static object? From(object? value, Budget budget, int depth = 0)
    {
        budget.Use();
        if (depth > 200) throw new ValueProblem("the value nests too deeply");
        return Value.Use(value) switch
        {
            null or bool or long or double or string => value,
            IReadOnlyList<object?> list => list.Select(item => From(item, budget, depth + 1)).ToArray(),
            IReadOnlyDictionary<string, object?> map => FromMap(map, budget, depth),
            _ => throw new ValueProblem($"a {Value.TypeName(value)} cannot be a variable's value"),
        };
    }

    private static OrderedDictionary<string, object?> FromMap(IReadOnlyDictionary<string, object?> map, Budget budget, int depth)
    {
        var copy = new OrderedDictionary<string, object?>(map.Count, StringComparer.Ordinal);
        foreach ((string key, object? value) in map) copy[key] = From(value, budget, depth + 1);
        return copy;
    }
}
