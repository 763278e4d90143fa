using System.Text;
using KollaNet.Engine.Rendering.Values;

namespace KollaNet.Engine.Rendering.Filters;

/// <summary>Filters on whole lists. Where Jinja2 gives a generator, these give the list.</summary>
internal static class ListFilters
{
    public static KeyValuePair<string, RegisteredFilter>[] All { get; } =
    [
        Table.Filter("list", static call => call.Items.ToArray()),
        Table.Filter("length", static call => Value.Length(call.Value)),
        Table.Filter("count", static call => Value.Length(call.Value)),
        Table.Filter("first", static call => call.Items is [var first, ..] ? first : new Undefined("no first item, sequence was empty")),
        Table.Filter("last", static call => call.Items is [.., var last] ? last : new Undefined("no last item, sequence was empty")),
        Table.Filter("join", Join, "d?", "attribute?"),
        Table.Filter("reverse", Reverse),
        Table.Filter("sort", Sort, "reverse?", "case_sensitive?", "attribute?"),
        Table.Filter("min", static call => Extreme(call, -1), "case_sensitive?", "attribute?"),
        Table.Filter("max", static call => Extreme(call, 1), "case_sensitive?", "attribute?"),
        Table.Filter("sum", Sum, "attribute?", "start?"),
        Table.Filter("flatten", Flatten, "levels?", "skip_nulls?"),
        Table.Filter("zip", static call => Zip(call), "*"),
        Table.Filter("batch", Batch, "linecount", "fill_with?"),
        Table.Filter("groupby", GroupBy, "attribute", "default?", "case_sensitive?"),
    ];

    private static string Join(FilterCall call)
    {
        string between = call.TextArgument(0);
        var text = new StringBuilder();
        bool first = true;
        foreach (object? item in call.Items)
        {
            if (!first) text.Append(between);
            first = false;
            object? part = call.Argument(1) is { } attribute ? Attributes.Get(item, attribute) : item;
            text.Append(PythonText.Of(part, call.Budget));
            call.Budget.UseFor(text.Length);
        }
        return text.ToString();
    }

    private static object? Reverse(FilterCall call)
    {
        IEnumerable<object?> reversed = call.Items.Reverse();
        return call.Value is string ? string.Concat(reversed) : reversed.ToArray();
    }

    private static object?[] Sort(FilterCall call)
    {
        bool descending = call.BoolArgument(0), caseSensitive = call.BoolArgument(1);
        string[] attributes = call.Argument(2) is string names ? names.Split(',') : [];
        object? Key(object? item) => attributes.Length switch
        {
            0 => Attributes.Folded(item, caseSensitive),
            _ => attributes.Select(attribute => Attributes.Folded(Attributes.Get(item, attribute), caseSensitive)).ToArray(),
        };
        var keyed = call.Items.Select(item => (Key: Key(item), Item: item)).ToList();
        var order = Comparer<object?>.Create((left, right) => Comparison.Compare(left, right, "<", call.Budget));
        try
        {
            return [.. (descending ? keyed.OrderByDescending(pair => pair.Key, order) : keyed.OrderBy(pair => pair.Key, order)).Select(pair => pair.Item)];
        }
        catch (InvalidOperationException e) when (e.InnerException is ValueProblem or TemplateException)
        {
            throw e.InnerException;
        }
    }

    private static object? Extreme(FilterCall call, int sign)
    {
        IReadOnlyList<object?> items = call.Items;
        if (items.Count == 0) return new Undefined("no aggregated item, sequence was empty");
        object? Key(object? item) => Attributes.Folded(call.Argument(1) is { } attribute ? Attributes.Get(item, attribute) : item, call.BoolArgument(0));
        object? best = items[0], bestKey = Key(best);
        foreach (object? item in items.Skip(1))
        {
            object? key = Key(item);
            if (Comparison.Compare(key, bestKey, sign < 0 ? "<" : ">", call.Budget) * sign > 0) (best, bestKey) = (item, key);
        }
        return best;
    }

    private static object? Sum(FilterCall call)
    {
        object? sum = call.Argument(1, 0L);
        foreach (object? item in call.Items)
        {
            object? addend = call.Argument(0) is { } attribute ? Attributes.Get(item, attribute) : item;
            if (sum is string) throw FilterCall.Fail("'sum' does not add strings; use 'join'");
            sum = Arithmetic.Apply("+", sum, addend, call.Budget);
        }
        return sum;
    }

    private static List<object?> Flatten(FilterCall call)
    {
        var flat = new List<object?>();
        Add(call.Items, call.Argument(0) is null ? 1000 : call.LongArgument(0));
        return flat;

        void Add(IReadOnlyList<object?> items, long levels)
        {
            if (levels < 900 && call.Argument(0) is null) throw FilterCall.Fail("the list nests too deeply");
            call.Budget.Use(items.Count);
            foreach (object? item in items)
            {
                if (item is IReadOnlyList<object?> inner && levels > 0) Add(inner, levels - 1);
                else if (!(item is null or "None" or "null" && call.BoolArgument(1, true))) flat.Add(item);
            }
        }
    }

    private static object?[] Zip(FilterCall call)
    {
        List<IReadOnlyList<object?>> lists = [call.Items, .. call.All.Positional.Select(Value.Items)];
        int count = lists.Min(list => list.Count);
        return [.. Enumerable.Range(0, count).Select(i => (object?)new TupleValue([.. lists.Select(list => list[i])]))];
    }

    private static List<object?> Batch(FilterCall call)
    {
        long size = call.LongArgument(0);
        if (size < 1) throw FilterCall.Fail("'batch' needs a positive size");
        var batches = new List<object?>();
        foreach (object?[] chunk in call.Items.Chunk((int)Math.Min(size, int.MaxValue)))
        {
            object? fill = call.Argument(1);
            if (fill is null || chunk.Length == size)
            {
                batches.Add(chunk);
                continue;
            }
            call.Budget.UseFor(size);
            batches.Add((object?[])[.. chunk, .. Enumerable.Repeat(fill, (int)size - chunk.Length)]);
        }
        return batches;
    }

    private static object?[] GroupBy(FilterCall call)
    {
        object? Key(object? item) => Attributes.Get(item, call.Argument(0), call.Has(1) ? call.Argument(1) : null);
        var groups = new List<(object? Folded, object? Key, List<object?> Items)>();
        foreach (object? item in call.Items)
        {
            object? key = Key(item), folded = Attributes.Folded(key, call.BoolArgument(2));
            int found = groups.FindIndex(group => Comparison.AreEqual(group.Folded, folded, call.Budget));
            if (found < 0) groups.Add((folded, key, [item]));
            else groups[found].Items.Add(item);
        }
        var order = Comparer<object?>.Create((left, right) => Comparison.Compare(left, right, "<", call.Budget));
        try
        {
            return [.. groups.OrderBy(group => group.Folded, order).Select(group => (object?)new TupleValue(group.Key, group.Items))];
        }
        catch (InvalidOperationException e) when (e.InnerException is ValueProblem or TemplateException)
        {
            throw e.InnerException;
        }
    }
}
