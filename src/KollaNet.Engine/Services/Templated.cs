using System.Collections.Immutable;
using KollaNet.Engine.Rendering;
using KollaNet.Engine.Site.Variables;
using KollaNet.Engine.Yaml;

namespace KollaNet.Engine.Services;

/// <summary>Template text with the place it came from, for error messages.</summary>
/// <param name="Text">May hold <c>{{ … }}</c>; when it is nothing else, its value keeps its type. Empty when <see cref="Structure"/> is a list or a mapping.</param>
/// <param name="Source">The file, as the operator would name it.</param>
/// <param name="Line">1-based.</param>
/// <param name="Column">1-based.</param>
public sealed record Templated(string Text, string Source, int Line, int Column)
{
    private static readonly TemplateCache Templates = new();

    /// <summary>The node of the file, a list or mapping with templates inside or a single value; null when made from <see cref="Text"/> alone.</summary>
    public YamlNode? Structure { get; init; }

    /// <summary>Takes a value of a YAML file as it stands.</summary>
    public static Templated Of(YamlNode node)
    {
        string text = node is YamlScalar scalar ? scalar.Text : "";
        Place place = node is YamlScalar { TextPlace: var inside } ? inside : node.Place;
        return new Templated(text, place.Source, place.Line, place.Column) { Structure = node };
    }

    /// <summary>The value, with its own type; lists and mappings are evaluated to their last leaf.</summary>
    /// <exception cref="TemplateException">The text is wrong, or needs a name that nothing defines.</exception>
    public object? Evaluate(IVariables variables) =>
        Structure is not null ? Templates.Evaluate(Structure, variables) : Template.Parse(Text, Source, Line, Column).Evaluate(variables);

    /// <summary>Every name the value may ask for.</summary>
    /// <exception cref="TemplateException">The text is wrong.</exception>
    internal IEnumerable<string> NamesIn() => Structure is not null ? Templates.NamesIn(Structure) : Template.Parse(Text, Source, Line, Column).Names;

    /// <summary>The values of several, where each may give one value or a list of them; nulls and empty texts are left out.</summary>
    /// <exception cref="TemplateException">A text is wrong, or needs a name that nothing defines.</exception>
    public static ImmutableArray<object> EvaluateAll(IEnumerable<Templated> all, IVariables variables) =>
        [.. all.Select(one => one.Evaluate(variables)).SelectMany(value => value is IReadOnlyList<object?> list ? list : [value]).OfType<object>().Where(value => value is not "")];
}
