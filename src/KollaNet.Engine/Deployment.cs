using System.Collections.Immutable;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Running;
using KollaNet.Engine.Site;

namespace KollaNet.Engine;

/// <summary>Everything that can be done with a site as a whole. Each method is a page: read, decide, do.</summary>
/// <param name="readSite">Reads the operator's configuration; touches no host.</param>
/// <param name="openHost">Connects to one host; connections are closed when the method ends.</param>
/// <param name="clock">For times, waits and deadlines.</param>
/// <param name="progress">Receives events as they happen, on any thread, one at a time; null for nobody.</param>
public sealed class Deployment(
    Func<SiteRequest, CancellationToken, Task<Site.Site>> readSite, Func<SiteHost, CancellationToken, Task<IHost>> openHost, TimeProvider clock, IProgress<RunEvent>? progress = null)
{
    /// <summary>Brings every host of the site to the state its configuration asks for. Safe to repeat at any time. Also stops, removes, pulls or only renders: <see cref="DeployRequest.Action"/>.</summary>
    /// <returns>What each step did; only the plan, with nothing run, when <see cref="DeployRequest.PlanOnly"/>.</returns>
    /// <exception cref="SiteInvalidException">Lists every configuration problem found; no host was changed.</exception>
    public Task<DeployReport> DeployAsync(DeployRequest request, CancellationToken cancel) => throw new NotImplementedException($"{readSite} {openHost} {clock} {progress} {request} {cancel}");

    /// <summary>Looks for everything that would make a deployment fail, and changes nothing.</summary>
    public Task<CheckReport> PrecheckAsync(SiteRequest request, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>Renders every configuration file in memory and checks what can be checked without a running container.</summary>
    public Task<CheckReport> ValidateConfigAsync(SiteRequest request, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>Containers, health, images, endpoints and versions now.</summary>
    public Task<StatusReport> StatusAsync(SiteRequest request, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>The output of a service's containers, each line with its container's name when there are several.</summary>
    /// <param name="service">A service's or a container's name.</param>
    /// <param name="follow">True goes on until <paramref name="cancel"/>.</param>
    /// <param name="tailLines">Lines of each container to begin with.</param>
    public IAsyncEnumerable<LogLine> LogsAsync(SiteRequest request, string service, bool follow, int tailLines, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>Writes the files that clients log in with into the configuration folder, mode 0600.</summary>
    /// <returns>Their paths and whether each was changed.</returns>
    public Task<ImmutableArray<WrittenFile>> PostDeployAsync(SiteRequest request, CancellationToken cancel) => throw new NotImplementedException();
}
