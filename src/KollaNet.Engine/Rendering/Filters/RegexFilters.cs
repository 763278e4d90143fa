using System.Text.RegularExpressions;
using KollaNet.Engine.Rendering.Values;

namespace KollaNet.Engine.Rendering.Filters;

/// <summary>Ansible's <c>regex_*</c>.</summary>
internal static class RegexFilters
{
    public static KeyValuePair<string, RegisteredFilter>[] All { get; } =
    [
        Table.Filter("regex_replace", Replace, "pattern?", "replacement?", "ignorecase?", "multiline?"),
        Table.Filter("regex_search", Search, "regex", "*"),
        Table.Filter("regex_findall", FindAll, "regex", "multiline?", "ignorecase?"),
        Table.Filter("regex_escape", static call => EscapeFor(call.Text)),
    ];

    private static string Replace(FilterCall call)
    {
        string replacement = call.TextArgument(1), input = call.Text;
        Regex regex = PythonRegex.Compile(call.TextArgument(0), call.BoolArgument(2), call.BoolArgument(3));
        return PythonRegex.Guard(() => regex.Replace(input, match =>
        {
            string text = PythonRegex.Expand(replacement, match);
            call.Budget.UseFor(text.Length);
            return text;
        }));
    }

    private static object? Search(FilterCall call)
    {
        bool Option(string name) => call.All.Named.TryGetValue(name, out object? value) && Value.IsTrue(value);
        string input = call.Text;
        Regex regex = PythonRegex.Compile(call.TextArgument(0), Option("ignorecase"), Option("multiline"));
        Match match = PythonRegex.Guard(() => regex.Match(input));
        if (!match.Success) return null;
        if (call.All.Positional.Count <= 1) return match.Value;
        return call.All.Positional.Skip(1).Select(group => (object?)PythonRegex.Group(match, GroupName(group, call.Budget))).ToArray();
    }

    private static string GroupName(object? argument, Budget budget)
    {
        string text = PythonText.Of(argument, budget);
        if (text.StartsWith("\\g<", StringComparison.Ordinal)) return text[3..].TrimEnd('>');
        if (text.StartsWith('\\')) return text[1..];
        throw new ValueProblem($"unknown argument '{text}'; write a group as '\\\\1' or '\\\\g<name>'");
    }

    private static object?[] FindAll(FilterCall call)
    {
        string input = call.Text;
        Regex regex = PythonRegex.Compile(call.TextArgument(0), call.BoolArgument(2), call.BoolArgument(1));
        return PythonRegex.Guard(() => regex.Matches(input).Select(Found).ToArray());
    }

    private static object? Found(Match match) => match.Groups.Count switch
    {
        1 => match.Value,
        2 => match.Groups[1].Value,
        _ => new TupleValue([.. match.Groups.Values.Skip(1).Select(group => (object?)group.Value)]),
    };

    private static string EscapeFor(string text) =>
        string.Concat(text.Select(c => "()[]{}?*+-|^$\\.&~# \t\n\r\v\f".Contains(c, StringComparison.Ordinal) ? "\\" + c : c.ToString()));
}
