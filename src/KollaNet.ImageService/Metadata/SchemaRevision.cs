using System.Collections.Immutable;

namespace KollaNet.ImageService.Metadata;

/// <summary>The rows of <c>alembic_version</c>, understood: how far each of Glance's two branches of migrations has come. One row while both are equally far (the
/// contract branch depends on the other), two in the middle of a rolling upgrade.</summary>
/// <param name="Contracted">Position in <see cref="GlanceReleases"/> of the last contraction.</param>
/// <param name="Expanded">Position of the last expansion; never before <paramref name="Contracted"/>.</param>
/// <param name="Rows">As stored.</param>
internal sealed record SchemaRevision(int Contracted, int Expanded, ImmutableArray<string> Rows)
{
    /// <summary>Whether the tables that came with the latest revision are there.</summary>
    public bool IsExpanded => Expanded == GlanceReleases.Latest;

    /// <summary>Whether there is nothing to do.</summary>
    public bool IsCurrent => Contracted == GlanceReleases.Latest && Rows.Length == 1;

    /// <summary>The row of the expand branch; null when the contract branch's row speaks for both.</summary>
    public string? ExpandRow => Rows.FirstOrDefault(row => GlanceReleases.Find(row) is { IsExpand: true });

    /// <summary>The row of the contract branch.</summary>
    public string ContractRow => Rows.First(row => GlanceReleases.Find(row) is { IsExpand: false });

    /// <summary>Reads the rows.</summary>
    /// <param name="refused">Why such a database can neither be used nor brought forward.</param>
    /// <returns>Null when it is refused.</returns>
    public static SchemaRevision? Read(ImmutableArray<string> rows, out DatabaseState? refused)
    {
        string listed = string.Join(" and ", rows);
        refused = null;
        int expanded = -1, contracted = -1;
        foreach (string row in rows)
        {
            if (GlanceReleases.Find(row) is not { } found)
            {
                refused = new(DatabaseCondition.Unknown, rows, $"Its alembic revision is {listed}, of which {row} is not known; this program works with {GlanceTables.Revision}.");
                return null;
            }

            if (found.IsExpand) expanded = Math.Max(expanded, found.Position);
            else contracted = Math.Max(contracted, found.Position);
        }

        if (contracted >= GlanceReleases.OldestUsable) return new SchemaRevision(contracted, Math.Max(contracted, expanded), rows);
        refused = expanded > contracted
            ? new(DatabaseCondition.MidUpgrade, rows, $"It is in the middle of an upgrade by Glance from a release older than 2022.2 (alembic revision {listed}).")
            : new(DatabaseCondition.Older, rows, $"It is that of Glance {GlanceReleases.NameOf(contracted)} (alembic revision {listed}), older than 2022.2.");
        return null;
    }

    /// <summary>For people, the end of a sentence.</summary>
    public override string ToString() => $"{string.Join(" and ", Rows)} (Glance {GlanceReleases.NameOf(Contracted)})";
}
