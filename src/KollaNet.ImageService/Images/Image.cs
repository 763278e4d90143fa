using System.Collections.Immutable;

namespace KollaNet.ImageService.Images;

/// <summary>An image's metadata: one row of <c>images</c> with its live properties, tags and locations.</summary>
public sealed record Image
{
    /// <summary>Lower-case <c>8-4-4-4-12</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Up to 255 characters.</summary>
    public string? Name { get; init; }

    /// <summary>Where it stands in its life.</summary>
    public required ImageStatus Status { get; init; }

    /// <summary>Who may see it.</summary>
    public ImageVisibility Visibility { get; init; } = ImageVisibility.Shared;

    /// <summary>Refuses deletion.</summary>
    public bool Protected { get; init; }

    /// <summary>Left out of lists that do not ask for hidden images.</summary>
    public bool Hidden { get; init; }

    /// <summary>Project id; null is everybody's.</summary>
    public string? Owner { get; init; }

    /// <summary><c>qcow2</c>, <c>raw</c>, …</summary>
    public string? DiskFormat { get; init; }

    /// <summary><c>bare</c>, …</summary>
    public string? ContainerFormat { get; init; }

    /// <summary>GiB.</summary>
    public int MinDisk { get; init; }

    /// <summary>MiB.</summary>
    public int MinRam { get; init; }

    /// <summary>Bytes stored; null until there are any.</summary>
    public long? SizeBytes { get; init; }

    /// <summary>Bytes the disk inside would occupy; null when unknown.</summary>
    public long? VirtualSizeBytes { get; init; }

    /// <summary>MD5, lower-case hex.</summary>
    public string? Checksum { get; init; }

    /// <summary><c>sha512</c>, …</summary>
    public string? HashAlgorithm { get; init; }

    /// <summary>Lower-case hex.</summary>
    public string? HashValue { get; init; }

    /// <summary>UTC, whole seconds.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>UTC, whole seconds.</summary>
    public required DateTime UpdatedAt { get; init; }

    /// <summary>Custom properties by name, in database order once stored.</summary>
    public PropertyDictionary Properties { get; init; } = PropertyDictionary.Empty;

    /// <summary>Distinct, in the order they were added.</summary>
    public ImmutableArray<string> Tags { get; init; } = [];

    /// <summary>Where its bytes are, in database order.</summary>
    public ImmutableArray<ImageLocation> Locations { get; init; } = [];
}

/// <summary>One copy of an image's bytes. A row of <c>image_locations</c>.</summary>
/// <param name="RowId">Database key; 0 for a location that is not stored yet.</param>
/// <param name="Url">As Glance writes it, <c>file:///var/lib/glance/images/ID</c>.</param>
/// <param name="Metadata">For example <c>store</c> → store id.</param>
/// <param name="Status"><c>active</c>, <c>deleted</c> or <c>pending_delete</c>.</param>
public sealed record ImageLocation(long RowId, string Url, ImmutableSortedDictionary<string, string> Metadata, string Status = "active");

/// <summary>A project an image is shared with. A row of <c>image_members</c>.</summary>
/// <param name="Status"><c>pending</c>, <c>accepted</c> or <c>rejected</c>.</param>
public sealed record ImageMember(string ImageId, string MemberId, string Status, DateTime CreatedAt, DateTime UpdatedAt);

/// <summary>Who may see an image. Stored by its lower-case name.</summary>
public enum ImageVisibility
{
    /// <summary>The owner.</summary>
    Private,

    /// <summary>Every project, in every list.</summary>
    Public,

    /// <summary>The owner and its members.</summary>
    Shared,

    /// <summary>Every project, in lists that ask.</summary>
    Community,
}

/// <summary>Where an image stands in its life. Stored by its lower-case name with underscores. Source: image-api reference, state machine.</summary>
public enum ImageStatus
{
    /// <summary>Has metadata, no data.</summary>
    Queued,

    /// <summary>Data is being written.</summary>
    Saving,

    /// <summary>Data is being staged.</summary>
    Uploading,

    /// <summary>An import task works on it.</summary>
    Importing,

    /// <summary>Usable.</summary>
    Active,

    /// <summary>Usable by administrators only.</summary>
    Deactivated,

    /// <summary>Only in old databases.</summary>
    Killed,

    /// <summary>Deleted, data still there.</summary>
    PendingDelete,

    /// <summary>Gone; the row stays until purged.</summary>
    Deleted,
}
