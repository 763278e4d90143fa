using KollaNet.Engine.Containers;
using KollaNet.Engine.Planning;
using KollaNet.Engine.Steps;

namespace KollaNet.Engine.Checks;

/// <summary>What <c>status</c> says about a container.</summary>
internal static class ContainerStatuses
{
    public static ContainerStatus Of(DesiredContainer wanted, ObservedState observed, DateTimeOffset at)
    {
        if (!observed.Hosts[wanted.Host].Containers.TryGetValue(wanted.Spec.Name, out ObservedContainer? now))
            return new ContainerStatus(wanted.Service, wanted.Host, wanted.Spec.Name, "missing", null, wanted.Spec.Image, null, "kollanet deploy makes it");
        TimeSpan? uptime = now.State == "running" && now.StartedAt is { } start ? at - start : null;
        string detail = now.State == "running" ? now.RestartCount > 0 ? $"{now.RestartCount} restarts" : "" : ContainerStep.Describe(now);
        return new ContainerStatus(wanted.Service, wanted.Host, now.Name, now.State, now.Health, now.Image, uptime, detail);
    }
}
