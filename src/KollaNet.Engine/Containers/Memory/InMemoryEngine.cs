using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace KollaNet.Engine.Containers.Memory;

/// <summary>A container engine without containers, for tests of plans and steps: it keeps the same books as a real one, and what programs would do is told beforehand.
/// Held to the same contract as the real one.</summary>
/// <param name="behaviour">What the program of a container does each time it is started.</param>
/// <param name="exec">What a command does in a running container; called with container, command and options.</param>
public sealed partial class InMemoryEngine(
    Func<ContainerSpec, ContainerBehaviour>? behaviour = null, Func<string, ImmutableArray<string>, ExecOptions, JobResult>? exec = null, TimeProvider? time = null) : IContainerEngine
{
    private const int StoppedBySignal = 143;

    private readonly Lock gate = new();
    private readonly TimeProvider clock = time ?? TimeProvider.System;
    private readonly SortedDictionary<string, MemoryContainer> containers = new(StringComparer.Ordinal);
    private readonly List<(string? Label, Channel<EngineEvent> Events)> listeners = [];
    private int lastNumber;

    /// <inheritdoc/>
    public Task<EngineVersion> VersionAsync(CancellationToken cancel) => Task.FromResult(new EngineVersion("In memory", "1.41", "memory", "/nowhere"));

    /// <inheritdoc/>
    public Task<ImmutableArray<ObservedContainer>> ListContainersAsync(string? label, CancellationToken cancel) =>
        Locked<ImmutableArray<ObservedContainer>>(() => [.. containers.Values.Select(container => container.Observe()).Where(container => Carries(container.Labels, label))]);

    /// <inheritdoc/>
    public Task<ObservedContainer?> FindContainerAsync(string name, CancellationToken cancel) => Locked(() => containers.GetValueOrDefault(name)?.Observe());

    /// <inheritdoc/>
    public Task<string> CreateContainerAsync(ContainerSpec spec, CancellationToken cancel) => Locked(() =>
    {
        string what = $"Container {spec.Name} could not be created.";
        if (!images.TryGetValue(spec.Image, out ObservedImage? image)) throw new ImageMissingException(spec.Image);
        if (containers.ContainsKey(spec.Name)) throw new EngineException(what, $"the name {spec.Name} is already in use", $"remove {spec.Name}, then run the same command again");
        if (spec.Mounts.FirstOrDefault(mount => mount.IsVolume && !volumes.ContainsKey(mount.Source)) is { } missing) throw new EngineException(what, $"there is no volume {missing.Source} to mount at {missing.Target}");
        string id = NextId();
        containers.Add(spec.Name, new MemoryContainer(spec, id, image));
        Tell(spec.Name, "create");
        return id;
    });

    /// <inheritdoc/>
    public Task<bool> StartContainerAsync(string name, CancellationToken cancel) => Locked(() => Start(Get(name, $"Container {name} could not be started.")));

    /// <inheritdoc/>
    public Task<bool> StopContainerAsync(string name, TimeSpan grace, CancellationToken cancel) =>
        Locked(() => containers.TryGetValue(name, out MemoryContainer? container) && Stop(container));

    /// <inheritdoc/>
    public Task RestartContainerAsync(string name, TimeSpan grace, CancellationToken cancel) => Locked(() =>
    {
        MemoryContainer container = Get(name, $"Container {name} could not be restarted.");
        Stop(container);
        return Start(container);
    });

    /// <inheritdoc/>
    public Task<bool> RemoveContainerAsync(string name, CancellationToken cancel) => Locked(() =>
    {
        if (!containers.TryGetValue(name, out MemoryContainer? container)) return false;
        Stop(container);
        Tell(name, "destroy");
        return containers.Remove(name);
    });

    /// <inheritdoc/>
    public async Task<JobResult> RunToEndAsync(ContainerSpec spec, int tailLines, CancellationToken cancel)
    {
        await CreateContainerAsync(spec with { RestartPolicy = "no" }, cancel);
        await StartContainerAsync(spec.Name, cancel);
        MemoryContainer container = Get(spec.Name, $"Container {spec.Name} could not be run to its end.");
        await container.Ended.Task.WaitAsync(cancel);
        return new JobResult(container.ExitCode ?? 0, await TailLogAsync(spec.Name, tailLines, cancel));
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<string>> TailLogAsync(string name, int lines, CancellationToken cancel) =>
        Locked<ImmutableArray<string>>(() => containers.TryGetValue(name, out MemoryContainer? container) ? [.. container.Log.TakeLast(lines)] : []);

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> FollowLogAsync(string name, int tailLines, [EnumeratorCancellation] CancellationToken cancel)
    {
        foreach (string line in await TailLogAsync(name, tailLines, cancel)) yield return line;
        Task ended = await Locked(() => containers.GetValueOrDefault(name)?.Ended.Task ?? Task.CompletedTask);
        await ended.WaitAsync(cancel);
    }

    /// <inheritdoc/>
    public Task<JobResult> ExecAsync(string name, ImmutableArray<string> command, ExecOptions options, CancellationToken cancel) => Locked(() =>
    {
        string what = $"{command[0]} could not be run in container {name}.";
        if (!Get(name, what).IsRunning) throw new EngineException(what, $"container {name} is not running");
        JobResult result = exec?.Invoke(name, command, options) ?? new JobResult(0, []);
        foreach (string line in result.Output) options.OnLine?.Invoke(line);
        return result;
    });

    /// <inheritdoc/>
    public async IAsyncEnumerable<EngineEvent> EventsAsync(string? label, [EnumeratorCancellation] CancellationToken cancel)
    {
        Channel<EngineEvent> events = Channel.CreateUnbounded<EngineEvent>();
        lock (gate) listeners.Add((label, events));
        try
        {
            await foreach (EngineEvent happened in events.Reader.ReadAllAsync(cancel)) yield return happened;
        }
        finally
        {
            lock (gate) listeners.RemoveAll(listener => listener.Events == events);
        }
    }

    /// <summary>Ends a running container as if its program had ended by itself.</summary>
    public void Crash(string name, int exitCode)
    {
        lock (gate) End(Get(name, $"Container {name} could not be ended."), exitCode);
    }

    private bool Start(MemoryContainer container)
    {
        if (container.IsRunning) return false;
        ContainerBehaviour does = behaviour?.Invoke(container.Spec) ?? ContainerBehaviour.Runs;
        container.Start(does, clock.GetUtcNow(), ++lastNumber);
        Tell(container.Spec.Name, "start");
        if (does.ExitCode is { } exitCode) End(container, exitCode);
        return true;
    }

    private bool Stop(MemoryContainer container)
    {
        if (!container.IsRunning) return false;
        End(container, StoppedBySignal);
        return true;
    }

    private void End(MemoryContainer container, int exitCode)
    {
        container.End(exitCode);
        Tell(container.Spec.Name, "die", exitCode);
    }

    private void Tell(string name, string action, int? exitCode = null)
    {
        ImmutableSortedDictionary<string, string> labels = containers[name].Observe().Labels;
        foreach ((string? label, Channel<EngineEvent> events) in listeners)
        {
            if (Carries(labels, label)) events.Writer.TryWrite(new EngineEvent(name, action, exitCode, clock.GetUtcNow()));
        }
    }

    private MemoryContainer Get(string name, string what) =>
        containers.TryGetValue(name, out MemoryContainer? container) ? container : throw new EngineException(what, $"there is no container {name}");

    private string NextId() => (++lastNumber).ToString("x64", CultureInfo.InvariantCulture);

    private static bool Carries(ImmutableSortedDictionary<string, string> labels, string? label) =>
        label is null || (label.Split('=', 2) is [string key, string value] ? labels.GetValueOrDefault(key) == value : labels.ContainsKey(label));

    private Task<T> Locked<T>(Func<T> act)
    {
        try
        {
            lock (gate) return Task.FromResult(act());
        }
        catch (EngineException failure)
        {
            return Task.FromException<T>(failure);
        }
    }
}
