using System.Collections.Immutable;

namespace KollaNet.Engine.Containers;

/// <summary>A container as it should be: everything the engine needs to create it.</summary>
public sealed record ContainerSpec
{
    /// <summary>The container's name on its host, for example <c>glance_api</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Image reference, <c>registry/namespace/name:tag</c>.</summary>
    public required string Image { get; init; }

    /// <summary>Replaces the image's CMD; null keeps it.</summary>
    public ImmutableArray<string>? Command { get; init; }

    /// <summary>Environment variables. No secrets: they go into files.</summary>
    public ImmutableSortedDictionary<string, string> Environment { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Labels besides the ones that come with the image.</summary>
    public ImmutableSortedDictionary<string, string> Labels { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Volumes and host folders.</summary>
    public ImmutableArray<Mount> Mounts { get; init; } = [];

    /// <summary>Paths kept in memory, as <c>/run</c> or <c>/run:size=64m,mode=1777</c>.</summary>
    public ImmutableArray<string> Tmpfs { get; init; } = [];

    /// <summary><c>host</c>, <c>bridge</c>, <c>none</c> or a network's name.</summary>
    public string NetworkMode { get; init; } = "host";

    /// <summary>Null for private; <c>host</c> shares the host's.</summary>
    public string? PidMode { get; init; }

    /// <summary>Null for the engine's default; <c>host</c> shares the host's.</summary>
    public string? IpcMode { get; init; }

    /// <summary>Overrides the image's user; null keeps it.</summary>
    public string? User { get; init; }

    /// <summary>Asks for every capability and device. Lowered by the planner where the host cannot grant it.</summary>
    public bool Privileged { get; init; }

    /// <summary>Capabilities added, without the <c>CAP_</c> prefix.</summary>
    public ImmutableArray<string> CapabilitiesAdded { get; init; } = [];

    /// <summary>Capabilities dropped, without the <c>CAP_</c> prefix.</summary>
    public ImmutableArray<string> CapabilitiesDropped { get; init; } = [];

    /// <summary>As <c>docker run --security-opt</c> takes them.</summary>
    public ImmutableArray<string> SecurityOptions { get; init; } = [];

    /// <summary>Devices of the host, by their absolute paths, that are in the container under the same paths, to read, write and make.</summary>
    public ImmutableArray<string> Devices { get; init; } = [];

    /// <summary>As <c>docker run --device-cgroup-rule</c> takes them.</summary>
    public ImmutableArray<string> DeviceCgroupRules { get; init; } = [];

    /// <summary>True mounts the root file system read-only.</summary>
    public bool ReadOnlyRoot { get; init; }

    /// <summary>Limits; Kolla calls them dimensions.</summary>
    public Dimensions Dimensions { get; init; } = new();

    /// <summary>How the engine itself watches the container; null for not at all.</summary>
    public HealthCheck? HealthCheck { get; init; }

    /// <summary><c>unless-stopped</c>, <c>always</c>, <c>on-failure</c> or <c>no</c>.</summary>
    public string RestartPolicy { get; init; } = "unless-stopped";

    /// <summary>How long a stop waits before it kills.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The engine's log files: size of one (as <c>50m</c>) and how many are kept.</summary>
    public LogLimits Logs { get; init; } = new();
}

/// <summary>One mount. <paramref name="Source"/> is a volume's name, or an absolute host path.</summary>
/// <param name="Source">Volume name or absolute host path.</param>
/// <param name="Target">Absolute path in the container.</param>
/// <param name="Options">As in <c>docker run -v</c>: <c>ro</c>, <c>rw</c>, <c>shared</c>…, comma-separated; empty for none.</param>
public sealed record Mount(string Source, string Target, string Options = "")
{
    /// <summary>True when <see cref="Source"/> names a volume rather than a host path.</summary>
    public bool IsVolume => !Source.StartsWith('/');
}

/// <summary>What a container may use. Null means the engine's default. Source: kolla-ansible, <c>*_dimensions</c>.</summary>
public sealed record Dimensions
{
    /// <summary>Bytes.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Bytes of memory and swap together; -1 for unlimited swap.</summary>
    public long? MemorySwapBytes { get; init; }

    /// <summary>Bytes.</summary>
    public long? MemoryReservationBytes { get; init; }

    /// <summary>Microseconds of CPU time per <see cref="CpuPeriod"/>.</summary>
    public long? CpuQuota { get; init; }

    /// <summary>Microseconds.</summary>
    public long? CpuPeriod { get; init; }

    /// <summary>Relative weight.</summary>
    public long? CpuShares { get; init; }

    /// <summary>For example <c>0-3</c>.</summary>
    public string? CpusetCpus { get; init; }

    /// <summary>For example <c>0</c>.</summary>
    public string? CpusetMems { get; init; }

    /// <summary>10 to 1000.</summary>
    public int? BlkioWeight { get; init; }

    /// <summary>Most processes and threads.</summary>
    public long? PidsLimit { get; init; }

    /// <summary>Limit name (<c>nofile</c>, …) to its values.</summary>
    public ImmutableSortedDictionary<string, Ulimit> Ulimits { get; init; } = ImmutableSortedDictionary<string, Ulimit>.Empty;
}

/// <summary>A resource limit.</summary>
/// <param name="Soft">-1 for unlimited.</param>
/// <param name="Hard">-1 for unlimited.</param>
public sealed record Ulimit(long Soft, long Hard);

/// <summary>The engine's own watch on a container.</summary>
/// <param name="Test">As the Docker API takes it: <c>["CMD-SHELL", "…"]</c> or <c>["CMD", "…", …]</c>.</param>
/// <param name="Interval">Between two checks.</param>
/// <param name="Timeout">Of one check.</param>
/// <param name="Retries">Failures in a row that make the container unhealthy.</param>
/// <param name="StartPeriod">Failures in this time after the start do not count.</param>
public sealed record HealthCheck(ImmutableArray<string> Test, TimeSpan Interval, TimeSpan Timeout, int Retries, TimeSpan StartPeriod);

/// <summary>How much of a container's output the engine keeps.</summary>
/// <param name="MaxSize">Of one file, as <c>50m</c>.</param>
/// <param name="MaxFiles">Files kept.</param>
public sealed record LogLimits(string MaxSize = "50m", int MaxFiles = 5);
