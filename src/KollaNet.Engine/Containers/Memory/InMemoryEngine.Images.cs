using System.Collections.Immutable;

namespace KollaNet.Engine.Containers.Memory;

// Images, volumes, networks: what containers need.
public sealed partial class InMemoryEngine
{
    private readonly SortedDictionary<string, ObservedImage> images = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, ObservedVolume> volumes = new(StringComparer.Ordinal);
    private readonly HashSet<string> networks = [];

    /// <summary>Puts an image on the host; one of the same reference is replaced, as by a new build.</summary>
    /// <returns>Its id.</returns>
    public string AddImage(string reference, ImmutableSortedDictionary<string, string>? labels = null)
    {
        lock (gate)
        {
            string id = $"sha256:{NextId()}";
            images[reference] = new ObservedImage(id, [reference], labels ?? ImmutableSortedDictionary<string, string>.Empty, 1, clock.GetUtcNow());
            return id;
        }
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<ObservedImage>> ListImagesAsync(string? label, CancellationToken cancel) =>
        Locked<ImmutableArray<ObservedImage>>(() => [.. images.Values.Where(image => Carries(image.Labels, label))]);

    /// <inheritdoc/>
    public Task<ObservedImage?> FindImageAsync(string reference, CancellationToken cancel) => Locked(() => images.GetValueOrDefault(reference));

    /// <summary>There is no registry: only an image that is here already can be pulled.</summary>
    public Task PullImageAsync(string reference, RegistryLogin? login, IProgress<string> progress, CancellationToken cancel) => Locked(() =>
        images.ContainsKey(reference) ? true : throw new EngineException($"Image {reference} could not be pulled.", "this engine reaches no registry", "build it: kollanet build"));

    /// <summary>Reads the context to its end and adds an image with the labels asked for.</summary>
    public async Task<string> BuildImageAsync(BuildRequest request, Stream context, IProgress<string> progress, CancellationToken cancel)
    {
        await context.CopyToAsync(Stream.Null, cancel);
        progress.Report($"Successfully tagged {request.Tag}");
        return AddImage(request.Tag, request.Labels);
    }

    /// <summary>Reads the tar to its end and adds an image; of the changes, only single labels count.</summary>
    public async Task<string> ImportImageAsync(string reference, Stream rootfsTar, ImmutableArray<string> changes, CancellationToken cancel)
    {
        await rootfsTar.CopyToAsync(Stream.Null, cancel);
        var labels = changes.Where(change => change.StartsWith("LABEL ", StringComparison.Ordinal)).Select(change => change["LABEL ".Length..].Split('=', 2));
        return AddImage(reference, labels.ToImmutableSortedDictionary(pair => pair[0], pair => pair[1].Trim('"')));
    }

    /// <inheritdoc/>
    public Task<bool> RemoveImageAsync(string reference, CancellationToken cancel) => Locked(() =>
    {
        if (!images.TryGetValue(reference, out ObservedImage? image)) return false;
        string? user = containers.Values.FirstOrDefault(container => container.ImageId == image.Id)?.Spec.Name;
        return user is null ? images.Remove(reference) : throw new EngineException($"Image {reference} could not be removed.", $"container {user} uses it");
    });

    /// <inheritdoc/>
    public Task<ImmutableArray<ObservedVolume>> ListVolumesAsync(string? label, CancellationToken cancel) =>
        Locked<ImmutableArray<ObservedVolume>>(() => [.. volumes.Values.Where(volume => Carries(volume.Labels, label))]);

    /// <inheritdoc/>
    public Task<bool> CreateVolumeAsync(string name, ImmutableSortedDictionary<string, string> labels, ImmutableSortedDictionary<string, string> driverOptions, CancellationToken cancel) =>
        Locked(() => volumes.TryAdd(name, new ObservedVolume(name, labels, clock.GetUtcNow(), $"/nowhere/{name}") { Options = driverOptions }));

    /// <inheritdoc/>
    public Task<bool> RemoveVolumeAsync(string name, CancellationToken cancel) => Locked(() =>
    {
        string? user = containers.Values.FirstOrDefault(container => container.Spec.Mounts.Any(mount => mount.Source == name))?.Spec.Name;
        return user is null ? volumes.Remove(name) : throw new EngineException($"Volume {name} could not be removed.", $"volume is in use by container {user}");
    });

    /// <inheritdoc/>
    public Task<bool> CreateNetworkAsync(string name, ImmutableSortedDictionary<string, string> labels, CancellationToken cancel) => Locked(() => networks.Add(name));

    /// <inheritdoc/>
    public Task<bool> RemoveNetworkAsync(string name, CancellationToken cancel) => Locked(() => networks.Remove(name));
}
