using KollaNet.Engine.Rendering.Language;

namespace KollaNet.Engine.Rendering.Values;

/// <summary>What a name or attribute that nothing defines stands for; any use but <c>default</c> and <c>is defined</c> is an error.</summary>
internal sealed class Undefined
{
    private readonly Func<Exception> error;

    public Undefined(TemplateText template, int at, string problem) => error = () => template.Error(at, problem);

    /// <summary>What a filter did not find; an error will name the place that uses it.</summary>
    public Undefined(string problem) => error = () => new ValueProblem(problem);

    /// <summary>What an inline <c>if</c> without <c>else</c> gives: not defined, but empty text where it is used. Jinja2 is lenient here only.</summary>
    public static Undefined Empty { get; } = new("an inline 'if' without 'else' gave nothing");

    public Exception Error() => error();
}
