using System.Collections.Immutable;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Planning;

namespace KollaNet.Engine.Steps;

/// <summary>Gets an image onto a host: pulls it, or says that it has to be built.</summary>
/// <param name="Registry">Null when images are only ever built here.</param>
/// <param name="Always">True pulls also when a namesake is there, as <c>pull</c> does.</param>
public sealed record EnsureImageStep(StepId Id, string Service, string Because, ImmutableArray<StepId> After, Registry? Registry, bool Always = false) : Step(Id, Service, Because, After)
{
    /// <inheritdoc/>
    public override async Task<StepResult> RunAsync(StepContext on, CancellationToken cancel)
    {
        IContainerEngine engine = on.Host(Id.Host).Containers;
        ObservedImage? before = await engine.FindImageAsync(Id.Subject, cancel);
        if (before is not null && !(Always && Registry is not null)) return StepResult.Unchanged("is there");
        if (Registry is null) throw new ImageMissingException(Id.Subject);
        await engine.PullImageAsync(Id.Subject, Registry.Login, new Relay(line => on.Report(Id, line)), cancel);
        ObservedImage? after = await engine.FindImageAsync(Id.Subject, cancel);
        return before is not null && before.Id == after?.Id ? StepResult.Unchanged("is the registry's") : StepResult.Did("pulled");
    }

    /// <summary>Unlike <see cref="Progress{T}"/>, reports at once and in order.</summary>
    private sealed class Relay(Action<string> to) : IProgress<string>
    {
        public void Report(string value) => to(value);
    }
}

/// <summary>Removes an image of ours; keeps it while somebody else's container uses it.</summary>
public sealed record RemoveImageStep(StepId Id, string Service, string Because, ImmutableArray<StepId> After) : Step(Id, Service, Because, After)
{
    /// <inheritdoc/>
    public override async Task<StepResult> RunAsync(StepContext on, CancellationToken cancel)
    {
        try
        {
            return await on.Host(Id.Host).Containers.RemoveImageAsync(Id.Subject, cancel) ? StepResult.Did("removed") : StepResult.Unchanged("was gone already");
        }
        catch (EngineException e) when (e is not EngineUnreachableException)
        {
            return StepResult.Unchanged($"kept: {e.Why}");
        }
    }
}
