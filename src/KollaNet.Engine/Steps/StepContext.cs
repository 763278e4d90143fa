using System.Collections.Immutable;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Planning;

namespace KollaNet.Engine.Steps;

/// <summary>What steps need to run: the hosts, the clock, a place to report progress. One per run.</summary>
/// <param name="hosts">Inventory name to open host.</param>
/// <param name="http">For probes and Keystone; shared, so that connections are reused.</param>
/// <param name="secrets">Applied to everything a step reports from outside.</param>
/// <param name="clock">The deployment's clock.</param>
/// <param name="progress">Called with a step's id and a line.</param>
public sealed class StepContext(
    IReadOnlyDictionary<string, IHost> hosts, HttpClient http, Redactor secrets, TimeProvider clock, Action<StepId, string> progress) : IDisposable
{
    private readonly Lock gate = new();
    private ImmutableHashSet<StepId> changed = [];

    /// <summary>Shared by every step of the run.</summary>
    public HttpClient Http { get; } = http;

    /// <summary>Removes secrets from texts that come from outside.</summary>
    public Redactor Secrets { get; } = secrets;

    /// <summary>The deployment's clock.</summary>
    public TimeProvider Clock { get; } = clock;

    /// <summary>A host by its inventory name.</summary>
    public IHost Host(string name) => hosts[name];

    /// <summary>Reports a line of a running step.</summary>
    public void Report(StepId step, string line) => progress(step, Secrets.Redact(line));

    /// <summary>True when that step has run in this plan and changed something.</summary>
    public bool DidChange(StepId step) => changed.Contains(step);

    /// <summary>Remembers that a step changed something, for the steps that come after it.</summary>
    internal void MarkChanged(StepId step)
    {
        lock (gate) changed = changed.Add(step);
    }

    /// <inheritdoc/>
    public void Dispose() => Http.Dispose();
}
