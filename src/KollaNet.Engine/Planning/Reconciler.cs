using System.Collections.Immutable;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Steps;

namespace KollaNet.Engine.Planning;

/// <summary>Compares what should be with what is. Pure: the same two states give the same plan.</summary>
public static class Reconciler
{
    /// <summary>The steps from <paramref name="observed"/> to <paramref name="desired"/>.</summary>
    /// <exception cref="PlanConflictException">A name we want is taken by something that is not ours.</exception>
    /// <exception cref="VolumeDiffersException">A volume that is there has other options than it should.</exception>
    public static Plan Reconcile(DesiredState desired, ObservedState observed, PlanScope scope = PlanScope.Everything)
    {
        ThrowOnConflicts(desired, observed);
        if (scope != PlanScope.Files) ThrowOnOtherVolumes(desired, observed);
        var notices = desired.Notices.ToBuilder();
        var steps = new List<Step>();
        if (scope != PlanScope.Files) steps.AddRange(RemovalPlanner.Leftovers(desired, observed, notices));
        var planner = new ServicePlanner(desired, observed, scope);
        foreach (DesiredService service in desired.Services) steps.AddRange(planner.StepsOf(service));
        return new Plan(Tagged(steps, desired), notices.ToImmutable());
    }

    /// <summary>With <c>--tags</c> only those services' steps stay; what they waited for outside is taken to be there.</summary>
    private static IEnumerable<Step> Tagged(List<Step> steps, DesiredState desired)
    {
        if (desired.Tags.IsEmpty) return steps;
        Step[] kept = [.. steps.Where(step => desired.IsTagged(step.Service))];
        HashSet<StepId> ids = [.. kept.Select(step => step.Id)];
        return kept.Select(step => step with { After = [.. step.After.Where(ids.Contains)] });
    }

    private static void ThrowOnConflicts(DesiredState desired, ObservedState observed)
    {
        IEnumerable<(string Host, string Name)> wanted = desired.Containers.Select(container => (container.Host, container.Spec.Name))
            .Concat(desired.Services.SelectMany(service => service.Jobs).Where(job => job.Spec is not null).Select(job => (job.Container.Host, job.Spec!.Name)));
        ImmutableArray<string> conflicts = [.. wanted
            .Select(want => (want.Host, Found: observed.Hosts[want.Host].Containers.GetValueOrDefault(want.Name)))
            .Where(pair => pair.Found is not null && !IsOurs(pair.Found, desired.SiteId) && !IsKollas(pair.Found))
            .Select(pair => $"container {pair.Found!.Name} on {pair.Host} ({pair.Found.Image}) " + (pair.Found.Labels.TryGetValue(OurLabels.Site, out string? other)
                ? $"belongs to site {other}" : "was made by somebody else"))];
        if (conflicts.Length > 0) throw new PlanConflictException(conflicts);
    }

    private static void ThrowOnOtherVolumes(DesiredState desired, ObservedState observed)
    {
        ImmutableArray<string> differing = [..
            from container in desired.Containers
            where desired.IsTagged(container.Service)
            from mount in container.Spec.Mounts
            where mount.IsVolume
            let now = observed.Hosts[container.Host].Volumes.GetValueOrDefault(mount.Source)
            let wanted = container.OptionsOf(mount.Source)
            where now is not null && (now.Options.Count != wanted.Count || now.Options.Except(wanted).Any()) && (wanted.Count > 0 || now.Labels.ContainsKey(OurLabels.Site))
            select $"volume {mount.Source} on {container.Host} was made with {VolumeOptionsReader.TextOf(now.Options)}, wanted {VolumeOptionsReader.TextOf(wanted)}"];
        if (differing.Length > 0) throw new VolumeDiffersException([.. differing.Distinct()]);
    }

    private static bool IsOurs(ObservedContainer container, string siteId) => container.Labels.GetValueOrDefault(OurLabels.Site) == siteId;

    private static bool IsKollas(ObservedContainer container) => !container.Labels.ContainsKey(OurLabels.Site) && container.Labels.ContainsKey(OurLabels.Kolla);
}

/// <summary>How much of the difference a plan is about.</summary>
public enum PlanScope
{
    /// <summary>All of it.</summary>
    Everything,

    /// <summary>Configuration files only.</summary>
    Files,

    /// <summary>Volumes, images and containers; no files, databases, jobs or registration.</summary>
    Containers,
}
