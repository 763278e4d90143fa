using System.Runtime.CompilerServices;
using System.Text;
using KollaNet.Engine.Rendering.Values;

namespace KollaNet.Engine.Rendering.Language;

/// <param name="at">Offset in the template that an error names.</param>
internal abstract class Node(int at)
{
    public int At { get; } = at;

    public void Collect(NameCollector names)
    {
        EnsureStack();
        Gather(names);
    }

    protected abstract void Gather(NameCollector names);

    protected static void EnsureStack()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack()) throw new ValueProblem("the template nests too deeply");
    }
}

internal abstract class Expression(int at) : Node(at)
{
    /// <summary>How an error names this, such as <c>api.port</c>; null when it has no short name.</summary>
    public virtual string? Path => null;

    /// <returns>A value, or <see cref="Undefined"/>.</returns>
    public object? Evaluate(Scope scope)
    {
        try
        {
            EnsureStack();
            scope.Budget.Use();
            return Compute(scope);
        }
        catch (ValueProblem problem)
        {
            throw scope.Run.Template.Error(At, problem.Message);
        }
    }

    protected abstract object? Compute(Scope scope);

    public object? Require(Scope scope) => Value.Use(Evaluate(scope));
}

internal abstract class Statement(int at) : Node(at)
{
    public void Render(Scope scope, StringBuilder output)
    {
        try
        {
            EnsureStack();
            scope.Budget.Use();
            Run(scope, output);
        }
        catch (ValueProblem problem)
        {
            throw scope.Run.Template.Error(At, problem.Message);
        }
    }

    protected abstract void Run(Scope scope, StringBuilder output);
}
