using KollaNet.Engine.Hosts;
using KollaNet.Engine.Processes;
using KollaNet.Engine.Site;

namespace KollaNet.Engine.Tests.Hosts;

public sealed class LocalHostMeetsTheContract : HostContract
{
    protected override IHost Host { get; } = new HostConnector(new ProcessRunner()).Open(new SiteHost("here", new HostConnection(IsLocal: true)));
}
