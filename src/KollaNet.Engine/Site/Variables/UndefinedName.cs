using System.Text.RegularExpressions;

namespace KollaNet.Engine.Site.Variables;

/// <summary>Helps with names that nothing defines.</summary>
internal static partial class UndefinedName
{
    /// <summary>The name in <c>'x' is undefined</c>; null for any other problem.</summary>
    public static string? In(string problem) => Pattern().Match(problem) is { Success: true } match ? match.Groups["name"].Value : null;

    /// <summary>What was probably meant, or what is missing; empty when we cannot tell.</summary>
    public static string Hint(string name, SiteNames names)
    {
        if (GroupName().Match(name) is { Success: true } group)
            return $"; the inventory has no group '{group.Groups["group"].Value}'{Suggestion.Phrase(group.Groups["group"].Value, names.Groups.Keys)}";
        return Suggestion.Phrase(name, names.Layers.Names.Concat(HostVariables.Magic));
    }

    [GeneratedRegex(@"^'(?<name>.+)' is undefined$")]
    private static partial Regex Pattern();

    [GeneratedRegex(@"^groups(\.|\[['""]?)(?<group>[\w-]+)")]
    private static partial Regex GroupName();
}
