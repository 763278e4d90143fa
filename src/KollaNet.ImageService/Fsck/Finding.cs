namespace KollaNet.ImageService.Fsck;

/// <summary>Something that is not as it should be.</summary>
/// <param name="ImageId">Empty for what concerns a whole store.</param>
/// <param name="StoreId">Empty for what concerns the database only.</param>
/// <param name="Detail">What was seen.</param>
public sealed record Finding(Problem Problem, string ImageId, string StoreId, string Detail)
{
    /// <summary>The size that the database should have, as the hash proves; null when nothing is proven.</summary>
    public long? ProvenSizeBytes { get; init; }

    /// <summary>What was done about it; null when nothing was.</summary>
    public string? Repair { get; init; }
}

/// <summary>Kinds of <see cref="Finding"/>. Printed in lower case with hyphens.</summary>
public enum Problem
{
    /// <summary>A location promises data that is not there.</summary>
    MissingData,

    /// <summary>The data has another size than the image.</summary>
    WrongSize,

    /// <summary>The data has another hash than the image.</summary>
    WrongHash,

    /// <summary>An active image has no location.</summary>
    NoLocation,

    /// <summary>A location is in no store of the configuration.</summary>
    UnknownStore,

    /// <summary>Saving, uploading or importing, with nobody at work.</summary>
    Stuck,

    /// <summary>Data that no image refers to.</summary>
    Orphan,

    /// <summary>What a writer that died left.</summary>
    Partial,

    /// <summary>Staged data that no image waits for.</summary>
    StagedLeftover,

    /// <summary>Could not be looked at.</summary>
    Unchecked,
}
