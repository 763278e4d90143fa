using KollaNet.Engine.Rendering.Values;

namespace KollaNet.Engine.Rendering.Filters;

/// <summary>Filters on mappings.</summary>
internal static class MappingFilters
{
    public static KeyValuePair<string, RegisteredFilter>[] All { get; } =
    [
        Table.Filter("combine", Combine, "*"),
        Table.Filter("dict2items", ToItems, "key_name?", "value_name?"),
        Table.Filter("items2dict", FromItems, "key_name?", "value_name?"),
        Table.Filter("items", static call => Pairs(Value.Mapping(call.Value))),
        Table.Filter("dictsort", Sort, "case_sensitive?", "by?", "reverse?"),
    ];

    public static object?[] Pairs(IReadOnlyDictionary<string, object?> map) =>
        [.. map.Select(pair => (object?)new TupleValue(pair.Key, pair.Value))];

    private static IReadOnlyDictionary<string, object?> Combine(FilterCall call)
    {
        foreach (string name in call.All.Named.Keys.Except(["recursive", "list_merge"])) throw FilterCall.Fail($"'combine' has no argument '{name}'");
        bool recursive = call.All.Named.TryGetValue("recursive", out object? value) && Value.IsTrue(value);
        string lists = call.All.Named.TryGetValue("list_merge", out object? merge) ? PythonText.Of(merge, call.Budget) : "replace";
        if (lists is not ("replace" or "keep" or "append" or "prepend" or "append_rp" or "prepend_rp"))
            throw FilterCall.Fail($"unknown list_merge '{lists}'");
        IReadOnlyDictionary<string, object?> combined = new OrderedDictionary<string, object?>(StringComparer.Ordinal);
        foreach (object? term in new[] { call.Value }.Concat(call.All.Positional))
        {
            foreach (object? map in Value.Use(term) is IReadOnlyList<object?> several ? several : [term])
                combined = Merge(combined, Value.Mapping(map), recursive, lists, call.Budget, 0);
        }
        return combined;
    }

    private static OrderedDictionary<string, object?> Merge(
        IReadOnlyDictionary<string, object?> weak, IReadOnlyDictionary<string, object?> strong, bool recursive, string lists, Budget budget, int depth)
    {
        if (depth > 200) throw FilterCall.Fail("the mapping nests too deeply");
        budget.Use(weak.Count + strong.Count);
        var merged = new OrderedDictionary<string, object?>(weak.Count, StringComparer.Ordinal);
        foreach ((string key, object? value) in weak) merged[key] = value;
        foreach ((string key, object? value) in strong)
        {
            merged[key] = (merged.TryGetValue(key, out object? old), old, value) switch
            {
                (true, IReadOnlyDictionary<string, object?> a, IReadOnlyDictionary<string, object?> b) when recursive =>
                    Merge(a, b, recursive, lists, budget, depth + 1),
                (true, IReadOnlyList<object?> a, IReadOnlyList<object?> b) => MergeLists(a, b, lists, budget),
                _ => value,
            };
        }
        return merged;
    }

    private static IReadOnlyList<object?> MergeLists(IReadOnlyList<object?> old, IReadOnlyList<object?> added, string how, Budget budget)
    {
        IEnumerable<object?> Without(IReadOnlyList<object?> items, IReadOnlyList<object?> others) =>
            items.Where(item => !Comparison.Contains(others, item, budget));
        budget.UseFor((long)old.Count + added.Count);
        return how switch
        {
            "keep" => old,
            "append" => [.. old, .. added],
            "prepend" => [.. added, .. old],
            "append_rp" => [.. Without(old, added), .. added],
            "prepend_rp" => [.. added, .. Without(old, added)],
            _ => added,
        };
    }

    private static object?[] ToItems(FilterCall call)
    {
        string keyName = call.TextArgument(0, "key"), valueName = call.TextArgument(1, "value");
        return [.. Value.Mapping(call.Value).Select(pair =>
            (object?)new OrderedDictionary<string, object?>(StringComparer.Ordinal) { [keyName] = pair.Key, [valueName] = pair.Value })];
    }

    private static OrderedDictionary<string, object?> FromItems(FilterCall call)
    {
        string keyName = call.TextArgument(0, "key"), valueName = call.TextArgument(1, "value");
        if (call.Value is not IReadOnlyList<object?> items) throw FilterCall.Fail($"'items2dict' needs a list, not {Value.TypeName(call.Value)}");
        var map = new OrderedDictionary<string, object?>(StringComparer.Ordinal);
        foreach (object? item in items) map[Value.Key(Attributes.Get(item, keyName))] = Attributes.TryGet(item, valueName, out object? value)
            ? value : throw FilterCall.Fail($"an item has no '{valueName}'");
        return map;
    }

    private static object?[] Sort(FilterCall call)
    {
        bool byValue = call.TextArgument(1, "key") switch
        {
            "key" => false,
            "value" => true,
            _ => throw FilterCall.Fail("the second argument of 'dictsort' is key or value"),
        };
        var order = Comparer<object?>.Create((left, right) => Comparison.Compare(left, right, "<", call.Budget));
        var pairs = Value.Mapping(call.Value).OrderBy(pair => Attributes.Folded(byValue ? pair.Value : pair.Key, call.BoolArgument(0)), order);
        try
        {
            object?[] sorted = [.. pairs.Select(pair => (object?)new TupleValue(pair.Key, pair.Value))];
            if (call.BoolArgument(2)) Array.Reverse(sorted);
            return sorted;
        }
        catch (InvalidOperationException e) when (e.InnerException is ValueProblem or TemplateException)
        {
            throw e.InnerException;
        }
    }
}
