using KollaNet.Engine.Rendering;
using KollaNet.Engine.Site.Variables;
using KollaNet.Engine.Yaml;

namespace KollaNet.Engine.Site.Checks;

/// <summary>Evaluates values only to see whether they can be; failures become problems.</summary>
/// <param name="factsKnown">False: the facts are samples, and a value that needs them is not judged.</param>
internal sealed class Attempts(SiteVariables variables, SiteNames names, bool factsKnown, SiteProblems problems)
{
    /// <summary>Names reported in a better way already; that they are undefined is not said again.</summary>
    public HashSet<string> Silenced { get; } = new(StringComparer.Ordinal);

    /// <summary>Evaluates for one host.</summary>
    /// <returns>Null when that failed, or when the value means nothing until facts are known.</returns>
    public Attempt? Try(string host, Func<IVariables, object?> evaluate)
    {
        int factReads = variables.FactReads;
        try
        {
            object? value = evaluate(variables.Of(host));
            return factsKnown || variables.FactReads == factReads ? new Attempt(value) : null;
        }
        catch (TemplateException e)
        {
            if (factsKnown || variables.FactReads == factReads) Report(e);
            return null;
        }
    }

    private void Report(TemplateException e)
    {
        string problem = e.Problem;
        if (UndefinedName.In(problem) is { } name)
        {
            if (Silenced.Contains(name)) return;
            problem += UndefinedName.Hint(name, names);
        }
        if (Silenced.Any(known => IsAbout(problem, known))) return;
        problems.Add(new Place(e.TemplateSource, e.Line, e.Column), problem);
    }

    /// <summary>True for <c>'name…'</c>, where the name itself ends there.</summary>
    private static bool IsAbout(string problem, string name) => problem.StartsWith($"'{name}", StringComparison.Ordinal)
        && problem.Length > name.Length + 1 && problem[name.Length + 1] is not '_' && !char.IsLetterOrDigit(problem[name.Length + 1]);
}

/// <summary>A value that could be evaluated.</summary>
internal sealed record Attempt(object? Value);
