using System.Collections.Immutable;
using KollaNet.Engine.Steps;
using KollaNet.Engine.Steps.Identity;

namespace KollaNet.Engine.Planning;

/// <summary>Makes the steps of one service after the other. Order within a service: files, volumes, images (all at once, not waiting for other services); databases, users
/// and roles; jobs before; containers; ready; jobs inside; catalogue. With a preflight, a container's files wait for it, and it for all that it needs.</summary>
internal sealed class ServicePlanner(DesiredState desired, ObservedState observed, PlanScope scope)
{
    private readonly HashSet<StepId> made = [];
    private readonly FilePlanner files = new(observed);

    /// <summary>Service to the steps after which it serves.</summary>
    private readonly Dictionary<string, ImmutableArray<StepId>> serves = [];

    /// <summary>Steps of one service. Services must be asked for in the order of their needs.</summary>
    public IEnumerable<Step> StepsOf(DesiredService service)
    {
        var steps = new List<Step>();
        if (scope != PlanScope.Containers) steps.AddRange(service.Containers.SelectMany(FilesOf));
        if (scope == PlanScope.Files) return steps;

        steps.AddRange(service.Containers.SelectMany(VolumesAndImages).Where(step => made.Add(step.Id)));
        ImmutableArray<StepId> needed = [.. service.After.SelectMany(Serving).Distinct()];
        ImmutableArray<StepId> prepared = scope == PlanScope.Containers ? [] : AddPreparations(service, needed, steps);
        ImmutableArray<StepId> ready = AddContainers(service, [.. needed, .. prepared], steps);
        serves[service.Name] = scope == PlanScope.Containers ? ready : AddFinish(service, ready, steps);
        return steps;
    }

    private IEnumerable<Step> FilesOf(DesiredContainer container) => NeedsPreflight(container)
        ? files.StepsOf(container).Select(step => step with { After = step.After.Add(PreflightId(container)) })
        : files.StepsOf(container);

    /// <summary>Whether it is about to get something that it did not have when it was tried last. One that is only started comes up with what it had.</summary>
    private bool NeedsPreflight(DesiredContainer container) => container.Preflight is not null && scope != PlanScope.Files
        && ((scope == PlanScope.Everything && files.StepsOf(container).Length > 0) || Compare(container).Action is not (ContainerAction.Keep or ContainerAction.Start));

    private IEnumerable<StepId> Serving(string service) => serves.TryGetValue(service, out ImmutableArray<StepId> steps) ? steps : [];

    private IEnumerable<Step> VolumesAndImages(DesiredContainer container)
    {
        ObservedHost host = observed.Hosts[container.Host];
        foreach (string volume in VolumesOf(container).Where(name => !host.Volumes.ContainsKey(name)))
            yield return new CreateVolumeStep(new StepId(container.Host, "volume", volume), container.Service, "is missing", [],
                ImmutableSortedDictionary<string, string>.Empty.Add(OurLabels.Site, desired.SiteId).Add(OurLabels.Service, container.Service), container.OptionsOf(volume));
        if (!host.Images.ContainsKey(container.Spec.Image))
            yield return new EnsureImageStep(ImageId(container), container.Service, desired.Registry is null ? "is missing and has to be built" : "is missing", [], desired.Registry);
    }

    private ImmutableArray<StepId> AddPreparations(DesiredService service, ImmutableArray<StepId> needed, List<Step> steps)
    {
        var ids = ImmutableArray.CreateBuilder<StepId>();
        if (desired.Database is { } server)
            foreach (DesiredDatabase database in service.Databases)
            {
                ImmutableArray<StepId> records = [.. service.Jobs.Where(job => job.Spec is not null).Select(job => new StepId(job.Container.Host, "container", job.Spec!.Name))];
                Add(new EnsureDatabaseStep(new StepId("", "database", database.Name), service.Name, [.. needed.Union(Serving(server.Service))], server, database, records));
            }
        // The provider's own users and roles have to wait until it serves itself.
        if (desired.Identity is { } identity && identity.Service != service.Name)
            foreach (Step step in UsersAndRoles(service, identity, [.. needed.Union(Serving(identity.Service))])) Add(step);
        return ids.ToImmutable();

        void Add(Step step)
        {
            ids.Add(step.Id);
            if (made.Add(step.Id)) steps.Add(step);
        }
    }

    private static IEnumerable<Step> UsersAndRoles(DesiredService service, IdentityServer identity, ImmutableArray<StepId> after)
    {
        StepId[] projects = [.. service.Users.Select(user => user.Project).Distinct().Select(name => new StepId("", "project", name))];
        StepId[] roles = [.. service.Roles.Concat(service.Users.SelectMany(user => user.Roles)).Distinct().Select(name => new StepId("", "role", name))];
        foreach (StepId project in projects) yield return new EnsureProjectStep(project, service.Name, after, identity);
        foreach (StepId role in roles) yield return new EnsureRoleStep(role, service.Name, after, identity);
        foreach (DesiredUser user in service.Users)
            yield return new EnsureUserStep(new StepId("", "user", user.Name), service.Name, [.. after.Concat(projects).Concat(roles)], identity, user);
    }

