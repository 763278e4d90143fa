using System.Collections.Immutable;
using System.Globalization;
using KollaNet.Engine.Rendering;
using KollaNet.Engine.Rendering.Ini;
using KollaNet.Engine.Services;
using KollaNet.Engine.Site;

namespace KollaNet.Engine.Planning;

/// <summary>Evaluates the values of a service for one host, and collects what is wrong instead of stopping at the first.</summary>
internal sealed class Evaluation(IVariables variables, ICollection<SiteProblem> problems)
{
    public IVariables Variables { get; } = variables;

    /// <summary>The same with other variables.</summary>
    public Evaluation With(IVariables others) => new(others, problems);

    /// <summary>The text of a value; empty when it is wrong or nothing.</summary>
    public string Text(Templated? value) => value is null ? "" : Try(() => TextOf(value.Evaluate(Variables)), "");

    public ImmutableArray<string> Texts(IEnumerable<Templated> values) => Try(() => [.. Templated.EvaluateAll(values, Variables).Select(TextOf)], ImmutableArray<string>.Empty);

    public object? Value(Templated? value) => value is null ? null : Try(() => value.Evaluate(Variables), null);

    public bool Truth(Templated? value, bool whenMissing) => value is null ? whenMissing : Try(() => Site.Truth.Of(value.Evaluate(Variables)) ?? throw Wrong(value, "is not yes or no"), false);

    public long Number(Templated? value, long whenMissing) => value is null ? whenMissing : Try(() => NumberOf(value.Evaluate(Variables)) ?? throw Wrong(value, "is not a number"), whenMissing);

    public TimeSpan Seconds(Templated? value, int whenMissing) => TimeSpan.FromSeconds(Number(value, whenMissing));

    public ImmutableSortedDictionary<string, string> Map(IReadOnlyDictionary<string, Templated> values) =>
        values.ToImmutableSortedDictionary(pair => pair.Key, pair => Text(pair.Value), StringComparer.Ordinal);

    /// <summary>A variable's text; empty when nothing defines it.</summary>
    public string Variable(string name) => Try(() => Variables.TryGet(name, out object? value) ? TextOf(value) : "", "");

    public bool VariableTruth(string name) => Try(() => Variables.TryGet(name, out object? value) && Site.Truth.Of(value) == true, false);

    public T Try<T>(Func<T> work, T otherwise)
    {
        try
        {
            return work();
        }
        catch (TemplateException e)
        {
            problems.Add(new SiteProblem($"{e.TemplateSource}:{e.Line}:{e.Column}", e.Problem));
        }
        catch (IniException e)
        {
            problems.Add(new SiteProblem($"{e.IniSource}:{e.Line}:{e.Column}", e.Problem));
        }
        return otherwise;
    }

    public void Report(string place, string problem) => problems.Add(new SiteProblem(place, problem));

    public static string TextOf(object? value) => value switch
    {
        null => "",
        string text => text,
        bool truth => truth ? "True" : "False",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    public static long? NumberOf(object? value) => value switch
    {
        long number => number,
        double number => (long)number,
        string text when long.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) => number,
        _ => null,
    };

    private TemplateException Wrong(Templated value, string problem) => new(value.Source, value.Line, value.Column, $"'{TextOf(value.Evaluate(Variables))}' {problem}");
}
