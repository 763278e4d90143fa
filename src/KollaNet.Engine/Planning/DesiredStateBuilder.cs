using System.Collections.Immutable;
using System.Text;
using KollaNet.Engine.Checks;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Services;
using KollaNet.Engine.Site;
using KollaNet.Engine.Steps;

namespace KollaNet.Engine.Planning;

using Site = KollaNet.Engine.Site.Site;

public sealed partial record DesiredState
{
    /// <summary>Evaluates everything the enabled services say, for every selected host.</summary>
    /// <param name="facts">Of every host whose facts are known.</param>
    /// <param name="kept">Container, as <c>service.yml</c> names it, to what it keeps of its present configuration; null for nothing anywhere.</param>
    /// <exception cref="SiteInvalidException">Lists everything that could not be evaluated or rendered.</exception>
    public static DesiredState Of(Site site, IReadOnlyDictionary<string, HostFacts> facts, ImmutableSortedDictionary<string, KeptParts>? kept = null) =>
        new DesiredStateBuilder(site, facts, kept ?? ImmutableSortedDictionary<string, KeptParts>.Empty).Build();
}

/// <summary>Puts a <see cref="DesiredState"/> together.</summary>
internal sealed class DesiredStateBuilder(Site site, IReadOnlyDictionary<string, HostFacts> facts, ImmutableSortedDictionary<string, KeptParts> kept)
{
    private const string VolumeOptions = "docker_volume_options";

    private readonly List<SiteProblem> problems = [];
    private readonly SortedSet<string> notices = new(StringComparer.Ordinal);
    private readonly Redactor secrets = new(site.SecretValues(facts));

    public DesiredState Build()
    {
        ImmutableArray<SiteHost> hosts = [.. site.Hosts.Where(host => host.Selected)];
        if (hosts.IsEmpty) throw new SiteInvalidException([new SiteProblem("--limit", "leaves no host to work on")]);
        Evaluation first = On(hosts[0].Name);
        string prefix = first.Variable("container_prefix");
        ImmutableArray<ServiceDefinition> enabled = [.. site.Services.Services.Where(service => site.IsEnabled(service, facts))];
        ServiceDefinition? databases = enabled.FirstOrDefault(service => service.ProvidesDatabase is not null), identity = enabled.FirstOrDefault(service => service.ProvidesIdentity is not null);
        string siteId = prefix.Length == 0 ? "kolla" : prefix;
        ImmutableArray<DesiredService> services = [.. ServiceOrder.Sort(enabled, databases, identity, problems).Select(entry => Build(entry.Service, entry.After, siteId, prefix))];
        foreach (string volume in VolumeOptionsOf(first).Keys.Where(volume => !services.SelectMany(service => service.Containers).Any(container => container.VolumeOptions.ContainsKey(prefix + volume))))
            notices.Add($"{VolumeOptions}: no enabled service has a volume '{volume}'");
        var state = new DesiredState
        {
            SiteId = siteId,
            Services = services,
            ImagePrefix = On(hosts[0].Name).Variable("docker_image_url"),
            ConfigRoots = hosts.ToImmutableSortedDictionary(host => host.Name, host => On(host.Name).Variable("node_config_directory").TrimEnd('/'), StringComparer.Ordinal),
            Tags = site.Request.Tags.IsDefault ? [] : site.Request.Tags,
            Database = databases is null ? null : DatabaseOf(databases, services),
            Identity = identity is null ? null : IdentityOf(identity),
            Registry = RegistryOf(first),
            Notices = [.. notices],
            Secrets = secrets,
        };
        problems.AddRange(OwnCollisions(state));
        ImmutableArray<SiteProblem> found = [.. problems.Distinct()];
        return found.IsEmpty ? state : throw new SiteInvalidException(found);
    }

    /// <summary>Two of our own that want one port.</summary>
    private static IEnumerable<SiteProblem> OwnCollisions(DesiredState state) =>
        from one in state.Containers
        from other in state.Containers
        where one.Host == other.Host && string.CompareOrdinal(one.Spec.Name, other.Spec.Name) < 0
        from address in one.Listens
        where other.Listens.Any(taken => HostChecks.Collide(address, taken))
        select new SiteProblem(one.Host, $"{one.Spec.Name} and {other.Spec.Name} would both listen on {address}; give {one.Service} or {other.Service} another port in globals.yml");

    private Evaluation On(string host) => new(site.VariablesOf(host, facts), problems);

    private Evaluation On(string host, ContainerDefinition container)
    {
        if (!kept.TryGetValue(container.Name, out KeptParts? parts)) return On(host);
        Evaluation on = On(host);
        HashSet<string> ini = [.. container.Files.Where(file => file is { Format: "ini", Loop: null }).Select(file => on.Text(file.Name))];
        var deployed = parts.On(host).ToDictionary(file => file.Key, object? (file) =>
            ini.Contains(file.Key) ? on.Try(() => RenderedFiles.Sections(file.Value.AsSpan(), file.Key, listsSeveral: true), []) : Encoding.UTF8.GetString(file.Value.AsSpan()));
        return new Evaluation(parts.Over(site.VariablesOf(host, facts), deployed), problems);
    }

