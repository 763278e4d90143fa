using KollaNet.Engine.Hosts.Local;
using KollaNet.Engine.Hosts.Ssh;
using KollaNet.Engine.Processes;
using KollaNet.Engine.Site;

namespace KollaNet.Engine.Hosts;

/// <summary>Opens the hosts of a site; the one place that knows which kinds there are.</summary>
/// <param name="sshConfigFile">Replaces the user's own <c>ssh_config</c>; null keeps it.</param>
public sealed class HostConnector(IProcessRunner processes, string? sshConfigFile = null)
{
    /// <summary>A host to work with. Nothing is connected until the first call; dispose it when done.</summary>
    public IHost Open(SiteHost host) => host.Connection.IsLocal
        ? new LocalHost(host.Name, processes, host.Connection.EngineSocket)
        : new SshHost(host, processes, sshConfigFile);
}
