using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;

namespace KollaNet.Engine.Containers.Docker;

// Volumes, networks, and what happens on the engine.
public sealed partial class DockerEngine
{
    /// <inheritdoc/>
    public async Task<ImmutableArray<ObservedVolume>> ListVolumesAsync(string? label, CancellationToken cancel)
    {
        VolumeList? list = await api.AskAsync(new(HttpMethod.Get, $"/volumes{Filter("?", label)}", "The volumes could not be listed."), DockerJson.Default.VolumeList, cancel);
        return [.. (list?.Volumes ?? []).Select(DockerTranslation.ToVolume).OrderBy(volume => volume.Name, StringComparer.Ordinal)];
    }

    /// <inheritdoc/>
    public async Task<bool> CreateVolumeAsync(string name, ImmutableSortedDictionary<string, string> labels, ImmutableSortedDictionary<string, string> driverOptions, CancellationToken cancel)
    {
        // The engine answers 201 for a volume that is there already, too.
        if (await FindVolumeAsync(name, cancel) is not null) return false;
        HttpContent body = DockerApi.Json(new VolumeCreate(name, labels, driverOptions), DockerJson.Default.VolumeCreate);
        await api.DoAsync(new(HttpMethod.Post, "/volumes/create", $"Volume {name} could not be created.") { Body = body }, cancel);
        return true;
    }

    /// <inheritdoc/>
    public async Task<bool> RemoveVolumeAsync(string name, CancellationToken cancel) =>
        await api.DoAsync(new(HttpMethod.Delete, $"/volumes/{Uri.EscapeDataString(name)}", $"Volume {name} could not be removed.") { Accept = [HttpStatusCode.NotFound] }, cancel) is not HttpStatusCode.NotFound;

    /// <inheritdoc/>
    public async Task<bool> CreateNetworkAsync(string name, ImmutableSortedDictionary<string, string> labels, CancellationToken cancel)
    {
        NetworkAnswer? present = await api.FindAsync($"/networks/{Uri.EscapeDataString(name)}", $"Network {name} could not be looked at.", DockerJson.Default.NetworkAnswer, cancel);
        if (present?.Name == name) return false;
        DockerCall call = new(HttpMethod.Post, "/networks/create", $"Network {name} could not be created.")
        {
            Body = DockerApi.Json(new NetworkCreate(name, labels), DockerJson.Default.NetworkCreate),
            Accept = [HttpStatusCode.Conflict],
        };
        return await api.DoAsync(call, cancel) is not HttpStatusCode.Conflict;
    }

    /// <inheritdoc/>
    public async Task<bool> RemoveNetworkAsync(string name, CancellationToken cancel) =>
        await api.DoAsync(new(HttpMethod.Delete, $"/networks/{Uri.EscapeDataString(name)}", $"Network {name} could not be removed.") { Accept = [HttpStatusCode.NotFound] }, cancel) is not HttpStatusCode.NotFound;

    /// <inheritdoc/>
    public async IAsyncEnumerable<EngineEvent> EventsAsync(string? label, [EnumeratorCancellation] CancellationToken cancel)
    {
        // By the engine's own clock, so that nothing is lost between this moment and the subscription.
        string since = DockerTranslation.ToTime((await InfoAsync(cancel)).SystemTime) is { } now
            ? $"&since={now.ToUnixTimeSeconds()}.{(now.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick).ToString("D9", CultureInfo.InvariantCulture)}"
            : "";
        using HttpResponseMessage response = await api.SendAsync(new(HttpMethod.Get, $"/events{Filter("?", label, "container")}{since}", "The engine's events could not be followed."), cancel);
        await foreach (EventMessage message in api.StreamAsync(response, DockerJson.Default.EventMessage, cancel)) yield return DockerTranslation.ToEvent(message);
    }

    private Task<VolumeAnswer?> FindVolumeAsync(string name, CancellationToken cancel) =>
        api.FindAsync($"/volumes/{Uri.EscapeDataString(name)}", $"Volume {name} could not be looked at.", DockerJson.Default.VolumeAnswer, cancel);
}
