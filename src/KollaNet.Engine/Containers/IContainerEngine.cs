using System.Collections.Immutable;

namespace KollaNet.Engine.Containers;

/// <summary>One host's container engine, in the verbs our steps need. One call is one small act; no retries inside.
/// <c>ContainerEngineContract</c> in the tests is the full specification; every failure is an <see cref="EngineException"/>.</summary>
public interface IContainerEngine
{
    /// <summary>What answers: product version, API version in use, storage driver, data folder.</summary>
    /// <exception cref="EngineUnreachableException">Nothing answers, or it speaks no API version we know.</exception>
    Task<EngineVersion> VersionAsync(CancellationToken cancel);

    /// <summary>Containers that carry <paramref name="label"/> (as <c>key</c> or <c>key=value</c>), running or not, sorted by name; all when null.</summary>
    Task<ImmutableArray<ObservedContainer>> ListContainersAsync(string? label, CancellationToken cancel);

    /// <summary>One container by name; null when there is none.</summary>
    Task<ObservedContainer?> FindContainerAsync(string name, CancellationToken cancel);

    /// <summary>Creates without starting. Named volumes must exist already.</summary>
    /// <returns>The new container's id.</returns>
    /// <exception cref="ImageMissingException">The image is not on this host.</exception>
    Task<string> CreateContainerAsync(ContainerSpec spec, CancellationToken cancel);

    /// <returns>False: was already running.</returns>
    Task<bool> StartContainerAsync(string name, CancellationToken cancel);

    /// <returns>False: was not running.</returns>
    Task<bool> StopContainerAsync(string name, TimeSpan grace, CancellationToken cancel);

    /// <summary>Stops and starts again.</summary>
    Task RestartContainerAsync(string name, TimeSpan grace, CancellationToken cancel);

    /// <summary>Removes a container and its anonymous volumes; kills it first when it runs.</summary>
    /// <returns>False: there was none.</returns>
    Task<bool> RemoveContainerAsync(string name, CancellationToken cancel);

    /// <summary>Creates, starts and waits for a one-shot container; the container is kept (its exit code is our record of the run).</summary>
    /// <returns>The exit code, and the last <paramref name="tailLines"/> lines of its output.</returns>
    Task<JobResult> RunToEndAsync(ContainerSpec spec, int tailLines, CancellationToken cancel);

    /// <summary>The last lines a container wrote, both streams, oldest first; empty when there is no such container.</summary>
    Task<ImmutableArray<string>> TailLogAsync(string name, int lines, CancellationToken cancel);

    /// <summary>A container's output as it comes; ends when the container does, or with <paramref name="cancel"/>.</summary>
    IAsyncEnumerable<string> FollowLogAsync(string name, int tailLines, CancellationToken cancel);

    /// <summary>Runs a command in a running container to its end. Environment is where secrets may go: it shows in no process list.</summary>
    Task<JobResult> ExecAsync(string name, ImmutableArray<string> command, ExecOptions options, CancellationToken cancel);

    /// <summary>Volumes that carry <paramref name="label"/>, sorted by name; all when null.</summary>
    Task<ImmutableArray<ObservedVolume>> ListVolumesAsync(string? label, CancellationToken cancel);

    /// <returns>False: it was there already; it is unchanged, whoever made it.</returns>
    Task<bool> CreateVolumeAsync(string name, ImmutableSortedDictionary<string, string> labels, ImmutableSortedDictionary<string, string> driverOptions, CancellationToken cancel);

    /// <returns>False: there was none.</returns>
    Task<bool> RemoveVolumeAsync(string name, CancellationToken cancel);

    /// <summary>Images that carry <paramref name="label"/>; all when null.</summary>
    Task<ImmutableArray<ObservedImage>> ListImagesAsync(string? label, CancellationToken cancel);

    /// <summary>An image by reference; null when it is not on this host.</summary>
    Task<ObservedImage?> FindImageAsync(string reference, CancellationToken cancel);

    /// <summary>Pulls from a registry.</summary>
    /// <param name="login">Null for anonymous.</param>
    /// <param name="progress">One line per layer and state.</param>
    Task PullImageAsync(string reference, RegistryLogin? login, IProgress<string> progress, CancellationToken cancel);

    /// <summary>Builds a Dockerfile with the engine's own builder.</summary>
    /// <param name="context">A tar stream, read once, holding the Dockerfile and all it copies.</param>
    /// <param name="progress">The builder's output, line by line.</param>
    /// <returns>The image's id.</returns>
    /// <exception cref="ImageBuildException">A build step failed; holds its last output.</exception>
    Task<string> BuildImageAsync(BuildRequest request, Stream context, IProgress<string> progress, CancellationToken cancel);

    /// <summary>Makes a one-layer image from a tar of a root file system.</summary>
    Task<string> ImportImageAsync(string reference, Stream rootfsTar, ImmutableArray<string> changes, CancellationToken cancel);

