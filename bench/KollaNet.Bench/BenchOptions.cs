using System.Collections.Immutable;

namespace KollaNet.Bench;

/// <summary>How much to measure.</summary>
internal sealed record BenchOptions
{
    public int Rounds { get; init; } = 3;

    public int SizeMiB { get; init; } = 1024;

    /// <summary>Of each image when several clients move data.</summary>
    public int ManySizeMiB { get; init; } = 512;

    public int Clients { get; init; } = 8;

    public int Images { get; init; } = 1000;

    public int Connections { get; init; } = 16;

    /// <summary>Length of one measurement of small requests.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Ids of figures to measure; empty for all.</summary>
    public ImmutableArray<string> Only { get; init; } = [];

    public bool ColdStart { get; init; }

    /// <summary>A file of <see cref="SizeMiB"/> random bytes.</summary>
    public required string DataFile { get; init; }

    public required string ManyDataFile { get; init; }
}
