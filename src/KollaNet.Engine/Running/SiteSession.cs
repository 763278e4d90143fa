using KollaNet.Engine.Hosts;
using KollaNet.Engine.Planning;
using KollaNet.Engine.Site;
using KollaNet.Engine.Steps;

namespace KollaNet.Engine.Running;

using Site = KollaNet.Engine.Site.Site;

/// <summary>The open hosts of a site, with their facts, for the time of one command.</summary>
internal sealed class SiteSession : IAsyncDisposable
{
    private readonly DatabaseConnections databases = new();

    private SiteSession(IReadOnlyDictionary<string, IHost> hosts) => Hosts = hosts;

    /// <summary>Every host of the inventory by name; nothing is connected to before it is used.</summary>
    public IReadOnlyDictionary<string, IHost> Hosts { get; }

    /// <summary>Facts of the hosts that could be read.</summary>
    public IReadOnlyDictionary<string, HostFacts> Facts { get; private set; } = new Dictionary<string, HostFacts>();

    /// <summary>Opens every host and reads its facts, all at once. A host that <c>--limit</c> leaves out may be out of reach.</summary>
    /// <exception cref="KollaNetException">A selected host cannot be reached.</exception>
    public static async Task<SiteSession> OpenAsync(Site site, Func<SiteHost, IHost> open, CancellationToken cancel)
    {
        var session = new SiteSession(site.Hosts.ToDictionary(host => host.Name, open));
        try
        {
            (string Name, HostFacts? Facts)[] read = await Task.WhenAll(site.Hosts.Select(async host => (host.Name, await FactsAsync(host, session.Hosts[host.Name], cancel))));
            session.Facts = read.Where(pair => pair.Facts is not null).ToDictionary(pair => pair.Name, pair => pair.Facts!);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>A context for steps. The caller disposes it.</summary>
    public StepContext Context(Redactor secrets, TimeProvider clock, Action<StepId, string> progress) => new(Hosts, NewHttp(), databases.OpenAsync, secrets, clock, progress);

    /// <summary>For requests to what is deployed: never through a proxy, following nothing.</summary>
    public static HttpClient NewHttp() => new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(5) }) { Timeout = Timeout.InfiniteTimeSpan };

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await databases.DisposeAsync();
        foreach (IHost host in Hosts.Values) await host.DisposeAsync();
    }

    private static async Task<HostFacts?> FactsAsync(SiteHost host, IHost open, CancellationToken cancel)
    {
        try
        {
            return await open.FactsAsync(cancel);
        }
        catch (KollaNetException) when (!host.Selected)
        {
            return null;
        }
    }
}
