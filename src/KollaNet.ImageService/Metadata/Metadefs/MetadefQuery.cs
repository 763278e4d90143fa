using System.Collections.Immutable;

namespace KollaNet.ImageService.Metadata.Metadefs;

/// <summary>A part of an ordered list.</summary>
public sealed record MetadefPage
{
    /// <summary>Most entries; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>The name of the last entry of the page before; null for the first page.</summary>
    public string? Marker { get; init; }

    /// <summary>A column every kind has: <c>name</c>, <c>created_at</c>, <c>updated_at</c>, <c>id</c>; namespaces also have those of <see cref="NamespaceSortKeys"/>.</summary>
    public string SortKey { get; init; } = "created_at";

    /// <summary>Last first.</summary>
    public bool Descending { get; init; } = true;

    /// <summary>Columns that tags and objects can be sorted by.</summary>
    public static ImmutableArray<string> ItemSortKeys { get; } = ["name", "created_at", "updated_at", "id"];

    /// <summary>Columns that namespaces can be sorted by.</summary>
    public static ImmutableArray<string> NamespaceSortKeys { get; } =
        ["namespace", "display_name", "description", "visibility", "protected", "owner", "created_at", "updated_at", "id"];
}

/// <summary>A request for a list of namespaces.</summary>
public sealed record MetadefQuery
{
    /// <summary>Which of them.</summary>
    public MetadefPage Page { get; init; } = new();

    /// <summary>Public ones, or those that are not; null for both.</summary>
    public bool? IsPublic { get; init; }

    /// <summary>At least one of these resource types must be associated; empty for no such condition.</summary>
    public ImmutableArray<string> ResourceTypes { get; init; } = [];
}
