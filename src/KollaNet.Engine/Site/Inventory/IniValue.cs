using KollaNet.Engine.Yaml;

namespace KollaNet.Engine.Site.Inventory;

/// <summary>A value of an INI inventory. Source: Ansible reads them as Python literals, and as plain text when they are none.</summary>
internal static class IniValue
{
    /// <summary>Numbers, <c>True</c>, <c>False</c>, <c>None</c>, quoted texts, lists and mappings; all else is text, also <c>yes</c>.</summary>
    public static YamlNode Read(string text, Place place, SiteProblems problems)
    {
        if (text.Length >= 2 && text[0] is '"' or '\'' && text.IndexOf(text[0], 1) == text.Length - 1)
            return new YamlScalar(place, text[1..^1], text[1..^1], true) { TextPlace = place with { Column = place.Column + 1 } };
        if (text.Length >= 2 && ((text[0] == '[' && text[^1] == ']') || (text[0] == '{' && text[^1] == '}' && !text.StartsWith("{{", StringComparison.Ordinal) && !text.StartsWith("{%", StringComparison.Ordinal))))
            return ReadStructure(text, place, problems);
        object? value = text switch
        {
            "True" => true,
            "False" => false,
            "None" => null,
            "" => "",
            _ => YamlScalars.Resolve(text) is long or double ? YamlScalars.Resolve(text) : text,
        };
        return new YamlScalar(place, text, value, true);
    }

    private static YamlNode ReadStructure(string text, Place place, SiteProblems problems)
    {
        var found = new List<SiteProblem>();
        YamlNode? node = YamlReader.Read(new string('\n', place.Line - 1) + new string(' ', place.Column - 1) + text, place.Source, found);
        problems.Errors.AddRange(found);
        return node ?? new YamlScalar(place, "", null, false);
    }
}