    private ImmutableArray<StepId> AddContainers(DesiredService service, ImmutableArray<StepId> prepared, List<Step> steps)
    {
        var ready = ImmutableArray.CreateBuilder<StepId>();
        ImmutableArray<StepId> before = prepared;
        foreach (IGrouping<string, DesiredContainer> role in service.Containers.GroupBy(container => container.Role))
        {
            ImmutableArray<StepId> tried = AddPreflights(role, before, steps);
            ImmutableArray<StepId> jobs = scope == PlanScope.Containers ? [] : AddJobs(service, role.Key, [.. before, .. tried], steps);
            ImmutableArray<StepId> ids = [.. role.Select(container => AddContainer(container, [.. before, .. tried, .. jobs], steps))];
            ready.AddRange(ids);
            before = [.. prepared, .. ids];
        }
        return ready.ToImmutable();
    }

    private ImmutableArray<StepId> AddPreflights(IEnumerable<DesiredContainer> containers, ImmutableArray<StepId> after, List<Step> steps)
    {
        PreflightStep[] preflights = [.. containers.Where(NeedsPreflight).Select(container =>
            new PreflightStep(PreflightId(container), container.Service, "tried before anything about it changes", [.. after, .. VolumesAndImage(container)], container, desired.SiteId))];
        steps.AddRange(preflights);
        return [.. preflights.Select(step => step.Id)];
    }

    private ImmutableArray<StepId> AddJobs(DesiredService service, string role, ImmutableArray<StepId> after, List<Step> steps)
    {
        var ids = ImmutableArray.CreateBuilder<StepId>();
        foreach (DesiredJob job in service.Jobs.Where(job => job.Spec is not null && job.Container.Role == role))
        {
            ObservedHost host = observed.Hosts[job.Container.Host];
            string record = SpecText.OfJob(job.Spec!, desired.Secrets);
            string[] missing = [.. job.Volumes.Where(volume => !host.Volumes.ContainsKey(volume))];
            string volumes = RunJobStep.VolumesText(job.Volumes.Where(host.Volumes.ContainsKey).Select(volume => host.Volumes[volume]));
            string? why = RunJobStep.WhyRun(host.Containers.GetValueOrDefault(job.Spec!.Name), record, volumes, host.Images.GetValueOrDefault(job.Spec.Image)?.Id);
            if (why is null && missing.Length > 0) why = $"volume {missing[0]} is new";
            var id = new StepId(job.Container.Host, "job", job.Spec.Name);
            steps.Add(new RunJobStep(id, service.Name, why ?? "has run", [.. after, .. OwnInputs(job.Container), .. ids], job, record, why is not null));
            ids.Add(id);
        }
        return ids.ToImmutable();
    }

    private StepId AddContainer(DesiredContainer container, ImmutableArray<StepId> after, List<Step> steps)
    {
        (ContainerAction action, string because) = Compare(container);
        var id = new StepId(container.Host, "container", container.Spec.Name);
        steps.Add(new ContainerStep(id, container.Service, because, [.. after.Concat(OwnInputs(container)).Distinct()], action, container.Spec));
        var ready = new StepId(container.Host, "ready", container.Spec.Name);
        steps.Add(new WaitReadyStep(ready, container.Service, container.Ready is null ? "must be running" : "must serve", [id], container.Ready));
        return ready;
    }

    private (ContainerAction Action, string Because) Compare(DesiredContainer container)
    {
        ObservedHost host = observed.Hosts[container.Host];
        return SpecDifference.Between(host.Containers.GetValueOrDefault(container.Spec.Name), container,
            host.Images.GetValueOrDefault(container.Spec.Image)?.Id, scope == PlanScope.Containers ? [] : files.Rewritten(container), files.Newest(container));
    }

    /// <summary>The steps that make a container's files, volumes and image, as far as this plan has them.</summary>
    private IEnumerable<StepId> OwnInputs(DesiredContainer container) =>
        scope == PlanScope.Containers ? VolumesAndImage(container) : VolumesAndImage(container).Concat(files.StepsOf(container).Select(step => step.Id));

    private IEnumerable<StepId> VolumesAndImage(DesiredContainer container) =>
        VolumesOf(container).Select(volume => new StepId(container.Host, "volume", volume)).Append(ImageId(container)).Where(made.Contains);

    private static StepId PreflightId(DesiredContainer container) => new(container.Host, "preflight", container.Spec.Name);

    private ImmutableArray<StepId> AddFinish(DesiredService service, ImmutableArray<StepId> ready, List<Step> steps)
    {
        var done = ready;
        foreach (DesiredJob job in service.Jobs.Where(job => job.Spec is null))
        {
            var id = new StepId(job.Container.Host, "job", job.Name);
            steps.Add(new ExecJobStep(id, service.Name, job.UnlessIdentityLogin ? "looked up in Keystone" : "runs every time", done, job, desired.Identity));
            done = [.. done, id];
        }
        if (desired.Identity is not { } identity) return done;
        ImmutableArray<StepId> registered = [.. done.Union(Serving(identity.Service))];
        if (identity.Service == service.Name)
            foreach (Step step in UsersAndRoles(service, identity, registered).Where(step => made.Add(step.Id))) steps.Add(step);
        foreach (DesiredCatalogueEntry entry in service.Catalogue)
            steps.Add(new EnsureCatalogueStep(new StepId("", "endpoints", entry.Type), service.Name, registered, identity, entry));
        return done;
    }

    private static IEnumerable<string> VolumesOf(DesiredContainer container) => container.Spec.Mounts.Where(mount => mount.IsVolume).Select(mount => mount.Source).Distinct();

    private static StepId ImageId(DesiredContainer container) => new(container.Host, "image", container.Spec.Image);
}