    private DesiredService Build(ServiceDefinition service, ImmutableArray<string> after, string siteId, string prefix)
    {
        Evaluation on = On(HomeOf(service));
        var containers = ImmutableArray.CreateBuilder<DesiredContainer>();
        foreach (ContainerDefinition container in service.Containers)
            foreach (string host in HostsOf(container).Where(IsSelected)) containers.Add(BuildContainer(service, container, host, siteId, prefix));
        return new DesiredService
        {
            Name = service.Name,
            After = after,
            Containers = containers.ToImmutable(),
            Jobs = [.. service.Jobs.SelectMany(job => BuildJobs(service, job, containers, siteId, prefix))],
            Databases = [.. service.Databases.Select(need => new DesiredDatabase(on.Text(need.Name), on.Text(need.User), on.Text(need.Password)))],
            Roles = on.Texts(service.Identity.Roles),
            Users = [.. service.Identity.Users.Select(user => new DesiredUser(on.Text(user.Name), on.Text(user.Password), on.Text(user.Project), on.Texts(user.Roles)))],
            Catalogue = [.. service.Identity.Services.Select(entry => new DesiredCatalogueEntry(on.Text(entry.Name), on.Text(entry.Type), on.Text(entry.Description), on.Map(entry.Endpoints)))],
        };
    }

    private DesiredContainer BuildContainer(ServiceDefinition service, ContainerDefinition container, string host, string siteId, string prefix)
    {
        Evaluation on = On(host, container);
        KeptParts parts = kept.GetValueOrDefault(container.Name, KeptParts.None);
        string? folder = container.ConfigFolder is null ? null : $"{on.Variable("node_config_directory").TrimEnd('/')}/{container.ConfigFolder}";
        ImmutableArray<HostFile> files = folder is null ? [] : new ConfigRenderer(service, on, secrets).Render(container, folder, parts, host);
        ContainerSpec spec = new SpecBuilder(siteId, prefix, service, on).Build(container);
        ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> volumes = VolumeOptionsOf(on)
            .Where(volume => spec.Mounts.Any(mount => mount.Source == prefix + volume.Key)).ToImmutableSortedDictionary(volume => prefix + volume.Key, volume => volume.Value, StringComparer.Ordinal);
        // Docker would give a new volume the owner and mode of the image's folder, which a server that squashes root does not let it.
        spec = spec with { Mounts = [.. spec.Mounts.Select(mount => volumes.ContainsKey(mount.Source) ? mount with { Options = mount.Options.Length == 0 ? "nocopy" : $"{mount.Options},nocopy" } : mount)] };
        if (facts.TryGetValue(host, out HostFacts? known))
        {
            (spec, ImmutableArray<string> lowered) = HostLimits.Lower(spec, known);
            foreach (string notice in lowered) notices.Add($"{host}: {notice}");
        }
        return new DesiredContainer
        {
            Service = service.Name,
            Role = container.Name,
            Host = host,
            Spec = SpecBuilder.Stamped(spec, files, secrets),
            ConfigFolder = folder,
            Files = files,
            VolumeOptions = volumes,
            Ready = container.Ready is null ? null : ProbeOf(container.Ready, on),
            Validations = Commands(container.Validate, on),
            Preflight = PreflightOf(container.Preflight, on),
            Guards = container.Guards.IsEmpty ? [] : Commands(container.Guards, AfterRendering()),
            Keeps = container.Keeps is { } keeps ? AfterRendering().Texts([keeps.Command]) : [],
            Kept = KeptOf(parts, container.Keeps?.Needs, on),
            Commands = container.Commands.ToImmutableSortedDictionary(command => command.Key, command => on.Texts([command.Value]), StringComparer.Ordinal),
            Listens = on.Texts(container.Listens),
            Data = container.Data,
        };

        Evaluation AfterRendering() => new(RenderedFiles.Over(on, container, files), problems);
    }

    private static ImmutableSortedDictionary<string, string?> KeptOf(KeptParts parts, Templated? needs, Evaluation on)
    {
        if (parts.Names.IsEmpty) return ImmutableSortedDictionary<string, string?>.Empty;
        var services = on.Value(needs) as IReadOnlyDictionary<string, object?>;
        if (services is null && needs is not null) on.Report($"{needs.Source}:{needs.Line}:{needs.Column}", "'needs' is not a mapping");
        return parts.Names.ToImmutableSortedDictionary(name => name, name => services is not null && services.TryGetValue(name, out object? service) ? Evaluation.TextOf(service) : null, StringComparer.Ordinal);
    }

