namespace KollaNet.Engine.Rendering.Ini;

/// <summary>An INI text cannot be read.</summary>
/// <param name="source">The file as the operator would name it.</param>
/// <param name="line">1-based.</param>
/// <param name="column">1-based.</param>
/// <param name="problem">What is wrong.</param>
public sealed class IniException(string source, int line, int column, string problem)
    : KollaNetException($"{source}:{line}:{column}: {problem}", "the configuration file cannot be read")
{
    /// <summary>The file as the operator would name it.</summary>
    public string IniSource { get; } = source;

    /// <summary>1-based line in <see cref="IniSource"/>.</summary>
    public int Line { get; } = line;

    /// <summary>1-based column in <see cref="IniSource"/>.</summary>
    public int Column { get; } = column;

    /// <summary>What is wrong, without its place.</summary>
    public string Problem { get; } = problem;
}
