using System.Collections.Immutable;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Planning;

namespace KollaNet.Engine.Steps;

/// <summary>Runs a command inside a running container, unless what it does is done already.</summary>
/// <param name="Identity">Asked whether the administrator can log in, when the job depends on that; null otherwise.</param>
public sealed record ExecJobStep(StepId Id, string Service, string Because, ImmutableArray<StepId> After, DesiredJob Job, IdentityServer? Identity) : Step(Id, Service, Because, After)
{
    /// <inheritdoc/>
    public override bool IsChange => !Job.UnlessIdentityLogin;

    /// <inheritdoc/>
    public override async Task<StepOutlook> LookAsync(StepContext on, CancellationToken cancel)
    {
        if (IsChange) return StepOutlook.WouldChange(Because);
        try
        {
            return await IsDoneAsync(on, cancel) ? StepOutlook.Unchanged("the administrator can log in") : StepOutlook.WouldChange("the administrator cannot log in");
        }
        catch (KollaNetException)
        {
            return StepOutlook.Unknown;
        }
    }

    /// <inheritdoc/>
    public override async Task<StepResult> RunAsync(StepContext on, CancellationToken cancel)
    {
        if (await IsDoneAsync(on, cancel)) return StepResult.Unchanged("the administrator can log in");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Job.Within);
        try
        {
            var options = new ExecOptions { User = Job.User, Environment = Job.Environment };
            JobResult result = await on.Host(Id.Host).Containers.ExecAsync(Job.Container.Spec.Name, Job.Command, options, patience.Token);
            if (result.ExitCode == 0) return StepResult.Did("ran");
            ImmutableArray<string> end = result.Output.Length > 15 ? result.Output[^15..] : result.Output;
            throw Failed($"{Job.Command[0]} in {Job.Container.Spec.Name} exited with code {result.ExitCode}.{WaitReadyStep.LastWords(end, on)}");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw Failed($"{Job.Command[0]} in {Job.Container.Spec.Name} did not end within {Job.Within.TotalSeconds:0} s");
        }
    }

    private async Task<bool> IsDoneAsync(StepContext on, CancellationToken cancel) =>
        Job.UnlessIdentityLogin && Identity is { } server && await on.Identity(server).Client.CanAdministratorLogInAsync(cancel);

    private KollaNetException Failed(string why) => new($"{Job.Name} on {Id.Host} failed.", why, $"kollanet logs {Job.Container.Spec.Name}; then run the same command again.");
}
