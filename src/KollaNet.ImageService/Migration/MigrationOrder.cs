namespace KollaNet.ImageService.Migration;

/// <summary>What to move.</summary>
/// <param name="FromId">The store to empty.</param>
/// <param name="ToId">The store that takes the images.</param>
public sealed record MigrationOrder(string FromId, string ToId)
{
    /// <summary>Only this image; null for all of them.</summary>
    public string? ImageId { get; init; }

    /// <summary>Most images that are copied at the same time.</summary>
    public int Parallel { get; init; } = 4;
}

/// <summary>What came of it.</summary>
/// <param name="Moved">Images that are in the new store and no more in the old one.</param>
/// <param name="Failed">Images that could not be moved, or were busy to the end, and still are in the old one.</param>
/// <param name="GaveUp">Nothing worked any more, so the others were not tried.</param>
public sealed record MigrationOutcome(int Moved, int Failed, bool GaveUp);
