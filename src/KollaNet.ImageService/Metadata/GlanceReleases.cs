using System.Collections.Immutable;

namespace KollaNet.ImageService.Metadata;

/// <summary>Which release of Glance leaves which alembic revision behind, oldest first. Source: Glance's alembic versions folder.</summary>
internal static class GlanceReleases
{
    /// <summary>Without the branch and number that follow: <c>wallaby</c> stands for <c>wallaby_expand01</c> and <c>wallaby_contract01</c>. Glance's schema did not
    /// change between Wallaby and 2022.2, nor in 2023.1 and 2023.2: their revisions are empty migrations.</summary>
    private static readonly ImmutableArray<(string Prefix, string Release)> Chain =
    [
        ("liberty", "Liberty"), ("mitaka", "Mitaka or Newton"), ("ocata", "Ocata"), ("pike", "Pike"), ("queens", "Queens"), ("rocky", "Rocky or Stein"),
        ("train", "Train"), ("ussuri", "Ussuri or Victoria"), ("wallaby", "2022.2 or a little older"), ("xena", "2023.1, half upgraded"), ("yoga", "2023.1, half upgraded"),
        ("zed", "2023.1, half upgraded"), ("2023_1", "2023.1 or 2023.2"), ("2024_1", "2024.1 or newer"),
    ];

    /// <summary>The oldest whose tables have every column that we use.</summary>
    public static int OldestUsable { get; } = PositionOf("wallaby");

    /// <summary>That of <see cref="GlanceTables.Revision"/>.</summary>
    public static int Latest => Chain.Length - 1;

    /// <summary>For people.</summary>
    public static string NameOf(int position) => Chain[position].Release;

    /// <summary>Where a revision stands in the chain, and on which of the two branches; null for one that is no Glance's we know.</summary>
    public static (int Position, bool IsExpand)? Find(string revision)
    {
        int position = Chain.Select((entry, i) => (entry, i)).Where(e => revision.StartsWith(e.entry.Prefix, StringComparison.Ordinal)).Select(e => e.i).DefaultIfEmpty(-1).First();
        if (position < 0) return null;
        string rest = revision[Chain[position].Prefix.Length..];
        return position >= OldestUsable && rest is not ("_expand01" or "_contract01") ? null : (position, rest.StartsWith("_expand", StringComparison.Ordinal));
    }

    private static int PositionOf(string prefix) => Chain.Select(entry => entry.Prefix).ToImmutableArray().IndexOf(prefix);
}
