using System.Collections.Immutable;

namespace KollaNet.ImageService.Metadata.Metadefs;

/// <summary>A namespace of metadata definitions: a row of <c>metadef_namespaces</c>.</summary>
public sealed record MetadefNamespace
{
    /// <summary>Database key; 0 for one that is not stored yet.</summary>
    public long Id { get; init; }

    /// <summary>Up to 80 characters; no two namespaces have names the database calls equal.</summary>
    public required string Name { get; init; }

    /// <summary>For people.</summary>
    public string? DisplayName { get; init; }

    /// <summary>For people.</summary>
    public string? Description { get; init; }

    /// <summary>Every project may read it; otherwise its owner only.</summary>
    public bool IsPublic { get; init; }

    /// <summary>Refuses deletion of itself and of what is in it.</summary>
    public bool IsProtected { get; init; }

    /// <summary>Project id.</summary>
    public required string Owner { get; init; }

    /// <summary>UTC.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>UTC; null for one that was loaded from a file and never changed.</summary>
    public DateTime? UpdatedAt { get; init; }
}

/// <summary>A namespace with everything in it.</summary>
public sealed record MetadefContents(MetadefNamespace Namespace)
{
    /// <summary>The kinds of resource it is for.</summary>
    public ImmutableArray<MetadefAssociation> Associations { get; init; } = [];

    /// <summary>Properties outside objects.</summary>
    public ImmutableArray<MetadefProperty> Properties { get; init; } = [];

    /// <summary>Groups of properties.</summary>
    public ImmutableArray<MetadefObject> Objects { get; init; } = [];

    /// <summary>Plain words.</summary>
    public ImmutableArray<MetadefTag> Tags { get; init; } = [];
}

/// <summary>Something with a name in a namespace.</summary>
public abstract record MetadefItem
{
    /// <summary>Up to 80 characters, the only one in its namespace.</summary>
    public required string Name { get; init; }

    /// <summary>UTC.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>UTC; null for one that was loaded from a file and never changed.</summary>
    public DateTime? UpdatedAt { get; init; }
}

/// <summary>A property definition: a row of <c>metadef_properties</c>.</summary>
public sealed record MetadefProperty : MetadefItem
{
    /// <summary>A JSON object.</summary>
    public required string Schema { get; init; }
}

/// <summary>A group of property definitions: a row of <c>metadef_objects</c>.</summary>
public sealed record MetadefObject : MetadefItem
{
    /// <summary>For people.</summary>
    public string? Description { get; init; }

    /// <summary>Names of properties that must be set together with the others; none of them may contain a comma.</summary>
    public ImmutableArray<string> Required { get; init; } = [];

    /// <summary>A JSON object: property name → its definition.</summary>
    public string Properties { get; init; } = "{}";
}

/// <summary>A word: a row of <c>metadef_tags</c>.</summary>
public sealed record MetadefTag : MetadefItem;

/// <summary>Says that a namespace is meant for a kind of resource: a row of <c>metadef_namespace_resource_types</c>.</summary>
public sealed record MetadefAssociation : MetadefItem
{
    /// <summary>Stands before the names of the namespace's properties on such a resource; null for nothing.</summary>
    public string? Prefix { get; init; }

    /// <summary>Which of the resource's several sets of properties is meant, such as <c>image</c> of a volume.</summary>
    public string? PropertiesTarget { get; init; }
}

/// <summary>A kind of resource: a row of <c>metadef_resource_types</c>.</summary>
public sealed record MetadefResourceType(string Name, DateTime CreatedAt, DateTime? UpdatedAt);
