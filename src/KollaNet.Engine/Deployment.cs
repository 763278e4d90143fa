using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using KollaNet.Engine.Checks;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Planning;
using KollaNet.Engine.Running;
using KollaNet.Engine.Site;
using KollaNet.Engine.Steps;

namespace KollaNet.Engine;

/// <summary>Everything that can be done with a site as a whole. Each method is a page: read, decide, do.</summary>
/// <param name="openHost">Opens one host; it is closed when the method ends. <see cref="HostConnector.Open"/> outside of tests.</param>
/// <param name="clock">For times, waits and deadlines.</param>
/// <param name="progress">Receives events as they happen, on any thread, one at a time; null for nobody.</param>
public sealed class Deployment(Func<SiteHost, IHost> openHost, TimeProvider clock, IProgress<RunEvent>? progress = null)
{
    private const int Retries = 3;
    private readonly OrderedProgress events = new(progress);

    /// <summary>Brings every host of the site to the state its configuration asks for. Safe to repeat at any time. Also stops, removes, pulls or only renders: <see cref="DeployRequest.Action"/>.</summary>
    /// <returns>What each step did; only the plan, with nothing run, when <see cref="DeployRequest.PlanOnly"/>.</returns>
    /// <exception cref="SiteInvalidException">Lists every configuration problem found; no host was changed.</exception>
    /// <exception cref="PlanConflictException">Something of somebody else's is in the way; no host was changed.</exception>
    public async Task<DeployReport> DeployAsync(DeployRequest request, CancellationToken cancel)
    {
        long start = clock.GetTimestamp();
        Site.Site site = Read(request.Site);
        await using SiteSession session = await OpenAsync(site, cancel);                  // reads only: each host's addresses and limits
        DesiredState desired = DesiredState.Of(site, session.Facts);                      // the files and containers it should have
        Begin("looking at what is there");
        ObservedState observed = await new Observer(session.Hosts).ObserveAsync(desired, request.Action == DeployAction.GenConfig, cancel);
        desired = await KeepingAsync(request, site, desired, observed, session, cancel);  // and what services still need of what they have
        Plan plan = await PlanAsync(request, desired, observed, session, cancel);         // the steps between the two, each with its reason
        Announce(plan);

        using StepContext on = session.Context(desired.Secrets, clock, (step, line) => events.Report(new StepProgress(step, line) { At = clock.GetUtcNow() }));
        DeployReport report = request.PlanOnly
            ? new DeployReport { Plan = plan, PlanOnly = true, Outlooks = await LookAsync(plan, on, cancel) }
            : await RunAsync(plan, on, request.Parallelism, cancel);
        report = report with { Notices = plan.Notices, Elapsed = clock.GetElapsedTime(start) };
        if (request.Action is not (DeployAction.Deploy or DeployAction.Reconfigure)) return report;
        string credentials = CredentialFiles.Main(site);
        return report with { Endpoints = EndpointsOf(desired), CredentialsFile = credentials, CredentialsWritten = File.Exists(credentials) };
    }

    /// <summary>Looks for everything that would make a deployment fail, and changes nothing.</summary>
    public async Task<CheckReport> PrecheckAsync(SiteRequest request, CancellationToken cancel)
    {
        Site.Site site = SiteReader.Read(request);
        if (!site.Problems.IsEmpty) return SiteChecks.Report(site.Problems);
        await using SiteSession session = await SiteSession.OpenAsync(site, openHost, cancel);
        ImmutableArray<SiteProblem> problems = site.Validate(session.Facts);
        if (!problems.IsEmpty) return SiteChecks.Report(problems);
        try
        {
            DesiredState desired = DesiredState.Of(site, session.Facts);
            using StepContext on = session.Context(desired.Secrets, clock, static (_, _) => { });
            return new CheckReport([.. SiteChecks.Passed(site, desired, session.Facts), .. await new HostChecks(desired, session.Hosts, session.Facts).RunAsync(cancel),
                .. await new PlanChecks(site, desired, session, on).RunAsync(cancel)]);
        }
        catch (SiteInvalidException e)
        {
            return SiteChecks.Report(e.Problems);
        }
    }

    /// <summary>Renders every configuration file in memory, then has the services' own programs read them in throwaway containers. No file, volume or container of the site is touched.</summary>
    public async Task<CheckReport> ValidateConfigAsync(SiteRequest request, CancellationToken cancel)
    {
        Site.Site site = SiteReader.Read(request);
        if (!site.Problems.IsEmpty) return SiteChecks.Report(site.Problems);
        await using SiteSession session = await SiteSession.OpenAsync(site, openHost, cancel);
        ImmutableArray<SiteProblem> problems = site.Validate(session.Facts);
        if (!problems.IsEmpty) return SiteChecks.Report(problems);
        try
        {
            DesiredState desired = DesiredState.Of(site, session.Facts);
            return new CheckReport([.. SiteChecks.Rendered(desired), .. await new ConfigTrials(desired, session.Hosts).RunAsync(cancel)]);
        }
        catch (SiteInvalidException e)
        {
            return SiteChecks.Report(e.Problems);
        }
    }

