using KollaNet.Engine.Rendering.Language;

namespace KollaNet.Engine.Rendering.Values;

/// <summary>What a name or attribute that nothing defines stands for; any use but <c>default</c> and <c>is defined</c> is an error.</summary>
internal sealed class Undefined
{
    private readonly Func<Exception> error;

    public Undefined(TemplateText template, int at, string problem) => error = () => template.Error(at, problem);

    /// <summary>What a filter did not find; an error will name the place that uses it.</summary>
    public Undefined(string problem) => error = () => new ValueProblem(problem);

    public Exception Error() => error();
}
