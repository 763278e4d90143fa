namespace KollaNet.Engine.Rendering;

/// <summary>A template, or a value that is one, cannot be parsed or evaluated.</summary>
/// <param name="source">The file (or the origin of a value) as the operator would name it.</param>
/// <param name="line">1-based.</param>
/// <param name="column">1-based.</param>
/// <param name="problem">What is wrong, for example "'nope' is undefined".</param>
public sealed class TemplateException(string source, int line, int column, string problem)
    : KollaNetException($"{source}:{line}:{column}: {problem}", "the template cannot be rendered")
{
    /// <summary>The file (or the origin of a value) as the operator would name it.</summary>
    public string TemplateSource { get; } = source;

    /// <summary>1-based line in <see cref="TemplateSource"/>.</summary>
    public int Line { get; } = line;

    /// <summary>1-based column in <see cref="TemplateSource"/>.</summary>
    public int Column { get; } = column;

    /// <summary>What is wrong, without its place.</summary>
    public string Problem { get; } = problem;
}
