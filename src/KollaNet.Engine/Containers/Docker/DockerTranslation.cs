using System.Collections.Immutable;
using System.Globalization;

namespace KollaNet.Engine.Containers.Docker;

/// <summary>Our records to the engine's and back.</summary>
internal static class DockerTranslation
{
    private const string SystemPathsUnconfined = "systempaths=unconfined";

    public static ContainerCreate ToRequest(ContainerSpec spec) => new()
    {
        Image = spec.Image,
        Cmd = spec.Command is { } command ? [.. command] : null,
        Env = [.. spec.Environment.Select(pair => $"{pair.Key}={pair.Value}")],
        User = spec.User,
        Labels = spec.Labels,
        Healthcheck = ToHealth(spec.HealthCheck),
        StopTimeout = (int)Math.Ceiling(spec.StopGrace.TotalSeconds),
        HostConfig = ToHostConfig(spec, spec.Dimensions),
    };

    public static ObservedContainer ToContainer(ContainerAnswer answer) => new()
    {
        Name = (answer.Name ?? "").TrimStart('/'),
        Id = answer.Id ?? "",
        Image = answer.Config?.Image ?? "",
        ImageId = answer.Image ?? "",
        State = answer.State?.Status ?? "unknown",
        ExitCode = ExitCodeOf(answer.State),
        OutOfMemory = answer.State?.OomKilled ?? false,
        RestartCount = answer.RestartCount ?? 0,
        Health = answer.State?.Health?.Status is { } health and not "none" ? health : null,
        StartedAt = ToTime(answer.State?.StartedAt),
        Labels = ToLabels(answer.Config?.Labels),
        Volumes = [.. (answer.Mounts ?? []).Where(mount => mount is { Type: "volume", Name: not null }).Select(mount => mount.Name!).Order(StringComparer.Ordinal)],
        Pid = answer.State?.Pid ?? 0,
    };

    public static ObservedVolume ToVolume(VolumeAnswer answer) =>
        new(answer.Name ?? "", ToLabels(answer.Labels), ToTime(answer.CreatedAt) ?? default, answer.Mountpoint ?? "") { Options = ToLabels(answer.Options) };

    public static ObservedImage ToImage(ImageAnswer answer) =>
        new(answer.Id ?? "", ToReferences(answer.RepoTags), ToLabels(answer.Config?.Labels), answer.Size ?? 0, ToTime(answer.Created) ?? default);

    public static ObservedImage ToImage(ImageSummary answer) =>
        new(answer.Id ?? "", ToReferences(answer.RepoTags), ToLabels(answer.Labels), answer.Size ?? 0, DateTimeOffset.FromUnixTimeSeconds(answer.Created ?? 0));

