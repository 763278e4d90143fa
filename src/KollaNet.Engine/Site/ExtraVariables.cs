using System.Collections.Immutable;
using System.Text;
using KollaNet.Engine.Site.Variables;
using KollaNet.Engine.Yaml;

namespace KollaNet.Engine.Site;

/// <summary>Reads <c>-e</c>. Source: Ansible, "Defining variables at runtime": <c>key=value</c> pairs are texts, <c>@file</c> and mappings are YAML.</summary>
internal static class ExtraVariables
{
    /// <summary>All definitions, weakest first.</summary>
    public static IEnumerable<VariableDefinition> Read(ImmutableArray<string> arguments, SiteProblems problems)
    {
        foreach (string argument in arguments.IsDefault ? [] : arguments)
        {
            string trimmed = argument.Trim();
            IEnumerable<VariableDefinition> read = trimmed.StartsWith('@') ? FromFile(trimmed[1..], problems)
                : trimmed.StartsWith('{') ? FromYaml(trimmed, "-e", problems) : FromPairs(trimmed, problems);
            foreach (VariableDefinition definition in read) yield return definition;
        }
    }

    private static IEnumerable<VariableDefinition> FromFile(string path, SiteProblems problems)
    {
        if (path.Length == 0)
        {
            problems.Add(new Place("-e"), "the name of a file is missing behind @");
            return [];
        }
        if (ConfigText.Find(path, path, problems) is { } text) return FromYaml(text, path, problems);
        if (!Path.Exists(path)) problems.Add(new Place("-e"), $"the file {path} does not exist");
        return [];
    }

    private static IEnumerable<VariableDefinition> FromYaml(string text, string source, SiteProblems problems) =>
        YamlReader.ReadMap(text, source, problems.Errors).Entries.Select(entry => new VariableDefinition(entry.Key, entry.Value, entry.Place, VariableLayer.Extra));

    private static IEnumerable<VariableDefinition> FromPairs(string text, SiteProblems problems)
    {
        foreach (string word in Words(text))
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            var place = new Place("-e");
            if (equals > 0)
                yield return new VariableDefinition(word[..equals], new YamlScalar(place, word[(equals + 1)..], word[(equals + 1)..], true), place, VariableLayer.Extra);
            else
                problems.Add(place, $"expected key=value, @file or a YAML mapping, found '{word}'");
        }
    }

    private static IEnumerable<string> Words(string text)
    {
        var word = new StringBuilder();
        char quote = '\0';
        bool any = false;
        foreach (char c in text)
        {
            if (quote == '\0' && char.IsWhiteSpace(c))
            {
                if (any) yield return word.ToString();
                word.Clear();
                any = false;
                continue;
            }
            any = true;
            if (quote == '\0' && c is ('"' or '\'')) quote = c;
            else if (c == quote) quote = '\0';
            else word.Append(c);
        }
        if (any) yield return word.ToString();
    }
}
