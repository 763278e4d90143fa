using System.Text;
using KollaNet.Engine.Rendering.Values;

namespace KollaNet.Engine.Rendering.Language;

internal sealed class Literal(int at, string text) : Statement(at)
{
    protected override void Run(Scope scope, StringBuilder output)
    {
        scope.Budget.Use(text.Length);
        output.Append(text);
    }

    protected override void Gather(NameCollector names) { }
}

/// <summary><c>{{ expression }}</c></summary>
internal sealed class Output(int at, Expression expression) : Statement(at)
{
    public Expression Expression => expression;

    protected override void Run(Scope scope, StringBuilder output)
    {
        object? value = expression.Require(scope);
        try
        {
            string text = PythonText.Of(value, scope.Budget);
            scope.Budget.UseFor(text.Length);
            output.Append(text);
        }
        catch (ValueProblem problem)
        {
            throw scope.Run.Template.Error(expression.At, problem.Message);
        }
    }

    protected override void Gather(NameCollector names) => expression.Collect(names);
}

/// <summary>Statements in a row.</summary>
internal sealed class Block(int at, IReadOnlyList<Statement> statements) : Statement(at)
{
    public IReadOnlyList<Statement> Statements => statements;

    protected override void Run(Scope scope, StringBuilder output)
    {
        foreach (Statement statement in statements) statement.Render(scope, output);
    }

    public string Capture(Scope scope)
    {
        var output = new StringBuilder();
        Render(scope, output);
        return output.ToString();
    }

    protected override void Gather(NameCollector names)
    {
        foreach (Statement statement in statements) statement.Collect(names);
    }
}

internal sealed class If(int at, IReadOnlyList<(Expression Test, Block Body)> branches, Block? otherwise) : Statement(at)
{
    protected override void Run(Scope scope, StringBuilder output)
    {
        foreach ((Expression test, Block body) in branches)
        {
            if (!Value.IsTrue(test.Evaluate(scope))) continue;
            body.Render(scope, output);
            return;
        }
        otherwise?.Render(scope, output);
    }

    protected override void Gather(NameCollector names)
    {
        foreach ((Expression test, Block body) in branches)
        {
            test.Collect(names);
            names.Within(() => body.Collect(names));
        }
        if (otherwise is not null) names.Within(() => otherwise.Collect(names));
    }
}

/// <summary>What <c>for</c>, <c>set</c> and <c>with</c> assign to: a name, several, or a namespace's member.</summary>
internal sealed record Target(int At, IReadOnlyList<string> Names, bool IsTuple, string? Member = null)
{
    public void Assign(Scope scope, object? value)
    {
        if (Member is not null)
        {
            if (!scope.TryGet(Names[0], out object? owner) || owner is not NamespaceValue space)
                throw scope.Run.Template.Error(At, $"cannot set '{Names[0]}.{Member}': '{Names[0]}' is not a namespace");
            space.Members[Member] = value;
            return;
        }
        if (!IsTuple)
        {
            scope.Set(Names[0], value);
            return;
        }
        IReadOnlyList<object?> items = Value.Items(value);
        if (items.Count != Names.Count) throw scope.Run.Template.Error(At, $"{Names.Count} values are needed here, not {items.Count}");
        for (int i = 0; i < Names.Count; i++) scope.Set(Names[i], items[i]);
    }

    public void Bind(NameCollector names)
    {
        if (Member is not null) names.Load(Names[0]);
        else foreach (string name in Names) names.Bind(name);
    }
}

internal sealed class Set(int at, Target target, Expression value) : Statement(at)
{
    protected override void Run(Scope scope, StringBuilder output) => target.Assign(scope, value.Evaluate(scope));

    protected override void Gather(NameCollector names)
    {
        value.Collect(names);
        target.Bind(names);
    }
}

/// <summary><c>{% set x %}…{% endset %}</c>, with an optional filter.</summary>
internal sealed class SetBlock(int at, Target target, Block body, BodyFilter? filter) : Statement(at)
{
    protected override void Run(Scope scope, StringBuilder output)
    {
        string text = body.Capture(scope.Inner());
        target.Assign(scope, filter is null ? text : filter.Apply(scope, text));
    }

    protected override void Gather(NameCollector names)
    {
        names.Within(() => body.Collect(names));
        filter?.Chain.Collect(names);
        target.Bind(names);
    }
}

/// <summary>Stands for a block's text in that block's filter chain.</summary>
internal sealed class BodyText(int at) : Expression(at)
{
    /// <summary>Where the text is while the chain runs; no template can write this name.</summary>
    public const string Variable = "{body}";

    protected override object? Compute(Scope scope) => scope.TryGet(Variable, out object? text) ? text : "";

    protected override void Gather(NameCollector names) { }
}

/// <summary>The filter chain of a block, applied to the block's text.</summary>
internal sealed record BodyFilter(Expression Chain)
{
    public object? Apply(Scope scope, string text)
    {
        Scope inner = scope.Inner();
        inner.Set(BodyText.Variable, text);
        return Chain.Evaluate(inner);
    }
}

/// <summary><c>{% filter upper %}…{% endfilter %}</c></summary>
internal sealed class FilterBlock(int at, Block body, BodyFilter filter) : Statement(at)
{
    protected override void Run(Scope scope, StringBuilder output)
    {
        string text = body.Capture(scope.Inner());
        output.Append(PythonText.Of(filter.Apply(scope, text), scope.Budget));
    }

    protected override void Gather(NameCollector names)
    {
        names.Within(() => body.Collect(names));
        filter.Chain.Collect(names);
    }
}

internal sealed class With(int at, IReadOnlyList<(Target Target, Expression Value)> assignments, Block body) : Statement(at)
{
    protected override void Run(Scope scope, StringBuilder output)
    {
        Scope inner = scope.Inner();
        foreach ((Target target, Expression value) in assignments) target.Assign(inner, value.Evaluate(scope));
        body.Render(inner, output);
    }

    protected override void Gather(NameCollector names)
    {
        foreach ((_, Expression value) in assignments) value.Collect(names);
        names.Within(() =>
        {
            foreach ((Target target, _) in assignments) target.Bind(names);
            body.Collect(names);
        });
    }
}
