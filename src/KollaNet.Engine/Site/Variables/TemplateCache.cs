using System.Collections.Concurrent;
using KollaNet.Engine.Rendering;
using KollaNet.Engine.Yaml;

namespace KollaNet.Engine.Site.Variables;

/// <summary>Evaluates YAML values: texts are templates, lists and mappings are evaluated to their last leaf.</summary>
internal sealed class TemplateCache
{
    private readonly ConcurrentDictionary<YamlScalar, Template> parsed = new(ReferenceEqualityComparer.Instance);

    /// <summary>The value of a node.</summary>
    /// <exception cref="TemplateException">A text in it is wrong, or needs a name that nothing defines.</exception>
    public object? Evaluate(YamlNode node, IVariables scope) => node switch
    {
        YamlScalar scalar => IsTemplate(scalar) ? Parse(scalar).Evaluate(scope) : scalar.Value,
        YamlList list => list.Items.Select(item => Evaluate(item, scope)).ToList(),
        YamlMap map => map.Entries.ToDictionary(entry => entry.Key, entry => Evaluate(entry.Value, scope), StringComparer.Ordinal),
        _ => throw new ArgumentOutOfRangeException(nameof(node), node, "an unknown kind of YAML node"),
    };

    /// <summary>Every name the templates in a node may ask for.</summary>
    /// <exception cref="TemplateException">A text in it cannot be parsed.</exception>
    public IEnumerable<string> NamesIn(YamlNode node) => node switch
    {
        YamlScalar scalar => IsTemplate(scalar) ? Parse(scalar).Names : [],
        YamlList list => list.Items.SelectMany(NamesIn),
        YamlMap map => map.Entries.SelectMany(entry => NamesIn(entry.Value)),
        _ => [],
    };

    /// <summary>True when a value has to be evaluated rather than taken as it stands.</summary>
    public static bool IsTemplate(YamlScalar scalar) => scalar is { IsTemplate: true, Value: string text }
        && (text.Contains("{{", StringComparison.Ordinal) || text.Contains("{%", StringComparison.Ordinal) || text.Contains("{#", StringComparison.Ordinal));

    private Template Parse(YamlScalar scalar) =>
        parsed.GetOrAdd(scalar, static s => Template.Parse(s.Text, s.TextPlace.Source, s.TextPlace.Line, s.TextPlace.Column));
}
