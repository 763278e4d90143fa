using System.Collections.Immutable;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Hosts;

namespace KollaNet.Engine.Steps;

/// <summary>What has to happen to a container.</summary>
public enum ContainerAction
{
    /// <summary>Nothing, as long as it still runs when its turn comes.</summary>
    Keep,

    /// <summary>Make and start it.</summary>
    Create,

    /// <summary>Remove it, then make and start it anew.</summary>
    Recreate,

    /// <summary>Stop and start it.</summary>
    Restart,

    /// <summary>Start it.</summary>
    Start,
}

/// <summary>Gets one container running, made from <paramref name="Spec"/>. The old one stays up until this step's turn.</summary>
public sealed record ContainerStep(StepId Id, string Service, string Because, ImmutableArray<StepId> After, ContainerAction Action, ContainerSpec Spec) : Step(Id, Service, Because, After)
{
    /// <inheritdoc/>
    public override bool IsChange => Action != ContainerAction.Keep;

    /// <inheritdoc/>
    public override async Task<StepOutlook> LookAsync(StepContext on, CancellationToken cancel)
    {
        if (IsChange) return StepOutlook.WouldChange(Because);
        ObservedContainer? now = await on.Host(Id.Host).Containers.FindContainerAsync(Spec.Name, cancel);
        return now is { State: "running" } ? StepOutlook.Unchanged("is running") : StepOutlook.WouldChange($"is {now?.State ?? "missing"}");
    }

    /// <inheritdoc/>
    public override async Task<StepResult> RunAsync(StepContext on, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        IHost host = on.Host(Id.Host);
        // Half a replacement is worse than a late Ctrl-C: from here on the acts are few and short.
        return await ActAsync(host.Containers, CancellationToken.None);
    }

    private async Task<StepResult> ActAsync(IContainerEngine engine, CancellationToken cancel)
    {
        ObservedContainer? now = await engine.FindContainerAsync(Spec.Name, cancel);
        if (now is null)
        {
            await CreateAsync(engine, cancel);
            return StepResult.Did("created and started");
        }
        switch (Action)
        {
            case ContainerAction.Recreate:
                await engine.StopContainerAsync(Spec.Name, Spec.StopGrace, cancel);
                await engine.RemoveContainerAsync(Spec.Name, cancel);
                await CreateAsync(engine, cancel);
                return StepResult.Did($"recreated: {Because}");
            case ContainerAction.Restart when now.State == "running" || now.State == "restarting":
                await engine.RestartContainerAsync(Spec.Name, Spec.StopGrace, cancel);
                return StepResult.Did($"restarted: {Because}");
            default:
                if (now.State == "running") return StepResult.Unchanged("is running");
                await engine.StartContainerAsync(Spec.Name, cancel);
                return StepResult.Did($"started: was {Describe(now)}");
        }
    }

    private async Task CreateAsync(IContainerEngine engine, CancellationToken cancel)
    {
        await engine.CreateContainerAsync(Spec, cancel);
        await engine.StartContainerAsync(Spec.Name, cancel);
    }

    /// <summary>A container's state for people: <c>exited (code 137, out of memory)</c>.</summary>
    internal static string Describe(ObservedContainer container)
    {
        var facts = new List<string>();
        if (container.ExitCode is { } code && container.State != "created") facts.Add($"code {code}");
        if (container.OutOfMemory) facts.Add("out of memory");
        if (container.State == "restarting" && container.RestartCount > 0) facts.Add($"{container.RestartCount} restarts");
        return facts.Count == 0 ? container.State : $"{container.State} ({string.Join(", ", facts)})";
    }
}

/// <summary>Stops a container.</summary>
public sealed record StopContainerStep(StepId Id, string Service, string Because, ImmutableArray<StepId> After, TimeSpan Grace) : Step(Id, Service, Because, After)
{
    /// <inheritdoc/>
    public override async Task<StepResult> RunAsync(StepContext on, CancellationToken cancel) =>
        await on.Host(Id.Host).Containers.StopContainerAsync(Id.Subject, Grace, cancel) ? StepResult.Did("stopped") : StepResult.Unchanged("was not running");
}

/// <summary>Stops and removes a container of ours. Its named volumes stay.</summary>
public sealed record RemoveContainerStep(StepId Id, string Service, string Because, ImmutableArray<StepId> After, TimeSpan Grace) : Step(Id, Service, Because, After)
{
    /// <inheritdoc/>
    public override async Task<StepResult> RunAsync(StepContext on, CancellationToken cancel)
    {
        IContainerEngine engine = on.Host(Id.Host).Containers;
        if (await engine.FindContainerAsync(Id.Subject, cancel) is null) return StepResult.Unchanged("was gone already");
        await engine.StopContainerAsync(Id.Subject, Grace, cancel);
        return await engine.RemoveContainerAsync(Id.Subject, cancel) ? StepResult.Did("removed") : StepResult.Unchanged("was gone already");
    }
}
