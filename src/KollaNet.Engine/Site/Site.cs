using System.Collections.Immutable;
using KollaNet.Engine.Containers.Docker;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Rendering;
using KollaNet.Engine.Services;
using KollaNet.Engine.Site.Checks;
using KollaNet.Engine.Site.Variables;

namespace KollaNet.Engine.Site;

/// <summary>Where a site's configuration is, as given on the command line.</summary>
public sealed record SiteRequest
{
    /// <summary>Folder of <c>globals.yml</c>, <c>globals.d/</c> and <c>passwords.yml</c>; <c>/etc/kolla</c> unless <c>--configdir</c> says otherwise.</summary>
    public required string ConfigFolder { get; init; }

    /// <summary>Folder whose folders are the services.</summary>
    public required string TemplatesFolder { get; init; }

    /// <summary>Inventory files, merged in order.</summary>
    public required ImmutableArray<string> Inventories { get; init; }

    /// <summary>Null for <c>passwords.yml</c> in <see cref="ConfigFolder"/>.</summary>
    public string? PasswordsFile { get; init; }

    /// <summary><c>-e</c> arguments: <c>key=value</c> pairs, <c>@file</c>, or a YAML mapping. Win over everything.</summary>
    public ImmutableArray<string> ExtraVariables { get; init; } = [];

    /// <summary><c>--limit</c>: hosts and groups, comma-separated, <c>!</c> excludes; null for all hosts.</summary>
    public string? Limit { get; init; }

    /// <summary><c>--tags</c>: service names; empty for all.</summary>
    public ImmutableArray<string> Tags { get; init; } = [];
}

/// <summary>What the operator asked for: hosts, groups, variables with their origins, services. Read once; nothing here touches a host.</summary>
public sealed class Site
{
    private readonly SiteModel model;
    private readonly Lock gate = new();
    private (IReadOnlyDictionary<string, HostFacts> Facts, SiteVariables Variables)? latest;

    internal Site(SiteModel model, SiteProblems problems, IEnumerable<SiteProblem> hostProblems)
    {
        this.model = model;
        HostProblems = SiteProblems.Once(hostProblems);
        Problems = SiteProblems.Once(problems.Errors);
        Warnings = SiteProblems.Once(problems.Warnings);
    }

    /// <summary>What it was read from.</summary>
    public SiteRequest Request => model.Request;

    /// <summary>The hosts of the inventory, in its order. <see cref="SiteHost.Selected"/> says which <c>--limit</c> lets us touch.</summary>
    public ImmutableArray<SiteHost> Hosts => model.Hosts;

    /// <summary>Group name to its hosts, children included, in inventory order; with Ansible's <c>all</c> and <c>ungrouped</c>.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<string>> Groups => model.Names.Groups;

    /// <summary>Every service that has a folder, enabled or not.</summary>
    public ServiceCatalog Services => model.Services;

    /// <summary>Everything wrong with the configuration that can be seen without reaching a host; empty when it can be used.</summary>
    public ImmutableArray<SiteProblem> Problems { get; }

    /// <summary>Those of <see cref="Problems"/> that are about which hosts there are and how they are reached: the inventory with its variables, and <c>--limit</c>.</summary>
    public ImmutableArray<SiteProblem> HostProblems { get; }

    /// <summary>What deserves a look; nothing stops for it.</summary>
    public ImmutableArray<SiteProblem> Warnings { get; }

    /// <summary>What templates see for one host. Facts of all hosts are needed because templates may ask for <c>hostvars</c>; a fact of a host that is left out is an error when it is asked for.</summary>
    /// <exception cref="ArgumentException">The inventory has no such host.</exception>
    public IVariables VariablesOf(string host, IReadOnlyDictionary<string, HostFacts> facts) => Evaluated(facts).Of(host);

