using System.Collections.Immutable;

namespace KollaNet.ImageService.Metadata;

/// <summary>What a database holds, as found by looking only.</summary>
/// <param name="Revisions">Rows of <c>alembic_version</c>; several while Glance is in the middle of an upgrade.</param>
/// <param name="Detail">One sentence for people.</param>
public sealed record DatabaseState(DatabaseCondition Condition, ImmutableArray<string> Revisions, string Detail)
{
    /// <summary>Whether images can be served from it as it is.</summary>
    public bool IsUsable => Condition is DatabaseCondition.Current or DatabaseCondition.Behind;

    /// <summary>Whether <c>db sync</c> has to make tables first.</summary>
    public bool IsUnfinished => Condition is DatabaseCondition.Empty or DatabaseCondition.Incomplete;

    /// <summary>Whether the tables that came with 2024.1 are there, of which the index of the image cache is one.</summary>
    public bool IsExpanded => Revision is { IsExpanded: true };

    /// <summary>What the revisions mean; null where that does not matter.</summary>
    internal SchemaRevision? Revision { get; init; }
}

/// <summary>Whether a database can be used, made usable, or neither.</summary>
public enum DatabaseCondition
{
    /// <summary>None of Glance's tables.</summary>
    Empty,

    /// <summary>A sync was interrupted; the next one completes it.</summary>
    Incomplete,

    /// <summary>Ready for use.</summary>
    Current,

    /// <summary>Ready for use, by a Glance of 2022.2 to 2023.2 too; <c>db sync</c> brings it forward.</summary>
    Behind,

    /// <summary>Made by a Glance older than 2022.2.</summary>
    Older,

    /// <summary>A Glance older than 2022.2 has expanded it and not yet contracted it.</summary>
    MidUpgrade,

    /// <summary>A revision of something newer or something else.</summary>
    Unknown,

    /// <summary>The revision is right or missing, but tables or columns are not as they should be.</summary>
    Damaged,
}

/// <summary>The database is not one we can use or bring to use; nothing was changed.</summary>
public sealed class DatabaseRefusedException(DatabaseState state)
    : Exception($"The image database was left as it is.\n  Why:  {state.Detail}\n  Next: {NextFor(state.Condition)}")
{
    /// <summary>What was found.</summary>
    public DatabaseState State { get; } = state;

    private static string NextFor(DatabaseCondition condition) => condition switch
    {
        DatabaseCondition.Older => "upgrade that Glance to 2022.2 first (glance-manage db_sync of each release in turn), then run this again.",
        DatabaseCondition.MidUpgrade => "finish the upgrade with Glance (glance-manage db migrate, then glance-manage db contract), then run this again.",
        DatabaseCondition.Unknown => "check [database] connection; if it is right, the database belongs to a Glance newer than 2026.2: use a newer release of this program.",
        _ => "restore the database from its backup, or name an empty one in [database] connection.",
    };
}