    private ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> VolumeOptionsOf(Evaluation on) =>
        VolumeOptionsReader.Read(on.Try(() => on.Variables.TryGet(VolumeOptions, out object? value) ? value : null, null), problem => on.Report(VolumeOptions, problem), notice => notices.Add(notice));

    private static DesiredPreflight? PreflightOf(PreflightDefinition? preflight, Evaluation on) => preflight is null || !on.Truth(preflight.When, true) ? null : new DesiredPreflight(
        on.Texts([preflight.Command]), preflight.Without.ToImmutableSortedDictionary(service => service.Key, service => on.Texts([service.Value]), StringComparer.Ordinal));

    private static ImmutableArray<ImmutableArray<string>> Commands(ImmutableArray<Templated> commands, Evaluation on) =>
        [.. commands.Select(command => on.Texts([command])).Where(command => !command.IsEmpty)];

    private IEnumerable<DesiredJob> BuildJobs(ServiceDefinition service, JobDefinition job, IReadOnlyCollection<DesiredContainer> containers, string siteId, string prefix)
    {
        ContainerDefinition? owner = service.Containers.FirstOrDefault(container => container.Name == job.Container);
        if (owner is null) yield break;
        string? firstHost = HostsOf(owner).FirstOrDefault();
        foreach (DesiredContainer container in containers.Where(container => container.Role == job.Container && (!job.OnFirstHost || container.Host == firstHost)))
        {
            Evaluation on = On(container.Host);
            var specs = new SpecBuilder(siteId, prefix, service, on);
            bool before = job.Run == "before";
            yield return new DesiredJob
            {
                Name = before ? prefix + job.Name : job.Name,
                Container = container,
                Spec = before ? specs.BuildJob(job, container.Spec) : null,
                Command = before || job.Command is null ? [] : on.Texts(job.Command),
                Environment = before ? ImmutableSortedDictionary<string, string>.Empty : on.Map(job.Environment),
                User = job.User,
                UnlessIdentityLogin = job.Unless == "identity_login",
                Volumes = job.Volumes is { } own ? [.. on.Texts(own).Where(volume => !volume.StartsWith('/')).Select(specs.SourceOf)]
                    : [.. container.Spec.Mounts.Where(mount => mount.IsVolume).Select(mount => mount.Source).Distinct()],
                Within = on.Seconds(job.Within, 300),
            };
        }
    }

    private static Probe ProbeOf(ReadyDefinition ready, Evaluation on)
    {
        TimeSpan within = on.Seconds(ready.Within, 60);
        return ready.Url is not null ? new UrlProbe(on.Text(ready.Url), within)
            : ready.Tcp is not null ? new TcpProbe(on.Text(ready.Tcp), within)
            : new ExecProbe(on.Texts(ready.Exec), within);
    }

    /// <summary>The group's hosts, or those of them that the service itself names; in inventory order.</summary>
    private ImmutableArray<string> HostsOf(ContainerDefinition container)
    {
        ImmutableArray<string> group = site.Groups.GetValueOrDefault(container.Group, []);
        if (group.IsEmpty || !On(group[0]).Truth(container.When, true)) return [];
        if (container.Hosts is null) return group;
        ImmutableArray<string> named = On(group[0], container).Texts([container.Hosts]);
        return [.. group.Where(named.Contains)];
    }

    private bool IsSelected(string host) => site.Hosts.Any(known => known.Name == host && known.Selected);

    /// <summary>The host whose variables speak for the service as a whole.</summary>
    private string HomeOf(ServiceDefinition service) => service.Containers.SelectMany(container => HostsOf(container)).FirstOrDefault() ?? site.Hosts[0].Name;

    private DatabaseServer DatabaseOf(ServiceDefinition service, ImmutableArray<DesiredService> services)
    {
        Evaluation on = On(HomeOf(service));
        DatabaseProvider provider = service.ProvidesDatabase!;
        DesiredService? built = services.FirstOrDefault(candidate => candidate.Name == service.Name);
        ImmutableArray<string> volumes = built is null ? [] : [.. built.Jobs.SelectMany(job => job.Volumes).Distinct()];
        return new DatabaseServer(service.Name, on.Text(provider.Host), (int)on.Number(provider.Port, 3306), on.Text(provider.User), on.Text(provider.Password), volumes);
    }

    private IdentityServer IdentityOf(ServiceDefinition service)
    {
        Evaluation on = On(HomeOf(service));
        IdentityProvider provider = service.ProvidesIdentity!;
        return new IdentityServer(service.Name, on.Text(provider.AuthUrl), on.Text(provider.User), on.Text(provider.Password), on.Text(provider.Project), on.Text(provider.Region));
    }

    private static Registry? RegistryOf(Evaluation on)
    {
        if (on.Variable("docker_registry") is not { Length: > 0 } server) return null;
        string user = on.Variable("docker_registry_username");
        return new Registry(server, user.Length == 0 ? null : new RegistryLogin(server, user, on.Variable("docker_registry_password")));
    }
}
