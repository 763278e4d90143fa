using System.Collections.Immutable;
using KollaNet.Engine.Planning;

namespace KollaNet.Engine.Steps;

/// <summary>Makes a named volume.</summary>
/// <param name="Options">As <c>docker volume create --opt</c> takes them; empty for a folder of the engine's own.</param>
public sealed record CreateVolumeStep(
    StepId Id, string Service, string Because, ImmutableArray<StepId> After, ImmutableSortedDictionary<string, string> Labels, ImmutableSortedDictionary<string, string> Options) : Step(Id, Service, Because, After)
{
    /// <inheritdoc/>
    public override async Task<StepResult> RunAsync(StepContext on, CancellationToken cancel)
    {
        ImmutableSortedDictionary<string, string> labels = Labels.SetItem(OurLabels.VolumeId, Guid.NewGuid().ToString("N"));
        return await on.Host(Id.Host).Containers.CreateVolumeAsync(Id.Subject, labels, Options, cancel) ? StepResult.Did("created") : StepResult.Unchanged("is there");
    }
}

/// <summary>Removes a volume that carries our label, with all that is in it on this host.</summary>
/// <param name="LiesElsewhere">What is in it is on a server and stays there.</param>
public sealed record RemoveVolumeStep(StepId Id, string Service, string Because, ImmutableArray<StepId> After, bool LiesElsewhere = false) : Step(Id, Service, Because, After)
{
    /// <inheritdoc/>
    public override async Task<StepResult> RunAsync(StepContext on, CancellationToken cancel) =>
        await on.Host(Id.Host).Containers.RemoveVolumeAsync(Id.Subject, cancel) ? StepResult.Did(LiesElsewhere ? "removed; its data stays on its server" : "removed with its data") : StepResult.Unchanged("was gone already");
}
