using System.Text.Json.Serialization;

namespace KollaNet.Engine.Containers.Docker;

// What the engine answers, as far as we read it. Every property may be absent: engines between API 1.41 and today differ in what they leave out.
// Source: Docker Engine API reference, 1.41 to 1.52.

internal sealed record VersionAnswer(string? Version, string? ApiVersion, [property: JsonPropertyName("MinAPIVersion")] string? MinApiVersion);

internal sealed record InfoAnswer(string? Driver, string? DockerRootDir, string? SystemTime);

internal sealed record ErrorAnswer([property: JsonPropertyName("message")] string? Message);

internal sealed record IdAnswer(string? Id);

internal sealed record WaitAnswer(int? StatusCode, WaitError? Error);

internal sealed record WaitError(string? Message);

internal sealed record ContainerSummary(string? Id);

internal sealed record ContainerAnswer(string? Id, string? Name, string? Image, int? RestartCount, ContainerState? State, ContainerConfig? Config, List<MountPoint>? Mounts);

internal sealed record ContainerState(string? Status, int? ExitCode, [property: JsonPropertyName("OOMKilled")] bool? OomKilled, int? Pid, string? StartedAt, string? Error, HealthState? Health);

internal sealed record HealthState(string? Status);

internal sealed record ContainerConfig(string? Image, Dictionary<string, string>? Labels);

internal sealed record MountPoint(string? Type, string? Name);

internal sealed record ExecAnswer(bool? Running, int? ExitCode);

internal sealed record VolumeList(List<VolumeAnswer>? Volumes);

internal sealed record VolumeAnswer(string? Name, Dictionary<string, string>? Labels, string? CreatedAt, string? Mountpoint, Dictionary<string, string>? Options);

internal sealed record ImageSummary(string? Id, List<string>? RepoTags, Dictionary<string, string>? Labels, long? Size, long? Created);

internal sealed record ImageAnswer(string? Id, List<string>? RepoTags, ContainerConfig? Config, long? Size, string? Created);

internal sealed record NetworkAnswer(string? Name);

internal sealed record EventMessage(string? Action, EventActor? Actor, [property: JsonPropertyName("time")] long? Time, [property: JsonPropertyName("timeNano")] long? TimeNano);

internal sealed record EventActor(Dictionary<string, string>? Attributes);

/// <summary>One object of the streams that build, pull and import answer with.</summary>
internal sealed record ProgressMessage(
    [property: JsonPropertyName("stream")] string? Stream,
    [property: JsonPropertyName("status")] string? Status,
    [property: JsonPropertyName("id")] string? Id,
    [property: JsonPropertyName("error")] string? Error,
    [property: JsonPropertyName("aux")] ProgressAux? Aux);

internal sealed record ProgressAux([property: JsonPropertyName("ID")] string? Id);
