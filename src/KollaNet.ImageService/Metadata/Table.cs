using System.Collections.Immutable;

namespace KollaNet.ImageService.Metadata;

/// <summary>A table as Glance has it; a dialect turns it into statements.</summary>
internal sealed record Table(string Name, ImmutableArray<Column> Columns, ImmutableArray<string> PrimaryKey)
{
    public bool AutoIncrement { get; init; }

    public ImmutableArray<Key> Keys { get; init; } = [];

    public ImmutableArray<Reference> References { get; init; } = [];

    /// <summary>The revision that added it; null for tables that every usable database has.</summary>
    public string? CameWith { get; init; }
}

/// <param name="Length">Characters, for <see cref="ColumnKind.Varchar"/>.</param>
/// <param name="Default">As SQL; null for none.</param>
/// <param name="Checked">Whether Glance's migrations put a CHECK on this boolean; they forgot some.</param>
/// <param name="IgnoresCase">SQLite only: compare ASCII letters without case, as MariaDB's general_ci does with all letters.</param>
internal sealed record Column(
    string Name, ColumnKind Kind, int Length = 0, bool Nullable = false, string? Default = null, bool Checked = true, bool IgnoresCase = true);

internal enum ColumnKind
{
    Varchar,
    Text,
    Integer,
    BigInteger,
    Boolean,
    Time,

    /// <summary>One of <c>private public shared community</c>.</summary>
    Visibility,
}

internal sealed record Key(string Name, bool Unique, ImmutableArray<string> Columns);

/// <summary>A foreign key.</summary>
internal sealed record Reference(string Column, string Table, string TargetColumn);
