using KollaNet.Engine.Rendering.Values;

namespace KollaNet.Engine.Rendering;

/// <summary>One use of a filter: the value it is applied to and its arguments.</summary>
public sealed class FilterCall
{
    private readonly object?[] arguments;
    private readonly bool[] given;

    internal FilterCall(object? input, object?[] arguments, bool[] given, CallArguments all, IVariables variables, TemplateFilters filters)
    {
        Input = input;
        this.arguments = arguments;
        this.given = given;
        All = all;
        Variables = variables;
        Filters = filters;
    }

    /// <summary>The value left of the bar.</summary>
    /// <exception cref="TemplateException">It is undefined.</exception>
    public object? Value => Values.Value.Use(Input);

    /// <summary>What the template that uses the filter sees.</summary>
    public IVariables Variables { get; }

    internal object? Input { get; }

    internal CallArguments All { get; }

    internal TemplateFilters Filters { get; }

    internal Budget Budget => All.Budget;

    /// <summary>The value as text, whatever its kind, as Python would print it.</summary>
    public string Text => PythonText.Of(Value, Budget);

    /// <summary>The value's items: a list's, a mapping's keys or a text's characters.</summary>
    public IReadOnlyList<object?> Items
    {
        get
        {
            IReadOnlyList<object?> items = Values.Value.Items(Value);
            Budget.Use(items.Count);
            return items;
        }
    }

    /// <summary>Whether the template gave the argument at this position.</summary>
    public bool Has(int index) => given[index];

    /// <summary>An argument; <paramref name="otherwise"/> when it was left out.</summary>
    /// <exception cref="TemplateException">It is undefined.</exception>
    public object? Argument(int index, object? otherwise = null) => given[index] ? Values.Value.Use(arguments[index]) : otherwise;

    /// <summary>An argument as text; <paramref name="otherwise"/> when it was left out or is none.</summary>
    public string TextArgument(int index, string otherwise = "") => Argument(index) is { } value ? PythonText.Of(value, Budget) : otherwise;

    /// <summary>An argument's truth, as Python sees it; <paramref name="otherwise"/> when it was left out.</summary>
    public bool BoolArgument(int index, bool otherwise = false) => given[index] ? Values.Value.IsTrue(arguments[index]) : otherwise;

    /// <summary>A whole-number argument; <paramref name="otherwise"/> when it was left out or is none.</summary>
    public long LongArgument(int index, long otherwise = 0) => Argument(index) switch
    {
        null => otherwise,
        { } value when Values.Value.TryLong(value, out long number) => number,
        { } value => throw Fail($"a whole number is needed, not {Values.Value.TypeName(value)}"),
    };

    internal object? RawArgument(int index) => arguments[index];

    /// <summary>An error to throw; the template's file, line and column are added on the way out.</summary>
    public static Exception Fail(string problem) => new ValueProblem(problem);
}
