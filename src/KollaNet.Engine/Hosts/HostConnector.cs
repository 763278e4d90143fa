using KollaNet.Engine.Hosts.Local;
using KollaNet.Engine.Processes;
using KollaNet.Engine.Site;

namespace KollaNet.Engine.Hosts;

/// <summary>Opens the hosts of a site; the one place that knows which kinds there are.</summary>
public sealed class HostConnector(IProcessRunner processes)
{
    /// <summary>A host to work with. Nothing is connected until the first call; dispose it when done.</summary>
    public IHost Open(SiteHost host) => host.Connection.IsLocal
        ? new LocalHost(host.Name, processes)
        : throw new NotSupportedException("hosts across SSH follow");
}
