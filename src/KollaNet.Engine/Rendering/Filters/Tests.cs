using KollaNet.Engine.Rendering.Language;
using KollaNet.Engine.Rendering.Values;

namespace KollaNet.Engine.Rendering.Filters;

/// <summary>What may follow <c>is</c>: an explicit table, name to function.</summary>
internal static class Tests
{
    private static readonly Dictionary<string, RegisteredTest> Table = new(StringComparer.Ordinal);

    static Tests()
    {
        Add("defined", static (value, _, _) => value is not Undefined);
        Add("undefined", static (value, _, _) => value is Undefined);
        Add("none", static value => value is null);
        Add("boolean", static value => value is bool);
        Add("true", static value => value is true);
        Add("false", static value => value is false);
        Add("integer", static value => value is long);
        Add("float", static value => value is double);
        Add("number", static value => value is long or double or bool);
        Add("string", static value => value is string);
        Add("mapping", static value => value is IReadOnlyDictionary<string, object?>);
        Add("sequence", static value => value is string or IReadOnlyList<object?> or IReadOnlyDictionary<string, object?>);
        Add("iterable", static value => value is string or IReadOnlyList<object?> or IReadOnlyDictionary<string, object?>);
        Add("callable", static value => value is Callable);
        Add("odd", static value => Remainder(value, 2L) != 0);
        Add("even", static value => Remainder(value, 2L) == 0);
        Add("lower", static value => value is string text && text.Any(char.IsLetter) && !text.Any(char.IsUpper));
        Add("upper", static value => value is string text && text.Any(char.IsLetter) && !text.Any(char.IsLower));
        Add("truthy", static value => Value.IsTrue(value));
        Add("falsy", static value => !Value.IsTrue(value));
        Add("divisibleby", static (value, arguments, _) => Remainder(value, arguments[0]) == 0, "num");
        Add("in", static (value, arguments, budget) => Comparison.Contains(arguments[0], value, budget), "seq");
        Add("contains", static (value, arguments, budget) => Comparison.Contains(value, arguments[0], budget), "item");
        Add("sameas", static (value, arguments, budget) => value?.GetType() == arguments[0]?.GetType() && Comparison.AreEqual(value, arguments[0], budget), "other");
        Add("subset", static (value, arguments, budget) => Value.Items(value).All(item => Comparison.Contains(arguments[0], item, budget)), "b");
        Add("superset", static (value, arguments, budget) => Value.Items(arguments[0]).All(item => Comparison.Contains(value, item, budget)), "b");
        AddComparison("==", "eq", "equalto");
        AddComparison("!=", "ne");
        AddComparison("<", "lt", "lessthan");
        AddComparison("<=", "le");
        AddComparison(">", "gt", "greaterthan");
        AddComparison(">=", "ge");
        AddSearch("match", "\\A(?:", ")");
        AddSearch("search", "", "");
        AddSearch("regex", "", "");
    }

    public static RegisteredTest? Find(string name) => Table.GetValueOrDefault(name);

    private static void Add(string name, Func<object?, object?[], Budget, bool> holds, params string[] parameters) =>
        Table[name] = new RegisteredTest(name, parameters, holds);

    private static void Add(string name, Func<object?, bool> holds) => Add(name, (value, _, _) => holds(Value.Use(value)));

    private static void AddComparison(string symbol, params string[] names)
    {
        foreach (string name in names.Append(symbol))
            Add(name, (value, arguments, budget) => ComparisonChain.Holds(symbol, Value.Use(value), Value.Use(arguments[0]), budget), "other");
    }

    private static void AddSearch(string name, string before, string after) => Add(name, (value, arguments, budget) =>
    {
        string text = PythonText.Of(value, budget), pattern = PythonText.Of(arguments[0], budget);
        var regex = PythonRegex.Compile(before + pattern + after, Option(arguments[1]), Option(arguments[2]));
        return PythonRegex.Guard(() => regex.IsMatch(text));
    }, "pattern", "ignorecase?", "multiline?");

    private static bool Option(object? argument) => argument is not null && Value.IsTrue(argument);

    private static double Remainder(object? value, object? divisor)
    {
        object? remainder = value is string ? null : Arithmetic.Apply("%", value, divisor, new Budget());
        return Value.TryDouble(remainder, out double number) ? number : throw new ValueProblem($"a number is needed, not {Value.TypeName(value)}");
    }
}
