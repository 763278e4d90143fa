using KollaNet.Engine.Rendering.Values;

namespace KollaNet.Engine.Rendering.Filters;

/// <summary>A filter under its name. Its parameters: <c>name?</c> is optional, a last <c>*</c> takes any further arguments.</summary>
internal sealed class RegisteredFilter
{
    private readonly string name;
    private readonly TemplateFilter filter;
    private readonly string[] parameters;
    private readonly int required;
    private readonly bool isOpen;

    public RegisteredFilter(string name, TemplateFilter filter, string[] parameters)
    {
        this.name = name;
        this.filter = filter;
        isOpen = parameters is [.., "*"];
        if (isOpen) parameters = parameters[..^1];
        required = parameters.TakeWhile(parameter => !parameter.EndsWith('?')).Count();
        this.parameters = [.. parameters.Select(parameter => parameter.TrimEnd('?'))];
    }

    public object? Apply(object? input, CallArguments call, IVariables variables, TemplateFilters filters)
    {
        CallArguments bound = isOpen
            ? call with { Positional = [.. call.Positional.Take(parameters.Length)], Named = new Dictionary<string, object?>() }
            : call;
        object?[] arguments = bound.Bind(name, parameters, required, out bool[] given);
        object? result = filter(new FilterCall(input, arguments, given, call, variables, filters));
        call.Budget.UseFor(result switch { string text => text.Length, IReadOnlyList<object?> list => list.Count, _ => 1 });
        return result;
    }
}

/// <summary>A test under its name.</summary>
internal sealed class RegisteredTest(string name, string[] parameters, Func<object?, object?[], Budget, bool> holds)
{
    private readonly int required = parameters.Count(parameter => !parameter.EndsWith('?'));
    private readonly string[] names = [.. parameters.Select(parameter => parameter.TrimEnd('?'))];

    public string Name { get; } = name;

    public bool Holds(object? input, CallArguments call) => holds(input, call.Bind(Name, names, required, out _), call.Budget);
}
