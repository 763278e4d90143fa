using System.Text;
using KollaNet.Engine.Rendering.Values;

namespace KollaNet.Engine.Rendering.Filters;

/// <summary>The methods of Python's strings, lists and mappings that templates call.</summary>
internal static class Methods
{
    private static readonly string[] Changing =
        ["append", "clear", "extend", "insert", "pop", "popitem", "remove", "setdefault", "sort", "reverse", "update"];

    /// <summary>Null when values of this kind have no such method.</summary>
    public static Callable? Find(object? owner, string name) => owner switch
    {
        string text => OfText(text, name),
        IReadOnlyDictionary<string, object?> map => OfMapping(map, name),
        IReadOnlyList<object?> list => OfList(list, name),
        _ => null,
    };

    private static Callable Method(string name, Func<object?[], CallArguments, object?> run, int required = 0, params string[] parameters) =>
        new(name, call => run(call.Bind(name, parameters, required, out _), call));

    private static Callable? OfMapping(IReadOnlyDictionary<string, object?> map, string name) => name switch
    {
        "items" => Method(name, (_, _) => MappingFilters.Pairs(map)),
        "keys" => Method(name, (_, _) => map.Keys.ToArray<object?>()),
        "values" => Method(name, (_, _) => map.Values.ToArray()),
        "get" => Method(name, (given, _) => map.TryGetValue(Value.Key(given[0]), out object? value) ? value : given[1], 1, "key", "default"),
        "copy" => Method(name, (_, _) => map),
        _ => InPlace(name),
    };

    private static Callable? OfList(IReadOnlyList<object?> list, string name) => name switch
    {
        "index" => Method(name, (given, call) => Enumerable.Range(0, list.Count).Where(i => Comparison.AreEqual(list[i], given[0], call.Budget))
            .Select(i => (object?)(long)i).FirstOrDefault() ?? throw new ValueProblem("the value is not in the list"), 1, "value"),
        "count" => Method(name, (given, call) => (long)list.Count(item => Comparison.AreEqual(item, given[0], call.Budget)), 1, "value"),
        "copy" => Method(name, (_, _) => list),
        _ => InPlace(name),
    };

    private static Callable? InPlace(string name) => Array.IndexOf(Changing, name) < 0 ? null : new Callable(name, _ =>
        throw new ValueProblem($"'{name}' would change a value in place, which is not supported; build a new one with '+', 'combine' or a filter"));

    private static Callable? OfText(string text, string name) => name switch
    {
        "split" => Method(name, (given, _) => Split(text, given[0] as string, given[1] is { } most ? Value.Index(most) : -1), 0, "sep", "maxsplit"),
        "rsplit" => Method(name, (given, _) => RightSplit(text, given[0] as string, given[1] is { } most ? Value.Index(most) : -1), 0, "sep", "maxsplit"),
        "splitlines" => Method(name, (_, _) => SplitLines(text)),
        "join" => Method(name, (given, call) => Join(text, Value.Items(given[0]), call.Budget), 1, "iterable"),
        "strip" => Method(name, (given, _) => given[0] is string set ? text.Trim(set.ToCharArray()) : text.Trim(), 0, "chars"),
        "lstrip" => Method(name, (given, _) => given[0] is string set ? text.TrimStart(set.ToCharArray()) : text.TrimStart(), 0, "chars"),
        "rstrip" => Method(name, (given, _) => given[0] is string set ? text.TrimEnd(set.ToCharArray()) : text.TrimEnd(), 0, "chars"),
        "lower" => Method(name, (_, _) => text.ToLowerInvariant()),
        "upper" => Method(name, (_, _) => text.ToUpperInvariant()),
        "title" => Method(name, (_, _) => PythonTitle(text)),
        "capitalize" => Method(name, (_, _) => TextFilters.Capitalized(text)),
        "startswith" => Method(name, (given, _) => AnyOf(given[0]).Any(part => text.StartsWith(part, StringComparison.Ordinal)), 1, "prefix"),
        "endswith" => Method(name, (given, _) => AnyOf(given[0]).Any(part => text.EndsWith(part, StringComparison.Ordinal)), 1, "suffix"),
        "replace" => Method(name, (given, call) => Replace(text, Text(given[0]), Text(given[1]), given[2] is { } most ? Value.Index(most) : -1, call.Budget),
            2, "old", "new", "count"),
        "find" => Method(name, (given, _) => (long)text.IndexOf(Text(given[0]), StringComparison.Ordinal), 1, "sub"),
        "rfind" => Method(name, (given, _) => (long)text.LastIndexOf(Text(given[0]), StringComparison.Ordinal), 1, "sub"),
        "count" => Method(name, (given, _) => (long)Occurrences(text, Text(given[0])), 1, "sub"),
        "format" => new Callable(name, call => BraceFormat.Apply(text, call)),
        "zfill" => Method(name, (given, call) => ZeroFill(text, Value.Index(given[0]), call.Budget), 1, "width"),
        "isdigit" => Method(name, (_, _) => text.Length > 0 && text.All(char.IsDigit)),
        "isalpha" => Method(name, (_, _) => text.Length > 0 && text.All(char.IsLetter)),
        "isalnum" => Method(name, (_, _) => text.Length > 0 && text.All(char.IsLetterOrDigit)),
        _ => null,
    };