    /// <summary>Containers, health, images, endpoints and versions now.</summary>
    public async Task<StatusReport> StatusAsync(SiteRequest request, CancellationToken cancel)
    {
        Site.Site site = Read(request);
        await using SiteSession session = await OpenAsync(site, cancel);
        DesiredState desired = DesiredState.Of(site, session.Facts);
        ObservedState observed = await new Observer(session.Hosts).ObserveAsync(desired, filesOnly: false, cancel);
        using HttpClient http = SiteSession.NewHttp();
        EndpointStatus[] endpoints = await Task.WhenAll(EndpointsOf(desired).Select(endpoint => EndpointCheck.AskAsync(endpoint, http, cancel)));
        return new StatusReport([.. desired.Containers.Where(container => desired.IsTagged(container.Service)).Select(container => ContainerStatuses.Of(container, observed, clock.GetUtcNow()))], [.. endpoints]);
    }

    /// <summary>The output of a service's containers, as it comes when there are several.</summary>
    /// <param name="service">A service's, a container's or a job's name.</param>
    /// <param name="follow">True goes on until <paramref name="cancel"/>.</param>
    /// <param name="tailLines">Lines of each container to begin with.</param>
    /// <exception cref="KollaNetException">Nothing has that name.</exception>
    public async IAsyncEnumerable<LogLine> LogsAsync(SiteRequest request, string service, bool follow, int tailLines, [EnumeratorCancellation] CancellationToken cancel)
    {
        Site.Site site = Read(request);
        await using SiteSession session = await OpenAsync(site, cancel);
        DesiredState desired = DesiredState.Of(site, session.Facts);
        await foreach (LogLine line in new ServiceLogs(desired, session.Hosts).ReadAsync(service, follow, tailLines, cancel)) yield return line;
    }

    /// <summary>Runs a command that a service offers inside its running container, to its end.</summary>
    /// <param name="name">As in <c>commands</c> of <c>service.yml</c>.</param>
    /// <param name="columns">Width of the terminal that shows the output; null for none. A line that begins with a carriage return then replaces the one before.</param>
    /// <param name="onLine">Gets its output as it comes.</param>
    /// <returns>Its exit code.</returns>
    /// <exception cref="KollaNetException">No service of the site has it, or its container does not run.</exception>
    public async Task<int> RunCommandAsync(SiteRequest request, string name, ImmutableArray<string> arguments, int? columns, Action<string> onLine, CancellationToken cancel)
    {
        Site.Site site = Read(request);
        await using SiteSession session = await OpenAsync(site, cancel);
        return await new ServiceCommands(DesiredState.Of(site, session.Facts), session.Hosts).RunAsync(name, arguments, columns, onLine, cancel);
    }

    /// <summary>Writes the files that clients log in with into the configuration folder, mode 0600.</summary>
    /// <returns>Their paths and whether each was changed.</returns>
    public async Task<ImmutableArray<WrittenFile>> PostDeployAsync(SiteRequest request, CancellationToken cancel)
    {
        Site.Site site = Read(request);
        await using SiteSession session = await OpenAsync(site, cancel);
        return CredentialFiles.Write(site, session.Facts);
    }

    private Site.Site Read(SiteRequest request)
    {
        Begin("reading the configuration");
        Site.Site site = SiteReader.Read(request);
        site.ThrowIfInvalid();
        return site;
    }

    private async Task<SiteSession> OpenAsync(Site.Site site, CancellationToken cancel)
    {
        Begin("reaching the hosts");
        SiteSession session = await SiteSession.OpenAsync(site, openHost, cancel);
        ImmutableArray<SiteProblem> problems = site.Validate(session.Facts);
        if (problems.IsEmpty) return session;
        await session.DisposeAsync();
        throw new SiteInvalidException(problems);
    }

    private static async Task<DesiredState> KeepingAsync(DeployRequest request, Site.Site site, DesiredState desired, ObservedState observed, SiteSession session, CancellationToken cancel)
    {
        if (request.AcceptDataMove || ScopeOf(request.Action) is not { } scope) return desired;
        (DesiredState keeping, ImmutableArray<string> reasons) = await new Keeping(site, session, observed).ApplyAsync(desired, scope, cancel);
        return keeping with { Notices = keeping.Notices.AddRange(reasons) };
    }

    private static async Task<Plan> PlanAsync(DeployRequest request, DesiredState desired, ObservedState observed, SiteSession session, CancellationToken cancel) => request.Action switch
    {
        DeployAction.GenConfig => await GuardedAsync(Reconciler.Reconcile(desired, observed, PlanScope.Files), request, desired, session, cancel),
        DeployAction.Pull => PullPlanner.Plan(desired),
        DeployAction.Stop => RemovalPlanner.Stop(desired, observed),
        DeployAction.Destroy => RemovalPlanner.Destroy(desired, observed, request.IncludeImages ? await OurImagesAsync(desired, session, cancel) : ImmutableDictionary<string, ImmutableArray<ObservedImage>>.Empty),
        _ => await CheckedAsync(Reconciler.Reconcile(desired, observed, ScopeOf(request.Action)!.Value), request, desired, observed, session, cancel),
    };

