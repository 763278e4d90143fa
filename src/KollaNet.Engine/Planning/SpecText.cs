using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using KollaNet.Engine.Containers;

namespace KollaNet.Engine.Planning;

/// <summary>A container's specification as a flat, sorted JSON object, kept as a label, so that a later plan can say which field differs.</summary>
public static class SpecText
{
    private static readonly JsonWriterOptions Options = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Everything that makes a difference to a container. Secrets show as fingerprints.</summary>
    public static string Of(ContainerSpec spec, Redactor secrets) => Write(Fields(spec), secrets.Fingerprint);

    /// <summary>The part that makes a difference to a finished one-shot container: what it ran, not how it was limited. Another password is no reason to run it again.</summary>
    public static string OfJob(ContainerSpec spec, Redactor secrets) =>
        Write(Fields(spec).Where(field => field.Key.Split(' ')[0] is "image" or "command" or "user" or "environment" or "mount"), secrets.Redact);

    /// <summary>What differs between two texts, as <c>environment TZ: UTC → Europe/Berlin</c>; null when <paramref name="old"/> cannot be read.</summary>
    public static ImmutableArray<string>? Differences(string? old, string wanted)
    {
        if (Read(old) is not { } before || Read(wanted) is not { } after) return null;
        return [.. before.Keys.Union(after.Keys).Order(StringComparer.Ordinal)
            .Where(key => before.GetValueOrDefault(key) != after.GetValueOrDefault(key))
            .Select(key => $"{key}: {before.GetValueOrDefault(key, "(none)")} → {after.GetValueOrDefault(key, "(none)")}")];
    }

    /// <summary>The volume or host folder that was mounted at <paramref name="target"/>; null when there was none, or <paramref name="text"/> cannot be read.</summary>
    public static string? MountSource(string? text, string target) => Read(text)?.GetValueOrDefault($"mount {target}")?.Split(':')[0];

    /// <summary>Everywhere where something was mounted.</summary>
    public static IEnumerable<string> MountTargets(string? text) => Read(text)?.Keys.Where(key => key.StartsWith("mount ", StringComparison.Ordinal)).Select(key => key["mount ".Length..]) ?? [];

    private static SortedDictionary<string, string>? Read(string? text)
    {
        if (text is null) return null;
        try
        {
            using var document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind != JsonValueKind.Object) return null;
            var fields = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (JsonProperty property in document.RootElement.EnumerateObject()) fields[property.Name] = property.Value.ToString();
            return fields;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Write(IEnumerable<KeyValuePair<string, string>> fields, Func<string, string> hide)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Options))
        {
            json.WriteStartObject();
            foreach ((string key, string value) in fields.OrderBy(field => field.Key, StringComparer.Ordinal)) json.WriteString(key, hide(value));
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static Dictionary<string, string> Fields(ContainerSpec spec)
    {
        var fields = new Dictionary<string, string>();
        Add("image", spec.Image);
        if (spec.Command is { } command) Add("command", string.Join(' ', command));
        foreach ((string name, string value) in spec.Environment) Add($"environment {name}", value);
        foreach (Mount mount in spec.Mounts) Add($"mount {mount.Target}", mount.Options.Length == 0 ? mount.Source : $"{mount.Source}:{mount.Options}");
        foreach (string path in spec.Tmpfs) Add($"tmpfs {path}", "yes");
        Add("network", spec.NetworkMode);
        Add("pid", spec.PidMode);
        Add("ipc", spec.IpcMode);
        Add("user", spec.User);
        if (spec.Privileged) Add("privileged", "yes");
        Add("capabilities added", string.Join(',', spec.CapabilitiesAdded));
        Add("capabilities dropped", string.Join(',', spec.CapabilitiesDropped));
        Add("security options", string.Join(',', spec.SecurityOptions));
        Add("devices", string.Join(',', spec.Devices));
        Add("device rules", string.Join(',', spec.DeviceCgroupRules));
        if (spec.ReadOnlyRoot) Add("read-only root", "yes");
        AddDimensions(spec.Dimensions);
        if (spec.HealthCheck is { } health)
            Add("health check", string.Create(CultureInfo.InvariantCulture, $"{string.Join(' ', health.Test)} every {health.Interval.TotalSeconds} s, timeout {health.Timeout.TotalSeconds} s, {health.Retries} retries, start {health.StartPeriod.TotalSeconds} s"));
        Add("restart", spec.RestartPolicy);
        Add("stop grace", Number((long)spec.StopGrace.TotalSeconds));
        Add("logs", $"{spec.Logs.MaxFiles} × {spec.Logs.MaxSize}");
        return fields;

        void Add(string key, string? value)
        {
            if (!string.IsNullOrEmpty(value) || (value is not null && key.StartsWith("environment ", StringComparison.Ordinal))) fields[key] = value;
        }

        void AddDimensions(Dimensions limits)
        {
            Add("limit memory", Number(limits.MemoryBytes));
            Add("limit memory+swap", Number(limits.MemorySwapBytes));
            Add("limit memory reservation", Number(limits.MemoryReservationBytes));
            Add("limit cpu quota", Number(limits.CpuQuota));
            Add("limit cpu period", Number(limits.CpuPeriod));
            Add("limit cpu shares", Number(limits.CpuShares));
            Add("limit cpus", limits.CpusetCpus);
            Add("limit memory nodes", limits.CpusetMems);
            Add("limit blkio weight", Number(limits.BlkioWeight));
            Add("limit pids", Number(limits.PidsLimit));
            foreach ((string name, Ulimit limit) in limits.Ulimits) Add($"limit {name}", $"{limit.Soft}/{limit.Hard}");
        }
    }

    private static string? Number(long? value) => value?.ToString(CultureInfo.InvariantCulture);
}
