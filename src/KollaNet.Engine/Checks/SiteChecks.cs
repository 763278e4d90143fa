using System.Collections.Immutable;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Planning;
using KollaNet.Engine.Rendering;
using KollaNet.Engine.Site;

namespace KollaNet.Engine.Checks;

using Site = KollaNet.Engine.Site.Site;

/// <summary>What prechecks say about the configuration itself.</summary>
internal static class SiteChecks
{
    /// <summary>Each problem as a failed check.</summary>
    public static CheckReport Report(ImmutableArray<SiteProblem> problems) =>
        new([.. problems.Select(problem => new Check("", problem.Place, CheckResult.Failed, problem.Problem, "correct the configuration"))]);

    /// <summary>That a file is there at all says that it could be rendered, merged and parsed.</summary>
    public static IEnumerable<Check> Rendered(DesiredState desired) => desired.Containers.Where(container => desired.IsTagged(container.Service))
        .SelectMany(container => container.Files.Select(file => new Check(container.Host, file.Path, CheckResult.Passed, "renders and parses")));

    /// <summary>The checks of a configuration in which nothing is wrong; warnings among them.</summary>
    public static IEnumerable<Check> Passed(Site site, DesiredState desired, IReadOnlyDictionary<string, HostFacts> facts)
    {
        yield return new Check("", "configuration", CheckResult.Passed, $"{desired.Services.Length} services on {desired.ConfigRoots.Count} hosts: {string.Join(", ", desired.Services.Select(service => service.Name))}");
        foreach (SiteProblem warning in site.Warnings) yield return new Check("", warning.Place, CheckResult.Warning, warning.Problem);
        IVariables variables = site.VariablesOf(desired.ConfigRoots.Keys.First(), facts);
        if (variables.TryGet("kolla_internal_vip_address", out object? value) && value is string { Length: > 0 } address)
            yield return facts.Values.Any(host => host.Addresses.Values.Any(addresses => addresses.Contains(address)))
                ? new Check("", $"address {address}", CheckResult.Passed, "kolla_internal_vip_address belongs to a host of this site")
                : new Check("", $"address {address}", CheckResult.Warning, "kolla_internal_vip_address belongs to no host of this site", "services are reached there; set it to an address of a control host unless something outside forwards it");
        foreach ((string service, string endpoint) in desired.Services.SelectMany(s => s.Catalogue.SelectMany(entry => entry.Endpoints.Values.Select(url => (s.Name, url)))).Distinct())
            if (!Uri.TryCreate(endpoint, UriKind.Absolute, out _)) yield return new Check("", $"endpoint of {service}", CheckResult.Failed, $"'{endpoint}' is not a URL", "look at the addresses and ports in globals.yml");
    }
}
