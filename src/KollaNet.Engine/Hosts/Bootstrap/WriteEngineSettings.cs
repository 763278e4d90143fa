using System.Collections.Immutable;

namespace KollaNet.Engine.Hosts.Bootstrap;

/// <summary>Writes the settings of an engine that is about to be installed. A file that is there already is never touched.</summary>
public sealed record WriteEngineSettings(EnginePaths Paths, string Because) : BootstrapAction($"write {Paths.Settings}", Because)
{
    /// <summary>Bounded logs also for containers that are not ours. Source: kolla-ansible, <c>docker_log_max_file</c> and <c>docker_log_max_size</c>.</summary>
    private static ReadOnlySpan<byte> Settings => """
        {
          "log-driver": "json-file",
          "log-opts": {
            "max-file": "5",
            "max-size": "50m"
          }
        }

        """u8;

    internal override async Task<bool> RunAsync(IHost host, IProgress<string> progress, CancellationToken cancel)
    {
        if (await host.Files.FindAsync(Paths.Settings, cancel) is not null) return false;
        ImmutableArray<byte> content = [.. Settings];
        await host.Files.WriteAsync(new HostFile(Paths.Settings, content, (UnixFileMode)0b110_100_100, "root", "root", IsSecret: false), cancel);
        return true;
    }
}
