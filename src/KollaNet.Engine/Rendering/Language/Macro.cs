using System.Text;
using KollaNet.Engine.Rendering.Values;

namespace KollaNet.Engine.Rendering.Language;

/// <param name="Default">Evaluated at each call that leaves the parameter out; null when it must be given.</param>
internal sealed record Parameter(string Name, Expression? Default);

/// <summary><c>{% macro name(parameters) %}…{% endmacro %}</c>, and the body of a <c>call</c> block.</summary>
internal sealed class Macro(int at, string name, IReadOnlyList<Parameter> parameters, Block body) : Statement(at)
{
    private readonly string[] parameterNames = [.. parameters.Select(parameter => parameter.Name)];

    protected override void Run(Scope scope, StringBuilder output) => scope.Set(name, ToCallable(scope));

    public Callable ToCallable(Scope definedIn) => new(name, call => Invoke(definedIn, call));

    private string Invoke(Scope definedIn, CallArguments call)
    {
        Scope inner = definedIn.Inner();
        var named = new Dictionary<string, object?>(call.Named, StringComparer.Ordinal);
        if (named.Remove("caller", out object? caller)) inner.Set("caller", caller);
        object?[] values = (call with { Named = named }).Bind(name, parameterNames, 0, out bool[] given);
        for (int i = 0; i < values.Length; i++) inner.Set(parameterNames[i], given[i] ? values[i] : Missing(parameters[i], inner));
        return body.Capture(inner);
    }

    private object? Missing(Parameter parameter, Scope inner) => parameter.Default is { } value
        ? value.Evaluate(inner)
        : new Undefined(inner.Run.Template, At, $"the argument '{parameter.Name}' of '{name}' was not given");

    protected override void Gather(NameCollector names)
    {
        names.Bind(name);
        CollectBody(names);
    }

    public void CollectBody(NameCollector names) => names.Within(() =>
    {
        names.Bind("caller");
        foreach (Parameter parameter in parameters)
        {
            parameter.Default?.Collect(names);
            names.Bind(parameter.Name);
        }
        body.Collect(names);
    });
}

/// <summary><c>{% call macro(…) %}body{% endcall %}</c>: the macro writes the body where it calls <c>caller()</c>.</summary>
internal sealed class CallBlock(int at, Expression macro, ArgumentList arguments, Macro caller) : Statement(at)
{
    protected override void Run(Scope scope, StringBuilder output)
    {
        if (macro.Require(scope) is not Callable callable) throw new ValueProblem("only a macro can be called with a block");
        CallArguments call = arguments.Evaluate(scope);
        var named = new Dictionary<string, object?>(call.Named, StringComparer.Ordinal) { ["caller"] = caller.ToCallable(scope) };
        output.Append(PythonText.Of(callable.Call(call with { Named = named }), scope.Budget));
    }

    protected override void Gather(NameCollector names)
    {
        macro.Collect(names);
        arguments.Collect(names);
        caller.CollectBody(names);
    }
}
