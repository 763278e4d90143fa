namespace KollaNet.ImageService.Migration;

/// <summary>What to move.</summary>
/// <param name="FromId">The store to empty.</param>
/// <param name="ToId">The store that takes the images.</param>
public sealed record MigrationOrder(string FromId, string ToId)
{
    /// <summary>Only this image; null for all of them.</summary>
    public string? ImageId { get; init; }

    /// <summary>Null for as fast as it goes.</summary>
    public long? BytesPerSecond { get; init; }
}

/// <summary>What came of it.</summary>
/// <param name="Moved">Images that are in the new store and no more in the old one.</param>
/// <param name="Failed">Images that still are in the old one.</param>
public sealed record MigrationOutcome(int Moved, int Failed);
