using KollaNet.Engine.Rendering.Values;

namespace KollaNet.Engine.Rendering.Filters;

/// <summary>Lists taken as sets; the order of first appearance stays.</summary>
internal static class SetFilters
{
    public static KeyValuePair<string, RegisteredFilter>[] All { get; } =
    [
        Table.Filter("unique", Unique, "case_sensitive?", "attribute?"),
        Table.Filter("union", static call => Distinct([.. call.Items, .. Value.Items(call.Argument(0))], call.Budget), "b"),
        Table.Filter("intersect", static call => Kept(call, inOther: true), "b"),
        Table.Filter("difference", static call => Kept(call, inOther: false), "b"),
        Table.Filter("symmetric_difference", SymmetricDifference, "b"),
    ];

    private static List<object?> Unique(FilterCall call)
    {
        bool caseSensitive = call.BoolArgument(0);
        object? attribute = call.Argument(1);
        return Distinct(call.Items, call.Budget, item =>
            Attributes.Folded(attribute is null ? item : Attributes.Get(item, attribute), caseSensitive));
    }

    private static List<object?> Distinct(IEnumerable<object?> items, Budget budget, Func<object?, object?>? keyOf = null)
    {
        var kept = new List<object?>();
        var texts = new HashSet<string>(StringComparer.Ordinal);
        var others = new List<object?>();
        foreach (object? item in items)
        {
            object? key = keyOf is null ? item : keyOf(item);
            if (key is string text)
            {
                if (texts.Add(text)) kept.Add(item);
            }
            else if (!others.Exists(other => Comparison.AreEqual(other, key, budget)))
            {
                others.Add(key);
                kept.Add(item);
            }
        }
        return kept;
    }

    private static List<object?> Kept(FilterCall call, bool inOther)
    {
        IReadOnlyList<object?> other = Value.Items(call.Argument(0));
        return Distinct(call.Items.Where(item => Comparison.Contains(other, item, call.Budget) == inOther), call.Budget);
    }

    private static List<object?> SymmetricDifference(FilterCall call)
    {
        IReadOnlyList<object?> left = call.Items, right = Value.Items(call.Argument(0));
        return Distinct([.. left.Where(item => !Comparison.Contains(right, item, call.Budget)),
            .. right.Where(item => !Comparison.Contains(left, item, call.Budget))], call.Budget);
    }
}
