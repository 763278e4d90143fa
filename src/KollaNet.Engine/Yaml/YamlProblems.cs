using KollaNet.Engine.Site;

namespace KollaNet.Engine.Yaml;

/// <summary>Says in an operator's words what a YAML parser says in a parser's.</summary>
internal static class YamlProblems
{
    /// <summary>The problem behind a parser error at a place.</summary>
    public static SiteProblem Of(string text, string source, int line, int column, string message)
    {
        string[] lines = text.Split('\n');
        // The parser names the line it stood in when it gave up, which may be the one before or after the tab.
        foreach (int candidate in new[] { line, line + 1, line - 1 }.Where(number => number >= 1 && number <= lines.Length))
        {
            string content = lines[candidate - 1];
            int tab = content.AsSpan().IndexOfAnyExcept(' ');
            if (tab >= 0 && content[tab] == '\t')
                return new SiteProblem(new Place(source, candidate, tab + 1).ToString(), "a tab starts this line; YAML is indented with blanks only");
        }
        return new SiteProblem(new Place(source, line, column).ToString(), Explain(message));
    }

    /// <summary>For the one error the parser reports without a place: the last bracket that nothing closes.</summary>
    public static string NeverClosed(string text)
    {
        string[] lines = text.Split('\n');
        for (int index = 0; index < lines.Length; index++)
        {
            int opened = lines[index].Count(c => c is '[' or '{'), closed = lines[index].Count(c => c is ']' or '}');
            if (opened > closed) return $"the bracket opened in line {index + 1} is never closed";
        }
        return "a bracket is opened and never closed";
    }

    private static string Explain(string message)
    {
        bool Says(string words) => message.Contains(words, StringComparison.OrdinalIgnoreCase);
        if (Says("quoted scalar")) return "the quote opened here is never closed";
        if (Says("mapping values are not allowed") || Says("invalid mapping"))
            return "a ':' where none can be: the line above is indented differently, or the value needs quotes";
        if (Says("simple key")) return "a ':' is missing behind this key, or the line is indented wrongly";
        if (Says("flow mapping") || Says("flow sequence")) return "a '[' or '{' is never closed, or a ',' is missing";
        if (Says("block mapping") || Says("block collection") || Says("expected key") || Says("block end"))
            return "wrong indentation: this line fits neither the key above nor the mapping around it";
        if (Says("node content")) return "a value is missing here, or a '[' or '{' is never closed";
        if (Says("cannot start any token")) return "a value cannot start with this character; put quotes around it";
        if (Says("escape")) return "an unknown '\\' escape in a double-quoted value; use single quotes";
        int end = message.LastIndexOf("): ", StringComparison.Ordinal);
        return "not valid YAML: " + (end < 0 ? message : message[(end + 3)..]).TrimEnd('.');
    }
}
