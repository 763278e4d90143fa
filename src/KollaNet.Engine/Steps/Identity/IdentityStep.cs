using System.Collections.Immutable;
using KollaNet.Engine.Planning;

namespace KollaNet.Engine.Steps.Identity;

/// <summary>A step on what Keystone holds. Always part of the plan: it looks, and changes only what it finds wrong.</summary>
public abstract record IdentityStep(StepId Id, string Service, ImmutableArray<StepId> After, IdentityServer Server) : Step(Id, Service, "looked up in Keystone", After)
{
    /// <inheritdoc/>
    public sealed override bool IsChange => false;

    /// <inheritdoc/>
    public sealed override async Task<StepResult> RunAsync(StepContext on, CancellationToken cancel)
    {
        List<string> done = await EnsureAsync(on.Identity(Server), act: true, cancel);
        return done.Count == 0 ? StepResult.Unchanged() : StepResult.Did(string.Join("; ", done));
    }

    /// <inheritdoc/>
    public sealed override async Task<StepOutlook> LookAsync(StepContext on, CancellationToken cancel)
    {
        try
        {
            List<string> toDo = await EnsureAsync(on.Identity(Server), act: false, cancel);
            return toDo.Count == 0 ? StepOutlook.Unchanged() : StepOutlook.WouldChange(string.Join("; ", toDo));
        }
        catch (KollaNetException)
        {
            // A Keystone that is not up, or does not know its administrator yet, is what a plan for a first deployment sees.
            return StepOutlook.Unknown;
        }
    }

    /// <summary>Compares, and corrects when <paramref name="act"/> is set.</summary>
    /// <returns>What was done, or would be.</returns>
    private protected abstract Task<List<string>> EnsureAsync(IdentitySession keystone, bool act, CancellationToken cancel);
}
