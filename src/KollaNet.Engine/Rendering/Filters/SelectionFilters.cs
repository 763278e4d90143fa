using KollaNet.Engine.Rendering.Values;

namespace KollaNet.Engine.Rendering.Filters;

/// <summary><c>map</c>, <c>select</c> and their relatives, which apply other filters and tests to each item.</summary>
internal static class SelectionFilters
{
    private static readonly Dictionary<string, object?> NoNames = [];

    public static KeyValuePair<string, RegisteredFilter>[] All { get; } =
    [
        Table.Filter("map", Map, "*"),
        Table.Filter("select", static call => Select(call, keep: true), "*"),
        Table.Filter("reject", static call => Select(call, keep: false), "*"),
        Table.Filter("selectattr", static call => SelectByAttribute(call, keep: true), "attribute", "*"),
        Table.Filter("rejectattr", static call => SelectByAttribute(call, keep: false), "attribute", "*"),
        Table.Filter("extract", Extract, "container", "morekeys?"),
    ];

    private static object?[] Map(FilterCall call)
    {
        CallArguments given = call.All;
        if (given.Positional.Count == 0 && given.Named.TryGetValue("attribute", out object? attribute))
        {
            bool hasDefault = given.Named.TryGetValue("default", out object? otherwise);
            foreach (string other in given.Named.Keys.Except(["attribute", "default"])) throw FilterCall.Fail($"'map' has no argument '{other}'");
            return [.. call.Items.Select(item => Attributes.TryGet(item, attribute, out object? found) ? found
                : hasDefault ? otherwise : Attributes.Get(item, attribute))];
        }
        if (given.Positional is not [string name, ..]) throw FilterCall.Fail("'map' needs the name of a filter, or attribute=…");
        RegisteredFilter filter = call.Filters.Find(name) ?? throw FilterCall.Fail($"unknown filter '{name}'");
        CallArguments rest = given with { Positional = [.. given.Positional.Skip(1)] };
        return [.. call.Items.Select(item => filter.Apply(item, rest, call.Variables, call.Filters))];
    }

    private static object?[] Select(FilterCall call, bool keep)
    {
        Func<object?, bool> test = TestOf(call.All.Positional, call.Budget);
        return [.. call.Items.Where(item => test(item) == keep)];
    }

    private static object?[] SelectByAttribute(FilterCall call, bool keep)
    {
        Func<object?, bool> test = TestOf([.. call.All.Positional.Skip(1)], call.Budget);
        object? attribute = call.Argument(0);
        return [.. call.Items.Where(item => test(Attributes.Get(item, attribute)) == keep)];
    }

    private static Func<object?, bool> TestOf(IReadOnlyList<object?> arguments, Budget budget)
    {
        if (arguments.Count == 0) return Value.IsTrue;
        string name = arguments[0] as string ?? throw FilterCall.Fail("the name of a test is needed");
        RegisteredTest test = Tests.Find(name) ?? throw FilterCall.Fail($"unknown test '{name}'");
        var rest = new CallArguments([.. arguments.Skip(1)], NoNames, budget);
        return item => test.Holds(item, rest);
    }

    /// <summary><c>'host1' | extract(hostvars, 'address')</c></summary>
    private static object? Extract(FilterCall call)
    {
        object? found = call.Argument(0);
        IEnumerable<object?> keys = [call.Value, .. call.Argument(1) switch { null => [], string only => [only], var many => Value.Items(many) }];
        foreach (object? key in keys)
        {
            if (!Value.TryItem(found, key, out found)) return new Undefined($"there is no element {PythonText.Repr(key, call.Budget)}");
        }
        return found;
    }
}
