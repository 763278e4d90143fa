using System.Collections.Immutable;

namespace KollaNet.Engine.Containers.Memory;

/// <summary>One container of the in-memory engine. Guarded by the engine's lock.</summary>
internal sealed class MemoryContainer(ContainerSpec spec, string id, ObservedImage image)
{
    private readonly List<string> log = [];

    public ContainerSpec Spec => spec;

    public string ImageId => image.Id;

    public bool IsRunning => State == "running";

    public string State { get; private set; } = "created";

    public int? ExitCode { get; private set; }

    public int Pid { get; private set; }

    public ImmutableArray<string> Log => [.. log];

    private ContainerBehaviour Behaviour { get; set; } = ContainerBehaviour.Runs;

    private DateTimeOffset? StartedAt { get; set; }

    /// <summary>Completed at the end of the current run; a finished task while there is none.</summary>
    public TaskCompletionSource Ended { get; private set; } = Finished();

    public void Start(ContainerBehaviour behaviour, DateTimeOffset now, int pid)
    {
        (Behaviour, StartedAt, State, ExitCode, Pid) = (behaviour, now, "running", null, pid);
        Ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        log.AddRange(behaviour.Log);
    }

    public void End(int exitCode)
    {
        (State, ExitCode, Pid) = ("exited", exitCode, 0);
        Ended.SetResult();
    }

    public ObservedContainer Observe() => new()
    {
        Name = spec.Name,
        Id = id,
        Image = spec.Image,
        ImageId = image.Id,
        State = State,
        ExitCode = ExitCode,
        OutOfMemory = !IsRunning && Behaviour.OutOfMemory,
        Health = spec.HealthCheck is not null && StartedAt is not null ? Behaviour.Health : null,
        StartedAt = StartedAt,
        Labels = image.Labels.SetItems(spec.Labels),
        Volumes = [.. spec.Mounts.Where(mount => mount.IsVolume).Select(mount => mount.Source).Order(StringComparer.Ordinal)],
        Pid = Pid,
    };

    private static TaskCompletionSource Finished()
    {
        TaskCompletionSource finished = new();
        finished.SetResult();
        return finished;
    }
}