    /// <summary>How much an action brings to the desired state; null for one that aims at something else.</summary>
    private static PlanScope? ScopeOf(DeployAction action) => action switch
    {
        DeployAction.Deploy or DeployAction.Reconfigure => PlanScope.Everything,
        DeployAction.DeployContainers => PlanScope.Containers,
        DeployAction.GenConfig => PlanScope.Files,
        _ => null,
    };

    /// <summary>The plan, when no port of it is taken and no data would be left behind; what only a look at processes and files can tell.</summary>
    private static async Task<Plan> CheckedAsync(Plan plan, DeployRequest request, DesiredState desired, ObservedState observed, SiteSession session, CancellationToken cancel)
    {
        await new PortConflicts(desired, observed, session.Hosts, session.Facts).ThrowIfAnyAsync(cancel);
        ImmutableArray<string> leftBehind = await new DataMoves(desired, observed, session.Hosts).FindAsync(request.AcceptDataMove, cancel);
        return await GuardedAsync(new Plan(plan.Steps, plan.Notices.AddRange(leftBehind)), request, desired, session, cancel);
    }

    /// <summary>The plan, when the services themselves agree to what it does to them; with what they have to say about it.</summary>
    private static async Task<Plan> GuardedAsync(Plan plan, DeployRequest request, DesiredState desired, SiteSession session, CancellationToken cancel)
    {
        ImmutableArray<string> said = await new ChangeGuards(desired, session.Hosts).AskAsync(plan, request.AcceptDataMove, cancel);
        return said.IsEmpty ? plan : new Plan(plan.Steps, plan.Notices.AddRange(said));
    }

    private static async Task<IReadOnlyDictionary<string, ImmutableArray<ObservedImage>>> OurImagesAsync(DesiredState desired, SiteSession session, CancellationToken cancel)
    {
        var images = new Dictionary<string, ImmutableArray<ObservedImage>>();
        foreach (string host in desired.ConfigRoots.Keys) images[host] = await session.Hosts[host].Containers.ListImagesAsync($"{OurLabels.Image}={desired.ImagePrefix}", cancel);
        return images;
    }

    private void Announce(Plan plan)
    {
        events.Report(new PlanReady(plan) { At = clock.GetUtcNow() });
        foreach (string notice in plan.Notices) events.Report(new NoticeRaised(notice) { At = clock.GetUtcNow() });
    }

    private static async Task<ImmutableArray<PlannedStep>> LookAsync(Plan plan, StepContext on, CancellationToken cancel)
    {
        Task<PlannedStep>[] looks = [.. plan.Steps.Select(async step => new PlannedStep(step, await step.LookAsync(on, cancel)))];
        return [.. await Task.WhenAll(looks)];
    }

    private async Task<DeployReport> RunAsync(Plan plan, StepContext on, int parallelism, CancellationToken cancel)
    {
        var runner = new Runner(new StepRetry(Retries, TimeSpan.FromMilliseconds(500), clock), clock, events);
        ImmutableArray<StepOutcome> outcomes = await runner.RunAsync(plan, on, parallelism, cancel);
        return new DeployReport { Plan = plan, Outcomes = outcomes, Times = TimesOf(outcomes), Cancelled = cancel.IsCancellationRequested };
    }

    private static ImmutableArray<ServiceTime> TimesOf(ImmutableArray<StepOutcome> outcomes) => [.. outcomes.Where(outcome => outcome.End != StepEnd.Skipped).GroupBy(outcome => outcome.Step.Service)
        .Select(service => new ServiceTime(service.Key, BusyTime(service)))
        .OrderByDescending(time => time.Elapsed).ThenBy(time => time.Service, StringComparer.Ordinal)];

    /// <summary>Time in which at least one of the steps ran; waiting for other services does not count.</summary>
    private static TimeSpan BusyTime(IEnumerable<StepOutcome> steps)
    {
        TimeSpan busy = TimeSpan.Zero, until = TimeSpan.Zero;
        foreach (StepOutcome step in steps.OrderBy(step => step.StartedAfter))
        {
            TimeSpan end = step.StartedAfter + step.Elapsed;
            if (end <= until) continue;
            busy += end - (step.StartedAfter > until ? step.StartedAfter : until);
            until = end;
        }

        return busy;
    }

    private static ImmutableArray<ServiceEndpoint> EndpointsOf(DesiredState desired) => [.. desired.Services.Where(service => desired.IsTagged(service.Name))
        .SelectMany(service => service.Catalogue.SelectMany(entry => entry.Endpoints.Select(face => new ServiceEndpoint(service.Name, face.Key, face.Value))))];

    private void Begin(string phase) => events.Report(new PhaseStarted(phase) { At = clock.GetUtcNow() });
}
