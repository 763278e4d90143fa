using System.Collections.Immutable;
using KollaNet.Engine.Checks;
using KollaNet.Engine.Planning;

namespace KollaNet.Engine.Steps;

/// <summary>Tries what a container depends on before its files are written and before it is replaced: they wait for this step, so that one that fails leaves everything as it was.</summary>
public sealed record PreflightStep(StepId Id, string Service, string Because, ImmutableArray<StepId> After, DesiredContainer Container, string SiteId) : Step(Id, Service, Because, After)
{
    /// <inheritdoc/>
    public override bool IsChange => false;

    /// <inheritdoc/>
    public override async Task<StepResult> RunAsync(StepContext on, CancellationToken cancel) =>
        StepResult.Unchanged(string.Join("; ", await new Preflight(on.Host(Id.Host), Container, SiteId, on.Secrets).RunAsync(cancel)));
}
