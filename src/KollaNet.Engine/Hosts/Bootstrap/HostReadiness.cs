using System.Collections.Immutable;
using KollaNet.Engine.Containers;

namespace KollaNet.Engine.Hosts.Bootstrap;

/// <summary>How far a host is from being able to run containers.</summary>
public sealed record HostReadiness
{
    /// <summary>The engine that answers; null when none does.</summary>
    public EngineVersion? Engine { get; init; }

    /// <summary>Why none answers; null when one does.</summary>
    public string? EngineSilence { get; init; }

    /// <summary>True when systemd is process 1.</summary>
    public bool HasSystemd { get; init; }

    /// <summary>Of the programs asked for, those that are there.</summary>
    public ImmutableHashSet<string> Programs { get; init; } = [];

    /// <summary>Of the files and folders asked for, those that are there.</summary>
    public ImmutableHashSet<string> Paths { get; init; } = [];

    /// <summary>Of the groups asked for, those that are there.</summary>
    public ImmutableHashSet<string> Groups { get; init; } = [];

    /// <summary>Of the users asked for, those that are there.</summary>
    public ImmutableHashSet<string> Users { get; init; } = [];
}
