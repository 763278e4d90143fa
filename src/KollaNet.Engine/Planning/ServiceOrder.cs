using System.Collections.Immutable;
using KollaNet.Engine.Services;
using KollaNet.Engine.Site;

namespace KollaNet.Engine.Planning;

/// <summary>Puts services after those they need.</summary>
internal static class ServiceOrder
{
    /// <summary>Each service with the enabled services that must serve before it: those it names, the database server if it has databases, Keystone if it has users there.</summary>
    /// <param name="problems">Gets a line for each circle.</param>
    public static ImmutableArray<(ServiceDefinition Service, ImmutableArray<string> After)> Sort(
        ImmutableArray<ServiceDefinition> enabled, ServiceDefinition? databases, ServiceDefinition? identity, ICollection<SiteProblem> problems)
    {
        var needs = enabled.ToDictionary(service => service, NeedsOf);
        var sorted = ImmutableArray.CreateBuilder<(ServiceDefinition, ImmutableArray<string>)>();
        var state = new Dictionary<ServiceDefinition, bool>();
        foreach (ServiceDefinition service in enabled) Visit(service);
        return sorted.ToImmutable();

        ImmutableArray<ServiceDefinition> NeedsOf(ServiceDefinition service) => [.. enabled.Where(other => other != service
            && (service.After.Contains(other.Name) || (other == databases && !service.Databases.IsEmpty) || (other == identity && !service.Identity.Users.IsEmpty)))];

        void Visit(ServiceDefinition service)
        {
            if (state.TryGetValue(service, out bool done))
            {
                if (!done) problems.Add(new SiteProblem($"{service.Name}/service.yml", $"'{service.Name}' has to wait for itself; its 'after' and those of the services it names go round in a circle"));
                return;
            }
            state[service] = false;
            foreach (ServiceDefinition need in needs[service]) Visit(need);
            state[service] = true;
            sorted.Add((service, [.. needs[service].Select(need => need.Name)]));
        }
    }
}
