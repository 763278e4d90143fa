using System.Collections.Immutable;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Planning;
using KollaNet.Engine.Rendering;
using KollaNet.Engine.Running;
using KollaNet.Engine.Site;
using KollaNet.Engine.Steps;

namespace KollaNet.Engine.Images;

/// <summary>What to build.</summary>
public sealed record ImageBuildRequest
{
    /// <summary>Where the site's configuration is: it names the images.</summary>
    public required SiteRequest Site { get; init; }

    /// <summary>Image or service names; empty for the images of every enabled service.</summary>
    public ImmutableArray<string> Names { get; init; } = [];

    /// <summary>What <see cref="CacheFolder"/> is unless somebody says otherwise.</summary>
    public const string DefaultCacheFolder = "/var/cache/kollanet";

    /// <summary>Where published programs and unfinished systems are kept.</summary>
    public string CacheFolder { get; init; } = DefaultCacheFolder;

    /// <summary>Most builds at once.</summary>
    public int Parallelism { get; init; } = 4;
}

/// <summary>Makes the images of a site on this machine: the same page as a deployment, with other steps.</summary>
/// <param name="openHost">Opens a host; it is closed when the method ends.</param>
/// <param name="clock">For times.</param>
/// <param name="progress">Receives events as they happen, one at a time; null for nobody.</param>
public sealed class ImageBuild(Func<SiteHost, IHost> openHost, TimeProvider clock, IProgress<RunEvent>? progress = null)
{
    private static readonly StepRetry NoRetry = new(0, TimeSpan.Zero, TimeProvider.System);
    private readonly OrderedProgress events = new(progress);

    /// <summary>Builds what is missing or out of date. Safe to repeat; with nothing changed nothing is built.</summary>
    /// <exception cref="SiteInvalidException">Lists every configuration problem found.</exception>
    public async Task<DeployReport> BuildAsync(ImageBuildRequest request, CancellationToken cancel)
    {
        long start = clock.GetTimestamp();
        Site.Site site = SiteReader.Read(request.Site);
        site.ThrowIfInvalid();
        await using IHost here = openHost(ThisMachine(site));
        Plan plan = await PlanAsync(request, site, here, cancel);

        events.Report(new PlanReady(plan) { At = clock.GetUtcNow() });
        using StepContext on = Context(here);
        ImmutableArray<StepOutcome> outcomes = await new Runner(NoRetry, clock, events).RunAsync(plan, on, request.Parallelism, cancel);
        return new DeployReport { Plan = plan, Outcomes = outcomes, Elapsed = clock.GetElapsedTime(start), Cancelled = cancel.IsCancellationRequested };
    }

    /// <summary>Images are the same for every host: the variables are those of the first one, the facts those of the machine that builds.</summary>
    private static async Task<Plan> PlanAsync(ImageBuildRequest request, Site.Site site, IHost here, CancellationToken cancel)
    {
        HostFacts own = await here.FactsAsync(cancel);
        Dictionary<string, HostFacts> facts = site.Hosts.ToDictionary(host => host.Name, _ => own);
        IVariables variables = site.VariablesOf(site.Hosts[0].Name, facts);
        AptSettings apt = await AptSettings.OfAsync(here, own, name => ImagePlan.Text(variables, name), cancel);
        string prefix = ImagePlan.Text(variables, "docker_image_url");
        var rootfs = new RootfsStep(here.Name, $"{prefix}rootfs:{apt.Suite}", prefix, ImagePlan.Text(variables, "base_image"), apt.Suite, apt.Sources, request.CacheFolder);
        var all = new AddedVariables(variables, new Dictionary<string, object?>
        {
            ["rootfs_image"] = rootfs.Reference,
            ["apt_sources"] = string.Join('\n', apt.Sources),
            ["apt_options"] = apt.Options.Select(object? (line) => line).ToArray(),
        });
        ImmutableArray<ImageDefinition> definitions = ImageFolders.Read(request.Site.TemplatesFolder);
        HashSet<string> enabled = [.. site.Services.Services.Where(service => site.IsEnabled(service, facts)).Select(service => service.Name)];
        return ImagePlan.Of(definitions, Wanted(request, definitions, enabled), all, rootfs,
            project => PublishProgramStep.Of(here.Name, project, request.Site.TemplatesFolder, request.CacheFolder));
    }

    /// <summary>Named as the inventory names it, if it does: <c>docker_socket</c> may differ from host to host.</summary>
    private static SiteHost ThisMachine(Site.Site site) =>
        site.Hosts.FirstOrDefault(host => host.Connection.IsLocal) ?? new SiteHost("localhost", new HostConnection(IsLocal: true));

    private StepContext Context(IHost here) => new(
        new Dictionary<string, IHost> { [here.Name] = here }, new HttpClient(),
        (_, _, _, _, _) => throw new InvalidOperationException("building images needs no database"), Redactor.None, clock,
        (step, line) => events.Report(new StepProgress(step, line) { At = clock.GetUtcNow() }));

    private static HashSet<string> Wanted(ImageBuildRequest request, ImmutableArray<ImageDefinition> definitions, HashSet<string> enabled)
    {
        if (request.Names.Length == 0) return [.. definitions.Where(definition => enabled.Contains(definition.Service)).Select(definition => definition.Name)];
        string[] unknown = [.. request.Names.Where(name => !definitions.Any(definition => definition.Name == name || definition.Service == name))];
        if (unknown.Length > 0)
        {
            throw new KollaNetException($"There is no image {string.Join(", ", unknown)}.", "no folder templates/*/images/ has that name",
                $"choose from {string.Join(", ", definitions.Select(definition => definition.Name))}");
        }

        return [.. definitions.Where(definition => request.Names.Contains(definition.Name) || request.Names.Contains(definition.Service)).Select(definition => definition.Name)];
    }
}
