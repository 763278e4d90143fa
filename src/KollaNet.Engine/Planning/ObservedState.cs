using System.Collections.Immutable;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Hosts;

namespace KollaNet.Engine.Planning;

/// <summary>What is on the selected hosts now, as far as it matters to us.</summary>
/// <param name="Hosts">Inventory name to what was seen.</param>
public sealed record ObservedState(ImmutableSortedDictionary<string, ObservedHost> Hosts);

/// <summary>One host now.</summary>
public sealed record ObservedHost
{
    /// <summary>Ours by label, and any that has a name we want; sorted by name.</summary>
    public ImmutableSortedDictionary<string, ObservedContainer> Containers { get; init; } = ImmutableSortedDictionary<string, ObservedContainer>.Empty;

    /// <summary>Every volume, whoever made it.</summary>
    public ImmutableSortedDictionary<string, ObservedVolume> Volumes { get; init; } = ImmutableSortedDictionary<string, ObservedVolume>.Empty;

    /// <summary>Wanted references that are there, with the image each names.</summary>
    public ImmutableSortedDictionary<string, ObservedImage> Images { get; init; } = ImmutableSortedDictionary<string, ObservedImage>.Empty;

    /// <summary>Files below the configuration root, by path.</summary>
    public ImmutableSortedDictionary<string, ObservedFile> Files { get; init; } = ImmutableSortedDictionary<string, ObservedFile>.Empty;

    /// <summary>Configuration folder to the files that we have rendered into it, as its manifest says.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<string>> Manifests { get; init; } = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty;
}
