using KollaNet.Engine.Containers.Docker;

namespace KollaNet.Engine.Hosts.Bootstrap;

/// <summary>Where the engine's daemon is and leaves its traces on a host.</summary>
public sealed record EnginePaths
{
    /// <summary>The daemon: a path, or a name looked up as root would.</summary>
    public string Daemon { get; init; } = "dockerd";

    /// <summary>Where it listens.</summary>
    public string Socket { get; init; } = DockerEngine.DefaultSocket;

    /// <summary>Where it notes its process id.</summary>
    public string PidFile { get; init; } = "/var/run/docker.pid";

    /// <summary>Its settings.</summary>
    public string Settings { get; init; } = "/etc/docker/daemon.json";

    /// <summary>Its output, on a host without systemd.</summary>
    public string Log { get; init; } = "/var/log/dockerd.log";
}
