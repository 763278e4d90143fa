using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace KollaNet.ImageService.Metadata;

/// <summary>A list request, already checked: <c>Api</c> parses and refuses, repositories translate to SQL. Source: image-api reference 2.3.</summary>
public sealed record ImageQuery
{
    /// <summary>Most images in the page; 0 gives none.</summary>
    public required int Limit { get; init; }

    /// <summary>The last image of the page before; null for the first page.</summary>
    public string? Marker { get; init; }

    /// <summary>Sort keys in order, the tie-break (created_at, id) included.</summary>
    public required ImmutableArray<SortKey> Sort { get; init; }

    /// <summary><c>public</c>, <c>private</c>, <c>shared</c>, <c>community</c>, <c>all</c>; null leaves out the community images of others.</summary>
    public string? Visibility { get; init; }

    /// <summary>Which memberships let shared images in: <c>accepted</c>, <c>pending</c>, <c>rejected</c>, <c>all</c>.</summary>
    public string MemberStatus { get; init; } = "accepted";

    /// <summary>Hidden images instead of the others.</summary>
    public bool Hidden { get; init; }

    /// <summary>Null for both.</summary>
    public bool? Protected { get; init; }

    /// <summary>All must be on the image.</summary>
    public ImmutableArray<string> Tags { get; init; } = [];

    /// <summary>Base column (<c>name</c>, <c>id</c>, <c>status</c>, <c>container_format</c>, <c>disk_format</c>) to the values it may have.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<string>> AnyOf { get; init; } = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty;

    /// <summary>Base column (<c>checksum</c>, <c>os_hash_value</c>, <c>os_hash_algo</c>, <c>owner</c>, <c>size</c>, <c>min_disk</c>, <c>min_ram</c>) to its value.</summary>
    public ImmutableSortedDictionary<string, string> Equal { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Custom property to its value.</summary>
    public ImmutableSortedDictionary<string, string> Properties { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Names in <see cref="Properties"/> are to the letter; otherwise the database's collation compares them, as it does values.</summary>
    public bool ExactPropertyNames { get; init; }

    /// <summary>Inclusive, bytes.</summary>
    public long? SizeMin { get; init; }

    /// <summary>Inclusive, bytes.</summary>
    public long? SizeMax { get; init; }

    /// <summary>Conditions on <c>created_at</c> and <c>updated_at</c>.</summary>
    public ImmutableArray<TimeCondition> Times { get; init; } = [];

    /// <summary>The same for two requests exactly when they ask for the same.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ImageQueryJson.Default.ImageQuery);
}

[JsonSerializable(typeof(ImageQuery))]
internal sealed partial class ImageQueryJson : JsonSerializerContext;

/// <param name="Column"><c>name status container_format disk_format size id created_at updated_at</c>.</param>
public sealed record SortKey(string Column, bool Descending);

/// <param name="Column"><c>created_at</c> or <c>updated_at</c>.</param>
/// <param name="Operator"><c>gt gte lt lte eq neq</c>.</param>
/// <param name="At">UTC.</param>
public sealed record TimeCondition(string Column, string Operator, DateTime At);
