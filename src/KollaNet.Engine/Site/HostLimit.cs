using System.Collections.Immutable;
using System.IO.Enumeration;
using KollaNet.Engine.Yaml;

namespace KollaNet.Engine.Site;

/// <summary>Reads <c>--limit</c>. Source: Ansible, "Patterns: targeting hosts and groups".</summary>
internal static class HostLimit
{
    /// <summary>The hosts it lets us touch; names that fit nothing are reported.</summary>
    public static IReadOnlySet<string> Select(string? limit, ImmutableArray<string> hosts, ImmutableSortedDictionary<string, ImmutableArray<string>> groups, SiteProblems problems)
    {
        string[] parts = (limit ?? "").Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var selected = new HashSet<string>(parts.All(part => part[0] is '!' or '&') ? hosts : [], StringComparer.Ordinal);
        foreach (string part in parts.OrderBy(part => part[0] switch { '&' => 1, '!' => 2, _ => 0 }))
        {
            string pattern = part.TrimStart('!', '&');
            HashSet<string> matched = Match(pattern, hosts, groups);
            if (matched.Count == 0 && !groups.ContainsKey(pattern))
                problems.Add(new Place("--limit"), $"'{pattern}' is neither a host nor a group{Suggestion.Phrase(pattern, hosts.Concat(groups.Keys))}");
            if (part[0] == '!') selected.ExceptWith(matched);
            else if (part[0] == '&') selected.IntersectWith(matched);
            else selected.UnionWith(matched);
        }
        if (parts.Length > 0 && selected.Count == 0 && problems.Errors.TrueForAll(problem => problem.Place != "--limit"))
            problems.Add(new Place("--limit"), $"'{limit}' leaves no host");
        return selected;
    }

    private static HashSet<string> Match(string pattern, ImmutableArray<string> hosts, ImmutableSortedDictionary<string, ImmutableArray<string>> groups)
    {
        if (pattern.AsSpan().IndexOfAny('*', '?') < 0)
            return [.. hosts.Where(host => host == pattern), .. groups.GetValueOrDefault(pattern, [])];
        return
        [
            .. hosts.Where(host => FileSystemName.MatchesSimpleExpression(pattern, host)),
            .. groups.Where(group => FileSystemName.MatchesSimpleExpression(pattern, group.Key)).SelectMany(group => group.Value),
        ];
    }
}
