using System.Collections.Immutable;
using KollaNet.Engine.Planning;
using KollaNet.Engine.Steps;

namespace KollaNet.Engine.Running;

/// <summary>What a run did, or what it would do.</summary>
public sealed record DeployReport
{
    /// <summary>The plan.</summary>
    public required Plan Plan { get; init; }

    /// <summary>True when nothing was run and <see cref="Outlooks"/> says what would happen.</summary>
    public bool PlanOnly { get; init; }

    /// <summary>In the plan's order; empty when <see cref="PlanOnly"/>.</summary>
    public ImmutableArray<StepOutcome> Outcomes { get; init; } = [];

    /// <summary>In the plan's order; empty unless <see cref="PlanOnly"/>.</summary>
    public ImmutableArray<PlannedStep> Outlooks { get; init; } = [];

    /// <summary>Time in which steps of a service ran, without waiting for other services; longest first.</summary>
    public ImmutableArray<ServiceTime> Times { get; init; } = [];

    /// <summary>The addresses clients use, by service; empty unless the run made them serve.</summary>
    public ImmutableArray<ServiceEndpoint> Endpoints { get; init; } = [];

    /// <summary>The file <c>post-deploy</c> writes credentials to; null when there is nothing to log in to.</summary>
    public string? CredentialsFile { get; init; }

    /// <summary>True when <see cref="CredentialsFile"/> exists already.</summary>
    public bool CredentialsWritten { get; init; }

    /// <summary>From the start of reading to the end of the last step.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>True when the operator stopped the run.</summary>
    public bool Cancelled { get; init; }

    /// <summary>Things the operator should know that are no errors; each was raised as an event too.</summary>
    public ImmutableArray<string> Notices { get; init; } = [];

    /// <summary>Number of steps by their end.</summary>
    public Recap Recap => new(Count(StepEnd.Changed), Count(StepEnd.Unchanged), Count(StepEnd.Failed), Count(StepEnd.Skipped));

    /// <summary>True when every step ended well, or would.</summary>
    public bool Succeeded => !Cancelled && Outcomes.All(outcome => outcome.End is StepEnd.Changed or StepEnd.Unchanged);

    /// <summary>True when something was changed, or would be.</summary>
    public bool HasChanges => Outcomes.Any(outcome => outcome.End == StepEnd.Changed) || Outlooks.Any(planned => planned.Outlook.Kind == StepOutlookKind.WouldChange);

    /// <summary>The failures, root causes only.</summary>
    public IEnumerable<StepOutcome> Failures => Outcomes.Where(outcome => outcome.End == StepEnd.Failed);

    private int Count(StepEnd end) => Outcomes.Count(outcome => outcome.End == end);
}

/// <summary>A step with what it expects of itself.</summary>
public sealed record PlannedStep(Step Step, StepOutlook Outlook);

/// <summary>Number of steps by their end.</summary>
public sealed record Recap(int Changed, int Unchanged, int Failed, int Skipped);

/// <summary>How long a service took.</summary>
public sealed record ServiceTime(string Service, TimeSpan Elapsed);

/// <summary>Where clients reach a service.</summary>
/// <param name="Interface"><c>internal</c>, <c>public</c> or <c>admin</c>.</param>
public sealed record ServiceEndpoint(string Service, string Interface, string Url);