    /// <returns>False: there was none.</returns>
    /// <exception cref="EngineException">A container uses it.</exception>
    Task<bool> RemoveImageAsync(string reference, CancellationToken cancel);

    /// <summary>Makes a network unless it is there.</summary>
    /// <returns>False: it was there already.</returns>
    Task<bool> CreateNetworkAsync(string name, ImmutableSortedDictionary<string, string> labels, CancellationToken cancel);

    /// <returns>False: there was none.</returns>
    Task<bool> RemoveNetworkAsync(string name, CancellationToken cancel);

    /// <summary>What happens on the engine from now on, for containers that carry <paramref name="label"/>.</summary>
    IAsyncEnumerable<EngineEvent> EventsAsync(string? label, CancellationToken cancel);
}

/// <summary>The engine that answers.</summary>
public sealed record EngineVersion(string Product, string ApiVersion, string StorageDriver, string DataFolder);

/// <summary>A container as the engine reports it.</summary>
public sealed record ObservedContainer
{
    /// <summary>Without the leading slash.</summary>
    public required string Name { get; init; }

    /// <summary>64 hex digits.</summary>
    public required string Id { get; init; }

    /// <summary>The reference it was created from.</summary>
    public required string Image { get; init; }

    /// <summary>The id of the image it runs, <c>sha256:…</c>.</summary>
    public required string ImageId { get; init; }

    /// <summary><c>created</c>, <c>running</c>, <c>restarting</c>, <c>exited</c>, <c>paused</c>, <c>removing</c> or <c>dead</c>.</summary>
    public required string State { get; init; }

    /// <summary>Of the last run; null while none has ended.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The kernel killed it for want of memory.</summary>
    public bool OutOfMemory { get; init; }

    /// <summary>How often the engine restarted it.</summary>
    public int RestartCount { get; init; }

    /// <summary><c>starting</c>, <c>healthy</c>, <c>unhealthy</c>; null when the engine does not watch it.</summary>
    public string? Health { get; init; }

    /// <summary>Start of the last run; null when it never ran.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>All labels, the image's included.</summary>
    public ImmutableSortedDictionary<string, string> Labels { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Names of the volumes it mounts.</summary>
    public ImmutableArray<string> Volumes { get; init; } = [];

    /// <summary>Process id of its first process on the host; 0 when it does not run.</summary>
    public int Pid { get; init; }
}

/// <summary>A volume as the engine reports it.</summary>
/// <param name="CreatedAt">Tells a volume from its namesake made later.</param>
public sealed record ObservedVolume(string Name, ImmutableSortedDictionary<string, string> Labels, DateTimeOffset CreatedAt, string Mountpoint)
{
    /// <summary>What it was made with, as <c>docker volume create --opt</c> takes it; empty for a folder of the engine's own.</summary>
    public ImmutableSortedDictionary<string, string> Options { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

/// <summary>An image as the engine reports it.</summary>
public sealed record ObservedImage(string Id, ImmutableArray<string> References, ImmutableSortedDictionary<string, string> Labels, long SizeBytes, DateTimeOffset CreatedAt);

/// <summary>How a one-shot container or command ended.</summary>
public sealed record JobResult(int ExitCode, ImmutableArray<string> Output);

/// <summary>How to run a command inside a container.</summary>
public sealed record ExecOptions
{
    /// <summary>Null for the container's own user.</summary>
    public string? User { get; init; }

    /// <summary>Added to the container's environment.</summary>
    public ImmutableSortedDictionary<string, string> Environment { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Gets each line of output as it comes, on any thread, one at a time; null for nobody. The result has all of them then, too.</summary>
    public Action<string>? OnLine { get; init; }

    /// <summary>Sent to the command's standard input, then closed; null for none.</summary>
    public string? StandardInput { get; init; }

    /// <summary>When it fires, the command gets SIGINT, as from Ctrl-C on a terminal, and its end is waited for all the same. Needs a shell in the container.</summary>
    public CancellationToken Interrupt { get; init; }
}

/// <summary>Who we are to a registry.</summary>
public sealed record RegistryLogin(string Server, string Username, string Password);

/// <summary>What to build.</summary>
/// <param name="Tag">The reference the image gets.</param>
/// <param name="NetworkMode">Network of the build's containers: <c>host</c> reaches what the host reaches.</param>
public sealed record BuildRequest(string Tag, ImmutableSortedDictionary<string, string> Labels, string NetworkMode = "host", bool NoCache = false);

/// <summary>Something that happened on the engine.</summary>
/// <param name="Action">As the engine names it: <c>start</c>, <c>die</c>, <c>health_status: healthy</c>…</param>
public sealed record EngineEvent(string ContainerName, string Action, int? ExitCode, DateTimeOffset At);
