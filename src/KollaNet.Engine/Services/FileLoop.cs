using KollaNet.Engine.Rendering;

namespace KollaNet.Engine.Services;

/// <summary>What a file of a container's configuration sees: the site's variables, and with a <c>loop</c> one of its items as <c>item</c>.</summary>
internal static class FileLoop
{
    private const string Item = "item";

    /// <summary>The variables of each file that the definition stands for.</summary>
    /// <exception cref="TemplateException">The loop is wrong, or no list.</exception>
    public static IEnumerable<IVariables> Each(ConfigFileDefinition file, IVariables variables)
    {
        if (file.Loop is not { } loop) return [variables];
        if (loop.Evaluate(variables) is not IReadOnlyList<object?> items) throw new TemplateException(loop.Source, loop.Line, loop.Column, "'loop' is not a list");
        return items.Select(item => new AddedVariables(variables, new Dictionary<string, object?> { [Item] = item }));
    }
}
