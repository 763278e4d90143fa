using System.Collections.Immutable;
using KollaNet.Engine.Planning;
using KollaNet.Engine.Running;
using KollaNet.Engine.Steps;

namespace KollaNet.Cli.Tests.Output;

/// <summary>A small run made by hand: one volume changed, one file as wanted, one container failed, and two steps that wait for it.</summary>
internal static class Events
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static readonly StepOutcome Changed = Outcome("volume", "data", StepEnd.Changed, "created");
    public static readonly StepOutcome Unchanged = Outcome("file", "/etc/kolla/db/db.cnf", StepEnd.Unchanged, "as wanted");
    public static readonly StepOutcome Failed = Outcome("container", "db", StepEnd.Failed, "db did not start.") with
    {
        Failure = new StepFailure("db did not start.", "its log ends:\n| [bold]out of memory[/]", "kollanet logs db"),
    };
    public static readonly StepOutcome Skipped = Outcome("ready", "db", StepEnd.Skipped, "node1: container db failed") with { BecauseOf = [Failed.Step.Id], Elapsed = TimeSpan.Zero };
    public static readonly StepOutcome AlsoSkipped = Outcome("container", "web", StepEnd.Skipped, "node1: container db failed") with { BecauseOf = [Failed.Step.Id], Elapsed = TimeSpan.Zero };
    public static readonly StepOutcome Stopped = Outcome("container", "web", StepEnd.Skipped, "the run was cancelled") with { Elapsed = TimeSpan.Zero };

    public static DeployReport Report(params ImmutableArray<StepOutcome> outcomes) => new()
    {
        Plan = new Plan(outcomes.Select(outcome => outcome.Step), []),
        Outcomes = outcomes,
        Elapsed = TimeSpan.FromSeconds(75.25),
        Times = [new ServiceTime("db", TimeSpan.FromSeconds(150)), new ServiceTime("web", TimeSpan.FromSeconds(0.5))],
        Endpoints = [new ServiceEndpoint("web", "internal", "http://10.0.0.1:80"), new ServiceEndpoint("web", "public", "http://192.0.2.1:80")],
        CredentialsFile = "/etc/kolla/admin-openrc.sh",
        CredentialsWritten = true,
    };

    /// <summary>What the engine would have reported on the way to a report.</summary>
    public static IEnumerable<RunEvent> Of(DeployReport report)
    {
        yield return new PhaseStarted("looking at what is there") { At = Noon };
        yield return new PlanReady(report.Plan) { At = Noon };
        yield return new NoticeRaised("node1: [limits] were lowered") { At = Noon };
        foreach (StepOutcome outcome in report.Outcomes)
        {
            if (outcome.End != StepEnd.Skipped) yield return new StepStarted(outcome.Step) { At = Noon };
            if (outcome.End == StepEnd.Changed) yield return new StepProgress(outcome.Step.Id, "layer [1/2]\n") { At = Noon };
            yield return new StepEnded(outcome) { At = Noon };
        }
    }

    /// <summary>Shows a report with the events that lead to it.</summary>
    public static async Task ShowAsync(this Cli.Output.IRunView view, string title, DeployReport report) => await view.ShowAsync(title, progress =>
    {
        foreach (RunEvent happened in Of(report)) progress.Report(happened);
        return Task.FromResult(report);
    });

    private static StepOutcome Outcome(string kind, string subject, StepEnd end, string detail) =>
        new() { Step = new HandMade(new StepId("node1", kind, subject)), End = end, Detail = detail, Elapsed = TimeSpan.FromSeconds(1.25) };

    private sealed record HandMade(StepId Id) : Step(Id, "db", "is missing", [])
    {
        public override Task<StepResult> RunAsync(StepContext on, CancellationToken cancel) => throw new InvalidOperationException("views run nothing");
    }
}
