using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Services;

namespace KollaNet.Engine.Planning;

/// <summary>Makes container specifications from a service's description and the site's general settings.</summary>
internal sealed class SpecBuilder(string siteId, string prefix, ServiceDefinition service, Evaluation on)
{
    /// <summary>The container as it should be, without labels that depend on the host's limits or its files.</summary>
    public ContainerSpec Build(ContainerDefinition container) => new()
    {
        Name = prefix + container.Name,
        Image = on.Text(container.Image),
        Command = Words(on.Value(container.Command)),
        Environment = General().SetItems(on.Map(container.Environment)),
        Mounts = MountsOf(container),
        Tmpfs = on.Texts(container.Tmpfs),
        NetworkMode = Setting(container, "network_mode") ?? "host",
        PidMode = Setting(container, "pid_mode"),
        IpcMode = Setting(container, "ipc_mode"),
        User = Setting(container, "user"),
        Privileged = on.Truth(container.Privileged, false),
        CapabilitiesAdded = List(container, "cap_add"),
        CapabilitiesDropped = List(container, "cap_drop"),
        SecurityOptions = List(container, "security_opt"),
        Devices = List(container, "devices"),
        ReadOnlyRoot = container.Settings.TryGetValue("read_only", out Templated? readOnly) && on.Truth(readOnly, false),
        Dimensions = DimensionsReader.Read(on.Value(container.Dimensions), problem => on.Report(PlaceOf(container.Dimensions), problem)),
        HealthCheck = HealthOf(container),
        RestartPolicy = on.Variable("docker_restart_policy") is { Length: > 0 } policy ? policy : "unless-stopped",
        StopGrace = TimeSpan.FromSeconds(Evaluation.NumberOf(on.Variable("docker_graceful_timeout")) ?? 60),
        Logs = new LogLimits(on.Variable("docker_log_max_size") is { Length: > 0 } size ? size : "50m", (int)(Evaluation.NumberOf(on.Variable("docker_log_max_file")) ?? 5)),
        Labels = ImmutableSortedDictionary<string, string>.Empty.Add(OurLabels.Site, siteId).Add(OurLabels.Service, service.Name),
    };

    /// <summary>The same container for one run of a job: same image, files, volumes and limits.</summary>
    public ContainerSpec BuildJob(JobDefinition job, ContainerSpec container) => container with
    {
        Name = prefix + job.Name,
        Command = job.Command is { } command ? on.Texts(command) : container.Command,
        Environment = container.Environment.SetItems(on.Map(job.Environment)),
        HealthCheck = null,
        RestartPolicy = "no",
        Labels = container.Labels.Remove(OurLabels.Spec).Remove(OurLabels.Config),
    };

    /// <summary>With the labels that say what it was made from. The last step: everything else must be final.</summary>
    public static ContainerSpec Stamped(ContainerSpec spec, ImmutableArray<HostFile> files, Redactor secrets) => spec with
    {
        Labels = spec.Labels.SetItem(OurLabels.Spec, SpecText.Of(spec, secrets)).SetItem(OurLabels.Config, HashOf(files)),
    };

    private static string HashOf(ImmutableArray<HostFile> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (HostFile file in files.OrderBy(file => file.Path, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(file.Path + "\0"));
            hash.AppendData(SHA256.HashData(file.Content.AsSpan()));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    private ImmutableSortedDictionary<string, string> General()
    {
        var environment = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        environment["KOLLA_CONFIG_STRATEGY"] = on.Variable("config_strategy") is { Length: > 0 } strategy ? strategy : "COPY_ALWAYS";
        bool proxied = false;
        foreach (string scheme in (string[])["http", "https"])
            if (on.Variable($"container_{scheme}_proxy") is { Length: > 0 } proxy)
            {
                environment[$"{scheme}_proxy"] = environment[$"{scheme.ToUpperInvariant()}_PROXY"] = proxy;
                proxied = true;
            }
        if (proxied) environment["no_proxy"] = environment["NO_PROXY"] = on.Variable("container_no_proxy");
        return environment.ToImmutable();
    }

    private ImmutableArray<Mount> MountsOf(ContainerDefinition container)
    {
        var mounts = ImmutableArray.CreateBuilder<Mount>();
        foreach (string text in on.Texts(container.Volumes))
        {
            string[] parts = text.Split(':', 3);
            if (parts.Length < 2 || !parts[1].StartsWith('/')) on.Report($"{service.Name}/service.yml", $"volume '{text}' of {container.Name} is not source:target[:options]");
            else mounts.Add(new Mount(SourceOf(parts[0]), Trimmed(parts[1]), parts.Length == 3 ? parts[2] : ""));
        }
        return mounts.ToImmutable();
    }

    /// <summary>What a volume or host folder is called on the host.</summary>
    public string SourceOf(string source) => source.StartsWith('/') ? Trimmed(source) : prefix + source;

    private static string Trimmed(string path) => path.Length > 1 ? path.TrimEnd('/') : path;

    private string? Setting(ContainerDefinition container, string name) =>
        container.Settings.TryGetValue(name, out Templated? value) && on.Text(value) is { Length: > 0 } text ? text : null;

    private ImmutableArray<string> List(ContainerDefinition container, string name) => container.Settings.TryGetValue(name, out Templated? value) ? on.Texts([value]) : [];

    private static ImmutableArray<string>? Words(object? value) => value switch
    {
        IReadOnlyList<object?> list => [.. list.Select(Evaluation.TextOf)],
        string { Length: > 0 } text => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries)],
        _ => null,
    };

    private HealthCheck? HealthOf(ContainerDefinition container)
    {
        if (on.Value(container.HealthCheck) is not IReadOnlyDictionary<string, object?> map) return null;
        ImmutableArray<string> test = map.GetValueOrDefault("test") switch
        {
            IReadOnlyList<object?> list => [.. list.Select(Evaluation.TextOf)],
            string { Length: > 0 } text and not "NONE" => ["CMD-SHELL", text],
            _ => [],
        };
        if (test.IsEmpty || test[0] == "NONE") return null;
        return new HealthCheck(test, Seconds("interval"), Seconds("timeout"), (int)(Evaluation.NumberOf(map.GetValueOrDefault("retries")) ?? 3), Seconds("start_period"));

        TimeSpan Seconds(string key) => TimeSpan.FromSeconds(Evaluation.NumberOf(map.GetValueOrDefault(key)) ?? 30);
    }

    private string PlaceOf(Templated? value) => value is null ? service.Name : $"{value.Source}:{value.Line}:{value.Column}";
}
