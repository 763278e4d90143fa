using System.Collections.Immutable;
using System.Text;

namespace KollaNet.ImageService.Api;

/// <summary>Values of the filters that take <c>eq:value</c> or <c>in:a,b,"with, comma"</c>. Source: image-api reference 2.3.</summary>
public static class FilterValues
{
    /// <exception cref="ApiException">400: another operator, broken quoting.</exception>
    public static ImmutableArray<string> Parse(string key, string value)
    {
        int colon = value.IndexOf(':');
        if (colon < 0) return [value];
        return value[..colon] switch
        {
            "eq" => [value[(colon + 1)..]],
            "in" => Split(key, value[(colon + 1)..]),
            var other => throw ApiException.Malformed($"{key}: the operator '{other}' is not supported; use eq or in."),
        };
    }

    private static ImmutableArray<string> Split(string key, string list)
    {
        ImmutableArray<string> values = [];
        int at = 0;
        while (true)
        {
            bool quoted = at < list.Length && list[at] == '"';
            values = values.Add(quoted ? Quoted(key, list, ref at) : Bare(key, list, ref at));
            if (at == list.Length) return values;
            if (list[at++] != ',') throw Broken(key);
        }
    }

    private static string Bare(string key, string list, ref int at)
    {
        int end = list.IndexOf(',', at);
        if (end < 0) end = list.Length;
        string value = list[at..end];
        at = end;
        return value.Contains('"') ? throw Broken(key) : value;
    }

    private static string Quoted(string key, string list, ref int at)
    {
        var value = new StringBuilder();
        for (at++; at < list.Length; at++)
        {
            if (list[at] == '"')
            {
                at++;
                return value.ToString();
            }

            if (list[at] == '\\' && at + 1 < list.Length) at++;
            value.Append(list[at]);
        }

        throw Broken(key);
    }

    private static ApiException Broken(string key) => ApiException.Malformed($"{key}: the quotes of the list do not match.");
}
