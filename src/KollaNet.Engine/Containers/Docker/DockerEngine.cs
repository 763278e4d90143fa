using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace KollaNet.Engine.Containers.Docker;

/// <summary>A Docker engine, 20.10 or newer, over its HTTP API. Nothing outside this folder knows the API: a client library can take its place here.</summary>
/// <param name="dial">Opens a connection to the engine's socket; the only thing that differs between hosts.</param>
/// <param name="place">Where the engine is, for messages: <c>/var/run/docker.sock on control01</c>.</param>
public sealed partial class DockerEngine(Func<CancellationToken, ValueTask<Stream>> dial, string place) : IContainerEngine, IDisposable
{
    /// <summary>Where Docker listens unless told otherwise.</summary>
    public const string DefaultSocket = "/var/run/docker.sock";

    private readonly DockerApi api = new(dial, place);

    /// <summary>The engine behind a unix socket of this machine.</summary>
    public static DockerEngine AtSocket(string path) => new(cancel => ConnectAsync(path, cancel), path);

    /// <summary>Connects to a unix socket.</summary>
    public static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancel)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<EngineVersion> VersionAsync(CancellationToken cancel)
    {
        const string what = "The engine's version could not be read.";
        string prefix = await api.PrefixAsync(cancel);
        VersionAnswer version = await api.AskAsync(new DockerCall(HttpMethod.Get, "/version", what), DockerJson.Default.VersionAnswer, cancel) ?? new(null, null, null);
        InfoAnswer info = await InfoAsync(cancel);
        return new EngineVersion($"Docker {version.Version}", prefix[2..], info.Driver ?? "", info.DockerRootDir ?? "");
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<ObservedContainer>> ListContainersAsync(string? label, CancellationToken cancel)
    {
        DockerCall call = new(HttpMethod.Get, $"/containers/json?all=1{Filter("&", label)}", "The containers could not be listed.");
        List<ContainerSummary> summaries = await api.AskAsync(call, DockerJson.Default.ListContainerSummary, cancel) ?? [];
        // The list lacks exit codes, health and process ids. One that is gone by now is left out.
        ContainerAnswer?[] answers = await Task.WhenAll(summaries.Select(summary => InspectAsync(summary.Id ?? "", cancel)));
        return [.. answers.OfType<ContainerAnswer>().Select(DockerTranslation.ToContainer).OrderBy(container => container.Name, StringComparer.Ordinal)];
    }

    /// <inheritdoc/>
    public async Task<ObservedContainer?> FindContainerAsync(string name, CancellationToken cancel) =>
        await InspectAsync(name, cancel) is { } answer && DockerTranslation.ToContainer(answer) is var container && container.Name == name ? container : null;

    /// <inheritdoc/>
    public async Task<string> CreateContainerAsync(ContainerSpec spec, CancellationToken cancel)
    {
        string what = $"Container {spec.Name} could not be created.";
        await RequireVolumesAsync(spec, what, cancel);
        DockerCall call = new(HttpMethod.Post, $"/containers/create?name={Uri.EscapeDataString(spec.Name)}", what)
        {
            Body = DockerApi.Json(DockerTranslation.ToRequest(spec), DockerJson.Default.ContainerCreate),
            Accept = [HttpStatusCode.NotFound, HttpStatusCode.Conflict],
        };
        using HttpResponseMessage response = await api.SendAsync(call, cancel);
        if (!response.IsSuccessStatusCode) throw CreationRefused(spec, what, response.StatusCode, await api.RefusalAsync(response, cancel));
        return JsonSerializer.Deserialize(await response.Content.ReadAsStringAsync(cancel), DockerJson.Default.IdAnswer)?.Id ?? "";
    }

    /// <inheritdoc/>
    public async Task<bool> StartContainerAsync(string name, CancellationToken cancel) =>
        await api.DoAsync(new(HttpMethod.Post, $"{PathOf(name)}/start", $"Container {name} could not be started.") { Accept = [HttpStatusCode.NotModified] }, cancel) is not HttpStatusCode.NotModified;

    /// <inheritdoc/>
    public async Task<bool> StopContainerAsync(string name, TimeSpan grace, CancellationToken cancel)
    {
        DockerCall call = new(HttpMethod.Post, $"{PathOf(name)}/stop?t={Seconds(grace)}", $"Container {name} could not be stopped.") { Accept = [HttpStatusCode.NotModified, HttpStatusCode.NotFound] };
        return await api.DoAsync(call, cancel) is not (HttpStatusCode.NotModified or HttpStatusCode.NotFound);
    }

    /// <inheritdoc/>
    public Task RestartContainerAsync(string name, TimeSpan grace, CancellationToken cancel) =>
        api.DoAsync(new(HttpMethod.Post, $"{PathOf(name)}/restart?t={Seconds(grace)}", $"Container {name} could not be restarted."), cancel);

    /// <inheritdoc/>
    public async Task<bool> RemoveContainerAsync(string name, CancellationToken cancel)
    {
        string what = $"Container {name} could not be removed.";
        DockerCall call = new(HttpMethod.Delete, $"{PathOf(name)}?force=1&v=1", what) { Accept = [HttpStatusCode.NotFound, HttpStatusCode.Conflict] };
        using HttpResponseMessage response = await api.SendAsync(call, cancel);
        if (response.StatusCode is not HttpStatusCode.Conflict) return response.IsSuccessStatusCode;

        string refusal = await api.RefusalAsync(response, cancel);
        if (!refusal.Contains("already in progress", StringComparison.Ordinal)) throw new EngineException(what, refusal);
        // Somebody else's removal is under way: ours is done when that one is.
        await api.DoAsync(new(HttpMethod.Post, $"{PathOf(name)}/wait?condition=removed", what) { Accept = [HttpStatusCode.NotFound] }, cancel);
        return true;
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => api.Dispose();

    private static string PathOf(string container) => $"/containers/{Uri.EscapeDataString(container)}";

    private static int Seconds(TimeSpan time) => (int)Math.Ceiling(time.TotalSeconds);

    private static string Filter(string before, string? label, string? type = null)
    {
        if (label is null && type is null) return "";
        Dictionary<string, string[]> filters = [];
        if (label is not null) filters["label"] = [label];
        if (type is not null) filters["type"] = [type];
        return $"{before}filters={Uri.EscapeDataString(JsonSerializer.Serialize(filters, DockerJson.Default.DictionaryStringStringArray))}";
    }

    private Task<ContainerAnswer?> InspectAsync(string nameOrId, CancellationToken cancel) =>
        api.FindAsync($"{PathOf(nameOrId)}/json", $"Container {nameOrId} could not be looked at.", DockerJson.Default.ContainerAnswer, cancel);

    private async Task<InfoAnswer> InfoAsync(CancellationToken cancel) =>
        await api.AskAsync(new(HttpMethod.Get, "/info", "The engine's settings could not be read."), DockerJson.Default.InfoAnswer, cancel) ?? new(null, null, null);

    /// <summary>The engine would make a missing volume by itself, without our label: a typing error would pass for an empty database.</summary>
    private async Task RequireVolumesAsync(ContainerSpec spec, string what, CancellationToken cancel)
    {
        foreach (Mount mount in spec.Mounts.Where(mount => mount.IsVolume))
        {
            if (await FindVolumeAsync(mount.Source, cancel) is null) throw new EngineException(what, $"there is no volume {mount.Source} to mount at {mount.Target}");
        }
    }

    private static EngineException CreationRefused(ContainerSpec spec, string what, HttpStatusCode status, string refusal) => status switch
    {
        HttpStatusCode.NotFound when refusal.Contains("No such image", StringComparison.OrdinalIgnoreCase) => new ImageMissingException(spec.Image),
        HttpStatusCode.Conflict => new EngineException(what, refusal, $"docker inspect {spec.Name} shows whose it is; rename or remove it, then run the same command again"),
        _ => new EngineException(what, refusal),
    };
}
