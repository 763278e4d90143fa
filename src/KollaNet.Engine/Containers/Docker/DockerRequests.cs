using System.Text.Json.Serialization;

namespace KollaNet.Engine.Containers.Docker;

// What we send. A null is left out, and the engine's default applies. Source: Docker Engine API reference, 1.41.

internal sealed record ContainerCreate
{
    public required string Image { get; init; }
    public string[]? Cmd { get; init; }
    public string[]? Env { get; init; }
    public string? User { get; init; }
    public IReadOnlyDictionary<string, string>? Labels { get; init; }
    public HealthConfig? Healthcheck { get; init; }
    public int? StopTimeout { get; init; }
    public required HostConfig HostConfig { get; init; }
}

/// <summary>Times are in nanoseconds.</summary>
internal sealed record HealthConfig(string[] Test, long? Interval = null, long? Timeout = null, int? Retries = null, long? StartPeriod = null);

internal sealed record HostConfig
{
    public string[]? Binds { get; init; }
    public Dictionary<string, string>? Tmpfs { get; init; }
    public string? NetworkMode { get; init; }
    public string? PidMode { get; init; }
    public string? IpcMode { get; init; }
    public bool? Privileged { get; init; }
    public string[]? CapAdd { get; init; }
    public string[]? CapDrop { get; init; }
    public string[]? SecurityOpt { get; init; }
    public string[]? MaskedPaths { get; init; }
    public string[]? ReadonlyPaths { get; init; }
    public DeviceConfig[]? Devices { get; init; }
    public string[]? DeviceCgroupRules { get; init; }
    public bool? ReadonlyRootfs { get; init; }
    public long? Memory { get; init; }
    public long? MemorySwap { get; init; }
    public long? MemoryReservation { get; init; }
    public long? CpuQuota { get; init; }
    public long? CpuPeriod { get; init; }
    public long? CpuShares { get; init; }
    public string? CpusetCpus { get; init; }
    public string? CpusetMems { get; init; }
    public int? BlkioWeight { get; init; }
    public long? PidsLimit { get; init; }
    public UlimitConfig[]? Ulimits { get; init; }
    public RestartConfig? RestartPolicy { get; init; }
    public LogConfig? LogConfig { get; init; }
}

internal sealed record DeviceConfig(string PathOnHost, string PathInContainer, string CgroupPermissions = "rwm");

internal sealed record UlimitConfig(string Name, long Soft, long Hard);

internal sealed record RestartConfig(string Name, int? MaximumRetryCount);

internal sealed record LogConfig(string Type, Dictionary<string, string> Config);

internal sealed record ExecCreate(string[] Cmd, string[] Env, string? User, bool AttachStdin, bool AttachStdout = true, bool AttachStderr = true);

internal sealed record ExecStart(bool Detach = false, bool Tty = false);

internal sealed record VolumeCreate(string Name, IReadOnlyDictionary<string, string> Labels, IReadOnlyDictionary<string, string> DriverOpts);

internal sealed record NetworkCreate(string Name, IReadOnlyDictionary<string, string> Labels, string Driver = "bridge", bool CheckDuplicate = true);

internal sealed record RegistryAuth(
    [property: JsonPropertyName("username")] string Username,
    [property: JsonPropertyName("password")] string Password,
    [property: JsonPropertyName("serveraddress")] string ServerAddress);