    private static string Text(object? value) => Value.Use(value) as string ?? throw new ValueProblem($"a string is needed, not {Value.TypeName(value)}");

    private static IEnumerable<string> AnyOf(object? value) => value is TupleValue several ? several.Select(Text) : [Text(value)];

    private static string PythonTitle(string text)
    {
        var title = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            bool inside = title.Length > 0 && char.IsLetter(title[^1]);
            title.Append(inside ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c));
        }
        return title.ToString();
    }

    private static string Join(string between, IReadOnlyList<object?> items, Budget budget)
    {
        long size = items.Sum(item => (long)Text(item).Length) + ((long)between.Length * Math.Max(items.Count - 1, 0));
        budget.UseFor(size);
        return string.Join(between, items);
    }

    public static string Replace(string text, string old, string with, long most, Budget budget)
    {
        if (old.Length == 0) throw new ValueProblem("there is nothing to replace: the text to look for is empty");
        budget.UseFor(text.Length + (with.Length * (long)Occurrences(text, old)));
        if (most < 0) return text.Replace(old, with, StringComparison.Ordinal);
        var replaced = new StringBuilder();
        int at = 0;
        for (int found; most-- > 0 && (found = text.IndexOf(old, at, StringComparison.Ordinal)) >= 0; at = found + old.Length)
            replaced.Append(text, at, found - at).Append(with);
        return replaced.Append(text, at, text.Length - at).ToString();
    }

    private static int Occurrences(string text, string part)
    {
        if (part.Length == 0) return text.Length + 1;
        int count = 0;
        for (int at = 0; (at = text.IndexOf(part, at, StringComparison.Ordinal)) >= 0; at += part.Length) count++;
        return count;
    }

    private static string ZeroFill(string text, int width, Budget budget)
    {
        budget.UseFor(width);
        int sign = text.Length > 0 && text[0] is '-' or '+' ? 1 : 0;
        return text[..sign] + text[sign..].PadLeft(Math.Max(width - sign, 0), '0');
    }

    /// <param name="most">At most this many cuts; negative for all.</param>
    public static object?[] Split(string text, string? separator, long most)
    {
        int count = most < 0 || most >= int.MaxValue ? int.MaxValue : (int)most + 1;
        if (separator is { Length: 0 }) throw new ValueProblem("empty separator");
        if (separator is not null) return text.Split(separator, count);
        var words = new List<object?>();
        int at = 0;
        while (true)
        {
            while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
            if (at == text.Length) return [.. words];
            int end = at;
            while (end < text.Length && !char.IsWhiteSpace(text[end])) end++;
            if (words.Count == count - 1)
            {
                words.Add(text[at..].TrimEnd());
                return [.. words];
            }
            words.Add(text[at..end]);
            at = end;
        }
    }

    private static object?[] RightSplit(string text, string? separator, long most)
    {
        if (separator is null) throw new ValueProblem("'rsplit' needs a separator");
        object?[] all = Split(text, separator, -1);
        if (most < 0 || all.Length <= most + 1) return all;
        int kept = all.Length - (int)most;
        return [string.Join(separator, all[..kept]), .. all[kept..]];
    }

    public static object?[] SplitLines(string text)
    {
        string[] lines = text.Split('\n');
        return lines[^1].Length == 0 ? lines[..^1] : lines;
    }
}
