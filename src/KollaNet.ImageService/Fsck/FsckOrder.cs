namespace KollaNet.ImageService.Fsck;

/// <summary>What <c>kollanet-image fsck</c> is asked to do.</summary>
public sealed record FsckOrder
{
    /// <summary>Only this store; null for all, and the staging folder.</summary>
    public string? StoreId { get; init; }

    /// <summary>Only this image; null for all.</summary>
    public string? ImageId { get; init; }

    /// <summary>Read everything and compare its hash.</summary>
    public bool Hashes { get; init; }

    /// <summary>Repair what can be repaired without losing anything.</summary>
    public bool Repairs { get; init; }

    /// <summary>With <see cref="Repairs"/>: delete data that no image refers to.</summary>
    public bool DeletesOrphans { get; init; }

    /// <summary>With <see cref="Repairs"/>: move data that no image refers to into this folder; null for leaving it.</summary>
    public string? QuarantineFolder { get; init; }

    /// <summary>Whether an image is to be looked at.</summary>
    public bool Covers(string imageId) => ImageId is null || ImageId.Equals(imageId, StringComparison.OrdinalIgnoreCase);
}
