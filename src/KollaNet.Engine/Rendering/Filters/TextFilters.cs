using System.Text;
using System.Text.RegularExpressions;
using KollaNet.Engine.Rendering.Values;

namespace KollaNet.Engine.Rendering.Filters;

/// <summary>Filters whose result is text.</summary>
internal static partial class TextFilters
{
    public static KeyValuePair<string, RegisteredFilter>[] All { get; } =
    [
        Table.Filter("string", static call => call.Text),
        Table.Filter("safe", static call => call.Text),
        Table.Filter("lower", static call => call.Text.ToLowerInvariant()),
        Table.Filter("upper", static call => call.Text.ToUpperInvariant()),
        Table.Filter("title", static call => Title(call.Text)),
        Table.Filter("capitalize", static call => Capitalized(call.Text)),
        Table.Filter("trim", Trim, "chars?"),
        Table.Filter("replace", Replace, "old", "new", "count?"),
        Table.Filter("split", static call => Methods.Split(call.Text, call.Argument(0) as string, call.LongArgument(1, -1)), "sep?", "maxsplit?"),
        Table.Filter("splitlines", static call => Methods.SplitLines(call.Text)),
        Table.Filter("indent", Indent, "width?", "first?", "blank?"),
        Table.Filter("format", Format, "*"),
        Table.Filter("quote", static call => ShellQuoted(call.Value is null ? "" : call.Text)),
        Table.Filter("comment", static call => string.Join('\n', call.Text.Split('\n').Select(line => $"# {line}".TrimEnd()).Prepend("#").Append("#"))),
        Table.Filter("basename", static call => call.Text[(call.Text.LastIndexOf('/') + 1)..]),
        Table.Filter("dirname", static call => Folder(call.Text)),
        Table.Filter("splitext", SplitExtension),
        Table.Filter("path_join", static call => JoinPath(call)),
        Table.Filter("put_address_in_context", PutAddressInContext, "context"),
    ];

    [GeneratedRegex(@"([-\s({\[<]+)")]
    private static partial Regex WordBreak { get; }

    public static string Title(string text) => string.Concat(WordBreak.Split(text).Select(Capitalized));

    public static string Capitalized(string text) => text.Length == 0 ? "" : char.ToUpperInvariant(text[0]) + text[1..].ToLowerInvariant();

    private static string Trim(FilterCall call) => call.Argument(0) is string characters ? call.Text.Trim(characters.ToCharArray()) : call.Text.Trim();

    private static string Replace(FilterCall call) =>
        Methods.Replace(call.Text, call.TextArgument(0), call.TextArgument(1), call.LongArgument(2, -1), call.Budget);

    private static string Indent(FilterCall call)
    {
        object? width = call.Argument(0, 4L);
        string margin = width is string text ? text : (string)Arithmetic.Apply("*", " ", width, call.Budget)!;
        bool first = call.BoolArgument(1), blank = call.BoolArgument(2);
        string[] lines = (call.Text + "\n").Split('\n')[..^1];
        call.Budget.UseFor((long)lines.Length * margin.Length);
        var indented = new StringBuilder();
        for (int i = 0; i < lines.Length; i++)
        {
            if (i > 0) indented.Append('\n');
            bool isIndented = i == 0 ? first : blank || lines[i].Length > 0;
            indented.Append(isIndented ? margin : "").Append(lines[i]);
        }
        return indented.ToString();
    }

    private static string Format(FilterCall call) => call.All.Named.Count > 0
        ? PercentFormat.Apply(call.Text, call.All.Named, call.Budget)
        : PercentFormat.Apply(call.Text, new TupleValue([.. call.All.Positional]), call.Budget);

    private static string ShellQuoted(string text)
    {
        bool isPlain = text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || "_@%+=:,./-".Contains(c, StringComparison.Ordinal));
        return isPlain ? text : "'" + text.Replace("'", "'\"'\"'", StringComparison.Ordinal) + "'";
    }

    private static string Folder(string path)
    {
        string folder = path[..(path.LastIndexOf('/') + 1)];
        return folder.Trim('/').Length == 0 ? folder : folder.TrimEnd('/');
    }

    private static TupleValue SplitExtension(FilterCall call)
    {
        string path = call.Text;
        int name = path.LastIndexOf('/') + 1, dot = path.LastIndexOf('.');
        while (name < path.Length && path[name] == '.') name++;
        return dot > name - 1 && dot >= name ? new TupleValue(path[..dot], path[dot..]) : new TupleValue(path, "");
    }

    private static string JoinPath(FilterCall call)
    {
        string joined = "";
        foreach (object? part in call.Value is string only ? [only] : call.Items)
        {
            string next = PythonText.Of(part, call.Budget);
            joined = next.StartsWith('/') || joined.Length == 0 ? next : joined.EndsWith('/') ? joined + next : joined + "/" + next;
            call.Budget.Use(joined.Length);
        }
        return joined;
    }

    /// <summary>Brackets an IPv6 address as a URL or a memcached list needs it. Source: Kolla Ansible's filter of this name.</summary>
    private static string PutAddressInContext(FilterCall call)
    {
        string address = call.Text, context = call.TextArgument(0);
        bool isIPv6 = address.Contains(':', StringComparison.Ordinal);
        return context switch
        {
            "url" => isIPv6 ? $"[{address}]" : address,
            "memcache" => isIPv6 ? $"inet6:[{address}]" : address,
            _ => throw FilterCall.Fail($"unknown context '{context}': use 'url' or 'memcache'"),
        };
    }
}
