using System.Collections.Immutable;
using System.Text;
using KollaNet.Engine.Rendering.Language;
using KollaNet.Engine.Rendering.Values;

namespace KollaNet.Engine.Rendering;

/// <summary>A parsed template: the part of Jinja2 that Kolla's configuration uses, with Ansible's settings (trim_blocks, kept trailing newline,
/// undefined names are errors). Immutable; one instance can render any number of times and from several threads.</summary>
public sealed class Template
{
    private readonly TemplateText text;
    private readonly Block body;
    private readonly Expression? only;

    private Template(TemplateText text, Block body)
    {
        this.text = text;
        this.body = body;
        only = body.Statements is [Output output] ? output.Expression : null;
        IsConstant = body.Statements.All(statement => statement is Literal);
        Names = CollectNames(text, body);
    }

    /// <summary>True when the text holds no tag, so that every rendering gives the same.</summary>
    public bool IsConstant { get; }

    /// <summary>The variables it may ask for: names that it neither binds itself nor finds among the built-in functions.</summary>
    public IReadOnlySet<string> Names { get; }

    /// <summary>Reads a template; unknown filters, tests and tags are found here, undefined names only when rendering.</summary>
    /// <param name="text">The template; any line ends, which become <c>\n</c>.</param>
    /// <param name="source">The file, or the origin of the value, as the operator would name it.</param>
    /// <param name="firstLine">The line of <paramref name="source"/> on which the text begins.</param>
    /// <param name="firstColumn">The column at which its first line begins.</param>
    /// <param name="filters">Null for <see cref="TemplateFilters.Standard"/>.</param>
    /// <exception cref="TemplateException">It cannot be read; names the place.</exception>
    public static Template Parse(string text, string source, int firstLine = 1, int firstColumn = 1, TemplateFilters? filters = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        string lines = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        var template = new TemplateText(lines, source, firstLine, firstColumn);
        return new Template(template, Parser.Parse(template, filters ?? TemplateFilters.Standard));
    }

    /// <summary>The text with every tag replaced.</summary>
    /// <exception cref="TemplateException">A name is undefined, or an operation does not work on its values; names the place.</exception>
    public string Render(IVariables variables)
    {
        var output = new StringBuilder();
        body.Render(new Scope(new Evaluation(text, variables)), output);
        return output.ToString();
    }

    /// <summary>The value itself when the text is exactly one <c>{{ expression }}</c>, otherwise the rendered text.</summary>
    /// <returns>One of the kinds that <see cref="IVariables"/> names.</returns>
    /// <exception cref="TemplateException">A name is undefined, or an operation does not work on its values; names the place.</exception>
    public object? Evaluate(IVariables variables)
    {
        if (only is null) return Render(variables);
        var run = new Evaluation(text, variables);
        object? value = only.Require(new Scope(run));
        try
        {
            return Document.From(value, run.Budget);
        }
        catch (ValueProblem problem)
        {
            throw text.Error(only.At, problem.Message);
        }
    }

    private static ImmutableSortedSet<string> CollectNames(TemplateText text, Block body)
    {
        var names = new NameCollector();
        try
        {
            body.Collect(names);
        }
        catch (ValueProblem problem)
        {
            throw text.Error(0, problem.Message);
        }
        return names.Free.ToImmutableSortedSet(StringComparer.Ordinal);
    }
}
