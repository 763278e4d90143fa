using System.Collections.Immutable;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Steps;

namespace KollaNet.Engine.Planning;

/// <summary>Plans that take things away: leftovers of services switched off, a stop, a destroy. Only what carries this site's label, and only files that our own lists name.</summary>
public static class RemovalPlanner
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(60);

    /// <summary>Containers of ours that nothing wants any more. Their volumes stay.</summary>
    internal static IEnumerable<Step> Leftovers(DesiredState desired, ObservedState observed, ICollection<string> notices)
    {
        foreach ((string host, ObservedHost now) in observed.Hosts)
        {
            HashSet<string> wanted = [.. desired.Containers.Where(container => container.Host == host).Select(container => container.Spec.Name),
                .. desired.Services.SelectMany(service => service.Jobs).Where(job => job.Spec is not null && job.Container.Host == host).Select(job => job.Spec!.Name)];
            foreach (ObservedContainer container in Ours(now, desired).Where(container => !wanted.Contains(container.Name) && desired.IsTagged(ServiceOf(container))))
            {
                string[] volumes = [.. container.Volumes.Where(volume => now.Volumes.TryGetValue(volume, out ObservedVolume? found) && found.Labels.ContainsKey(OurLabels.Site)).Order(StringComparer.Ordinal)];
                bool runs = container.State is "running" or "restarting";
                if (runs) notices.Add($"{container.Name} on {host} is no longer configured and will be removed; its volumes stay{(volumes.Length == 0 ? "" : $": {string.Join(", ", volumes)}")}");
                yield return new RemoveContainerStep(new StepId(host, "container", container.Name), ServiceOf(container), "is no longer configured on this host; its volumes stay", [], Grace);
            }
        }
    }

    /// <summary>Stops every running container of ours; those that others depend on last.</summary>
    public static Plan Stop(DesiredState desired, ObservedState observed)
    {
        var steps = new List<Step>();
        foreach ((string host, ObservedHost now) in observed.Hosts)
            foreach (ObservedContainer container in Ours(now, desired).Where(container => container.State is "running" or "restarting" && desired.IsTagged(ServiceOf(container))))
                steps.Add(new StopContainerStep(new StepId(host, "container", container.Name), ServiceOf(container), $"is {container.State}", [], GraceOf(container.Name, desired)));
        return new Plan(Reversed(steps, desired), []);
    }

    /// <summary>Removes every container, volume and rendered file of this site; images too when asked.</summary>
    /// <param name="images">Host to the images that carry our label; empty to keep them.</param>
    public static Plan Destroy(DesiredState desired, ObservedState observed, IReadOnlyDictionary<string, ImmutableArray<ObservedImage>> images)
    {
        var steps = new List<Step>();
        foreach ((string host, ObservedHost now) in observed.Hosts)
        {
            Step[] containers = [.. Ours(now, desired).Where(container => desired.IsTagged(ServiceOf(container))).Select(container =>
                new RemoveContainerStep(new StepId(host, "container", container.Name), ServiceOf(container), "carries our label", [], GraceOf(container.Name, desired)))];
            ImmutableArray<StepId> gone = [.. containers.Select(step => step.Id)];
            steps.AddRange(containers);
            foreach (ObservedVolume volume in now.Volumes.Values.Where(volume => volume.Labels.GetValueOrDefault(OurLabels.Site) == desired.SiteId && desired.IsTagged(ServiceOf(volume.Labels))))
                steps.Add(new RemoveVolumeStep(new StepId(host, "volume", volume.Name), ServiceOf(volume.Labels), NfsOptions.IsNfs(volume.Options) ? "carries our label; its data stays on its server" : "carries our label", gone, NfsOptions.IsNfs(volume.Options)));
            foreach ((string folder, ImmutableArray<string> names) in now.Manifests) steps.AddRange(FilesOf(desired, host, now, folder, names, gone));
            foreach (string reference in images.GetValueOrDefault(host, []).SelectMany(image => image.References).Distinct().Order(StringComparer.Ordinal))
                steps.Add(new RemoveImageStep(new StepId(host, "image", reference), "images", "carries our label", gone));
        }
        return new Plan(Reversed(steps, desired), []);
    }

    private static IEnumerable<Step> FilesOf(DesiredState desired, string host, ObservedHost now, string folder, ImmutableArray<string> names, ImmutableArray<StepId> after)
    {
        string service = desired.Containers.FirstOrDefault(container => container.ConfigFolder == folder)?.Service ?? Path.GetFileName(folder);
        if (!desired.IsTagged(service)) yield break;
        var files = ImmutableArray.CreateBuilder<StepId>();
        foreach (string path in names.Select(name => $"{folder}/{name}").Where(now.Files.ContainsKey).Order(StringComparer.Ordinal))
        {
            files.Add(new StepId(host, "file", path));
            yield return new DeleteFileStep(files[^1], service, "was rendered by us", after);
        }
        // The list goes last: until then a repeated destroy still knows what is ours.
        yield return new DeleteFileStep(new StepId(host, "file", $"{folder}/{Manifest.FileName}"), service, "listed the files above", [.. after, .. files], FolderToo: true);
    }

    /// <summary>Each service's containers wait for those of the services that need it, on every host.</summary>
    private static IEnumerable<Step> Reversed(List<Step> steps, DesiredState desired)
    {
        ILookup<string, StepId> byService = steps.Where(step => step.Id.Kind == "container").ToLookup(step => step.Service, step => step.Id);
        return steps.Select(step => step.Id.Kind != "container" ? step
            : step with { After = [.. step.After, .. desired.Services.Where(service => service.After.Contains(step.Service)).SelectMany(service => byService[service.Name])] });
    }

    private static TimeSpan GraceOf(string container, DesiredState desired) => desired.Containers.FirstOrDefault(wanted => wanted.Spec.Name == container)?.Spec.StopGrace ?? Grace;

    private static IEnumerable<ObservedContainer> Ours(ObservedHost now, DesiredState desired) => now.Containers.Values.Where(container => container.Labels.GetValueOrDefault(OurLabels.Site) == desired.SiteId);

    private static string ServiceOf(ObservedContainer container) => ServiceOf(container.Labels);

    private static string ServiceOf(ImmutableSortedDictionary<string, string> labels) => labels.GetValueOrDefault(OurLabels.Service, "unknown");
}
