using System.Text;
using System.Text.RegularExpressions;
using KollaNet.Engine.Rendering.Values;

namespace KollaNet.Engine.Rendering.Filters;

/// <summary>Python's regular expressions by way of .NET's; a pattern that runs away is stopped after a second.</summary>
internal static class PythonRegex
{
    public static Regex Compile(string pattern, bool ignoreCase = false, bool multiline = false)
    {
        RegexOptions options = RegexOptions.CultureInvariant;
        if (ignoreCase) options |= RegexOptions.IgnoreCase;
        if (multiline) options |= RegexOptions.Multiline;
        string translated = pattern.Replace("(?P<", "(?<", StringComparison.Ordinal).Replace("\\Z", "\\z", StringComparison.Ordinal);
        try
        {
            return new Regex(translated, options, TimeSpan.FromSeconds(1));
        }
        catch (ArgumentException e)
        {
            throw new ValueProblem($"'{pattern}' is not a regular expression: {e.Message}");
        }
    }

    /// <summary>Runs a search; a time-out becomes an error of the template.</summary>
    public static T Guard<T>(Func<T> search)
    {
        try
        {
            return search();
        }
        catch (RegexMatchTimeoutException)
        {
            throw new ValueProblem("the regular expression takes too long");
        }
    }

    /// <summary>Fills a match into Python's replacement text: <c>\1</c>, <c>\g&lt;name&gt;</c>, <c>\n</c>.</summary>
    public static string Expand(string replacement, Match match)
    {
        var text = new StringBuilder();
        for (int i = 0; i < replacement.Length; i++)
        {
            if (replacement[i] != '\\' || i + 1 == replacement.Length)
            {
                text.Append(replacement[i]);
                continue;
            }
            char c = replacement[++i];
            if (char.IsAsciiDigit(c))
            {
                string number = i + 1 < replacement.Length && c != '0' && char.IsAsciiDigit(replacement[i + 1]) ? replacement[i..(++i + 1)] : c.ToString();
                text.Append(c == '0' ? "\0" : Group(match, number));
            }
            else if (c == 'g' && i + 1 < replacement.Length && replacement[i + 1] == '<' && replacement.IndexOf('>', i) is var end and > 0)
            {
                text.Append(Group(match, replacement[(i + 2)..end]));
                i = end;
            }
            else
            {
                text.Append(c switch { 'n' => "\n", 't' => "\t", 'r' => "\r", '\\' => "\\", _ => "\\" + c });
            }
        }
        return text.ToString();
    }

    public static string Group(Match match, string name)
    {
        Group group = match.Groups[name];
        return group.Success || match.Groups.ContainsKey(name) ? group.Value : throw new ValueProblem($"invalid group reference '{name}'");
    }
}
