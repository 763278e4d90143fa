using System.Collections.Immutable;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Hosts;

namespace KollaNet.Engine.Planning;

/// <summary>Reads what the hosts are like now. Changes nothing.</summary>
public sealed class Observer(IReadOnlyDictionary<string, IHost> hosts)
{
    /// <summary>What is there of all that <paramref name="desired"/> names, and everything that carries our label. All hosts are read at once.</summary>
    /// <param name="filesOnly">True asks no container engine.</param>
    public async Task<ObservedState> ObserveAsync(DesiredState desired, bool filesOnly, CancellationToken cancel)
    {
        string[] names = [.. desired.ConfigRoots.Keys];
        ObservedHost[] seen = await Task.WhenAll(names.Select(name => filesOnly ? FilesAsync(hosts[name], desired, cancel) : ObserveAsync(hosts[name], desired, cancel)));
        return new ObservedState(names.Zip(seen).ToImmutableSortedDictionary(pair => pair.First, pair => pair.Second));
    }

    private static async Task<ObservedHost> ObserveAsync(IHost host, DesiredState desired, CancellationToken cancel)
    {
        DesiredContainer[] here = [.. desired.Containers.Where(container => container.Host == host.Name)];
        DesiredJob[] jobs = [.. desired.Services.SelectMany(service => service.Jobs).Where(job => job.Spec is not null && job.Container.Host == host.Name)];
        Task<ImmutableSortedDictionary<string, ObservedContainer>> containers = ContainersAsync(host.Containers, desired.SiteId, [.. here.Select(c => c.Spec.Name), .. jobs.Select(j => j.Spec!.Name)], cancel);
        Task<ImmutableArray<ObservedVolume>> volumes = host.Containers.ListVolumesAsync(null, cancel);
        Task<ImmutableSortedDictionary<string, ObservedImage>> images = ImagesAsync(host.Containers, [.. here.Select(c => c.Spec.Image).Distinct()], cancel);
        return await FilesAsync(host, desired, cancel) with
        {
            Containers = await containers,
            Volumes = (await volumes).ToImmutableSortedDictionary(volume => volume.Name, volume => volume, StringComparer.Ordinal),
            Images = await images,
        };
    }

    private static async Task<ObservedHost> FilesAsync(IHost host, DesiredState desired, CancellationToken cancel)
    {
        ImmutableArray<ObservedFile> files = await host.Files.ListAsync(desired.ConfigRoots[host.Name], cancel);
        return new ObservedHost
        {
            Files = files.ToImmutableSortedDictionary(file => file.Path, file => file, StringComparer.Ordinal),
            Manifests = await ManifestsAsync(host.Files, files.Select(file => file.Path), cancel),
        };
    }

    private static async Task<ImmutableSortedDictionary<string, ObservedContainer>> ContainersAsync(IContainerEngine engine, string siteId, string[] wanted, CancellationToken cancel)
    {
        ImmutableArray<ObservedContainer> ours = await engine.ListContainersAsync($"{OurLabels.Site}={siteId}", cancel);
        ObservedContainer?[] others = await Task.WhenAll(wanted.Except(ours.Select(container => container.Name)).Select(name => engine.FindContainerAsync(name, cancel)));
        return ours.Concat(others.OfType<ObservedContainer>()).ToImmutableSortedDictionary(container => container.Name, container => container, StringComparer.Ordinal);
    }

    private static async Task<ImmutableSortedDictionary<string, ObservedImage>> ImagesAsync(IContainerEngine engine, string[] references, CancellationToken cancel)
    {
        ObservedImage?[] found = await Task.WhenAll(references.Select(reference => engine.FindImageAsync(reference, cancel)));
        return references.Zip(found).Where(pair => pair.Second is not null).ToImmutableSortedDictionary(pair => pair.First, pair => pair.Second!, StringComparer.Ordinal);
    }

    private static async Task<ImmutableSortedDictionary<string, ImmutableArray<string>>> ManifestsAsync(IHostFiles files, IEnumerable<string> paths, CancellationToken cancel)
    {
        string[] manifests = [.. paths.Where(path => Path.GetFileName(path) == Manifest.FileName)];
        byte[]?[] contents = await Task.WhenAll(manifests.Select(path => files.FindAsync(path, cancel)));
        return manifests.Zip(contents).Where(pair => pair.Second is not null)
            .ToImmutableSortedDictionary(pair => Path.GetDirectoryName(pair.First)!, pair => Manifest.Read(pair.Second!), StringComparer.Ordinal);
    }
}
