using System.Collections.Immutable;

namespace KollaNet.ImageService.Metadata;

/// <summary>Which release of Glance leaves which alembic revision behind. Bringing an older one forward means one step per entry, in this order.
/// Source: Glance's alembic versions folder.</summary>
internal static class GlanceReleases
{
    /// <summary>Oldest first, without the phase and number that follow: <c>wallaby</c> stands for <c>wallaby_expand01</c> and <c>wallaby_contract01</c>.</summary>
    private static readonly ImmutableArray<(string Prefix, string Release)> Chain =
    [
        ("liberty", "Liberty"), ("mitaka", "Mitaka or Newton"), ("ocata", "Ocata"), ("pike", "Pike"), ("queens", "Queens"), ("rocky", "Rocky or Stein"),
        ("train", "Train"), ("ussuri", "Ussuri or Victoria"), ("wallaby", "Wallaby, Xena, Yoga or Zed"), ("xena", "Xena"), ("yoga", "Yoga"),
        ("zed", "Zed"), ("2023_1", "2023.1 or 2023.2"), ("2024_1", "2024.1 or newer"),
    ];

    /// <summary>For people; null for a revision that is no Glance's we know.</summary>
    public static string? NameOf(string revision)
    {
        foreach ((string prefix, string release) in Chain)
            if (revision.StartsWith(prefix, StringComparison.Ordinal)) return release;
        return null;
    }
}
