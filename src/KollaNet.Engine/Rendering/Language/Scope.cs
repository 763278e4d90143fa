using KollaNet.Engine.Rendering.Values;

namespace KollaNet.Engine.Rendering.Language;

/// <summary>One rendering of one template: where its names come from and what it may still spend.</summary>
internal sealed class Evaluation(TemplateText template, IVariables variables)
{
    public TemplateText Template { get; } = template;

    public IVariables Variables { get; } = variables;

    public Budget Budget { get; } = new();
}

/// <summary>The names that are visible at one point of a rendering.</summary>
internal sealed class Scope(Evaluation run, Scope? parent = null)
{
    private readonly Dictionary<string, object?> names = new(StringComparer.Ordinal);

    public Evaluation Run { get; } = run;

    public Budget Budget => Run.Budget;

    public Scope Inner() => new(Run, this);

    public void Set(string name, object? value) => names[name] = value;

    public bool TryGet(string name, out object? value)
    {
        for (Scope? scope = this; scope is not null; scope = scope.Parent)
        {
            if (scope.names.TryGetValue(name, out value)) return true;
        }
        return Run.Variables.TryGet(name, out value) || Globals.TryGet(name, out value);
    }

    private Scope? Parent { get; } = parent;
}