    public static EngineEvent ToEvent(EventMessage message)
    {
        Dictionary<string, string> attributes = message.Actor?.Attributes ?? [];
        int? exitCode = int.TryParse(attributes.GetValueOrDefault("exitCode"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int code) ? code : null;
        DateTimeOffset at = message.TimeNano is { } nanos ? DateTimeOffset.UnixEpoch.AddTicks(nanos / 100) : DateTimeOffset.FromUnixTimeSeconds(message.Time ?? 0);
        return new EngineEvent(attributes.GetValueOrDefault("name") ?? "", message.Action ?? "", exitCode, at);
    }

    /// <summary>Splits <c>registry:5000/a/b:tag</c> or <c>name@sha256:…</c> into name and tag or digest.</summary>
    public static (string Name, string Tag) SplitReference(string reference)
    {
        if (reference.IndexOf('@') is >= 0 and int at) return (reference[..at], reference[(at + 1)..]);
        int colon = reference.LastIndexOf(':');
        return colon > reference.LastIndexOf('/') ? (reference[..colon], reference[(colon + 1)..]) : (reference, "latest");
    }

    public static DateTimeOffset? ToTime(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) && time.Year > 1 ? time : null;

    private static HostConfig ToHostConfig(ContainerSpec spec, Dimensions limits)
    {
        bool unmask = spec.SecurityOptions.Contains(SystemPathsUnconfined);
        return new HostConfig
        {
            Binds = [.. spec.Mounts.Select(mount => mount.Options.Length > 0 ? $"{mount.Source}:{mount.Target}:{mount.Options}" : $"{mount.Source}:{mount.Target}")],
            Tmpfs = spec.Tmpfs.Select(entry => entry.Split(':', 2)).ToDictionary(parts => parts[0], parts => parts.ElementAtOrDefault(1) ?? ""),
            NetworkMode = spec.NetworkMode,
            PidMode = spec.PidMode,
            IpcMode = spec.IpcMode,
            Privileged = spec.Privileged,
            CapAdd = [.. spec.CapabilitiesAdded],
            CapDrop = [.. spec.CapabilitiesDropped],
            // docker's own command line turns this option into two empty lists; the API does not know it.
            SecurityOpt = [.. spec.SecurityOptions.Where(option => option != SystemPathsUnconfined)],
            MaskedPaths = unmask ? [] : null,
            ReadonlyPaths = unmask ? [] : null,
            Devices = [.. spec.Devices.Select(path => new DeviceConfig(path, path))],
            DeviceCgroupRules = [.. spec.DeviceCgroupRules],
            ReadonlyRootfs = spec.ReadOnlyRoot,
            Memory = limits.MemoryBytes,
            MemorySwap = limits.MemorySwapBytes,
            MemoryReservation = limits.MemoryReservationBytes,
            CpuQuota = limits.CpuQuota,
            CpuPeriod = limits.CpuPeriod,
            CpuShares = limits.CpuShares,
            CpusetCpus = limits.CpusetCpus,
            CpusetMems = limits.CpusetMems,
            BlkioWeight = limits.BlkioWeight,
            PidsLimit = limits.PidsLimit,
            Ulimits = [.. limits.Ulimits.Select(limit => new UlimitConfig(limit.Key, limit.Value.Soft, limit.Value.Hard))],
            RestartPolicy = ToRestartPolicy(spec.RestartPolicy),
            LogConfig = new LogConfig("json-file", new() { ["max-size"] = spec.Logs.MaxSize, ["max-file"] = spec.Logs.MaxFiles.ToString(CultureInfo.InvariantCulture) }),
        };
    }

    /// <summary>Without a check of ours, one that the image brings must not run either.</summary>
    private static HealthConfig ToHealth(HealthCheck? check) => check is null
        ? new HealthConfig(["NONE"])
        : new HealthConfig([.. check.Test], Nanoseconds(check.Interval), Nanoseconds(check.Timeout), check.Retries, Nanoseconds(check.StartPeriod));

    private static RestartConfig ToRestartPolicy(string policy)
    {
        string[] parts = policy.Split(':', 2);
        return new RestartConfig(parts[0], parts.Length == 2 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : null);
    }

    /// <summary>A container that never started has an exit code only when starting it failed; a running one has none of its last run any more.</summary>
    private static int? ExitCodeOf(ContainerState? state) => state?.Status switch
    {
        "exited" or "dead" or "restarting" => state.ExitCode,
        "created" when state.ExitCode is not 0 => state.ExitCode,
        _ => null,
    };

    private static ImmutableSortedDictionary<string, string> ToLabels(Dictionary<string, string>? labels) =>
        labels is null ? ImmutableSortedDictionary<string, string>.Empty : labels.ToImmutableSortedDictionary(StringComparer.Ordinal);

    private static ImmutableArray<string> ToReferences(List<string>? tags) => [.. (tags ?? []).Where(tag => tag != "<none>:<none>").Order(StringComparer.Ordinal)];

    private static long Nanoseconds(TimeSpan time) => time.Ticks * TimeSpan.NanosecondsPerTick;
}