    /// <summary>Checks again with real facts: everything that the enabled services evaluate on the hosts that facts are given for.</summary>
    /// <returns>What is wrong; empty when everything can be rendered.</returns>
    public ImmutableArray<SiteProblem> Validate(IReadOnlyDictionary<string, HostFacts> facts)
    {
        var problems = new SiteProblems();
        SiteCheck.Run(model, facts, Evaluated(facts), problems);
        return SiteProblems.Once(problems.Errors);
    }

    /// <summary>Whether a service is switched on.</summary>
    /// <exception cref="TemplateException">The condition cannot be evaluated; <see cref="Problems"/> names it.</exception>
    public bool IsEnabled(ServiceDefinition service, IReadOnlyDictionary<string, HostFacts> facts) =>
        Hosts.Length > 0 && Truth.Of(service.Enabled.Evaluate(VariablesOf(Hosts[0].Name, facts))) == true;

    /// <summary>Every key as it comes out on one host, sorted by name, with where it comes from.</summary>
    /// <param name="showSecrets">False puts <c>***</c> in place of passwords and keys, also inside other values.</param>
    public ImmutableArray<EffectiveValue> Effective(string host, IReadOnlyDictionary<string, HostFacts> facts, bool showSecrets = false) =>
        new EffectiveConfiguration(model, Evaluated(facts)).Of(host, showSecrets);

    /// <summary>The values of all passwords and keys, so that they can be taken out of texts people will see.</summary>
    public ImmutableArray<string> SecretValues(IReadOnlyDictionary<string, HostFacts> facts) => new EffectiveConfiguration(model, Evaluated(facts)).SecretValues();

    /// <exception cref="SiteInvalidException">Lists every problem found; no host was changed.</exception>
    public void ThrowIfInvalid()
    {
        if (Problems.Length > 0) throw new SiteInvalidException(Problems);
    }

    private SiteVariables Evaluated(IReadOnlyDictionary<string, HostFacts> facts)
    {
        lock (gate)
        {
            if (latest is { } known && ReferenceEquals(known.Facts, facts)) return known.Variables;
            var variables = new SiteVariables(model.Names, facts);
            latest = (facts, variables);
            return variables;
        }
    }
}

/// <summary>A machine of the inventory.</summary>
/// <param name="Name">The inventory's name.</param>
/// <param name="Connection">How to reach it.</param>
/// <param name="Selected">False when <c>--limit</c> leaves it out.</param>
public sealed record SiteHost(string Name, HostConnection Connection, bool Selected = true);

/// <summary>How to reach a host. Source: Ansible's <c>ansible_connection</c>, <c>ansible_host</c>, <c>ansible_port</c>, <c>ansible_user</c>, <c>ansible_ssh_private_key_file</c>.</summary>
/// <param name="IsLocal">This machine; what says how to reach another one is null then.</param>
/// <param name="EngineSocket">Where its container engine listens, on that host; <c>docker_socket</c>.</param>
public sealed record HostConnection(
    bool IsLocal, string? Address = null, int? Port = null, string? User = null, string? PrivateKeyFile = null, string EngineSocket = DockerEngine.DefaultSocket);

/// <summary>One thing wrong with the configuration.</summary>
/// <param name="Place">File with line and column where known: <c>globals.yml:12:3</c>.</param>
/// <param name="Problem">What is wrong, and what was probably meant.</param>
public sealed record SiteProblem(string Place, string Problem)
{
    /// <summary>Only that a password is not made yet: <c>genpwd</c> mends it, and every other value is what it would be with it.</summary>
    public bool IsMissingPassword { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Place}: {Problem}";
}

/// <summary>The configuration cannot be used. Nothing was changed on any host.</summary>
public sealed class SiteInvalidException(ImmutableArray<SiteProblem> problems)
    : KollaNetException(
        problems.Length == 1 ? "The configuration has a problem." : $"The configuration has {problems.Length} problems.",
        string.Join("\n", problems), "correct what is named above and run the same command again; nothing was changed on any host")
{
    /// <summary>All of them, in the order of the files.</summary>
    public ImmutableArray<SiteProblem> Problems { get; } = problems;
}
