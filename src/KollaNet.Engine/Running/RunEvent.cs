using System.Collections.Immutable;
using KollaNet.Engine.Planning;
using KollaNet.Engine.Steps;

namespace KollaNet.Engine.Running;

/// <summary>Something that happened while a plan was made or run; a stream of these is all that a view of the run needs.</summary>
public abstract record RunEvent
{
    /// <summary>When, by the deployment's clock.</summary>
    public required DateTimeOffset At { get; init; }
}

/// <summary>A phase before the steps began: reading the site, looking at hosts, rendering.</summary>
public sealed record PhaseStarted(string Phase) : RunEvent;

/// <summary>The plan is known; its steps follow.</summary>
public sealed record PlanReady(Plan Plan) : RunEvent;

/// <summary>A step began.</summary>
public sealed record StepStarted(Step Step) : RunEvent;

/// <summary>A running step said something: a pull's progress, a job's output, what a wait last saw.</summary>
public sealed record StepProgress(StepId Step, string Line) : RunEvent;

/// <summary>A step ended, or was skipped.</summary>
public sealed record StepEnded(StepOutcome Outcome) : RunEvent;

/// <summary>Something the operator should know that is no error. Raised once each.</summary>
public sealed record NoticeRaised(string Text) : RunEvent;

/// <summary>How a step ended.</summary>
public sealed record StepOutcome
{
    /// <summary>The step.</summary>
    public required Step Step { get; init; }

    /// <summary>Changed, unchanged, failed or skipped.</summary>
    public required StepEnd End { get; init; }

    /// <summary>What was done or found; the failure's first sentence; or why it was skipped.</summary>
    public required string Detail { get; init; }

    /// <summary>When it began, counted from the start of the run; zero when it was skipped.</summary>
    public TimeSpan StartedAfter { get; init; }

    /// <summary>Zero when it was skipped.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>What failed, why and what next; null unless <see cref="End"/> is <see cref="StepEnd.Failed"/>.</summary>
    public StepFailure? Failure { get; init; }

    /// <summary>The failed steps at the root of a skip; empty when it was not skipped, or skipped because the run was cancelled.</summary>
    public ImmutableArray<StepId> BecauseOf { get; init; } = [];
}

/// <summary>A failure in words, secrets removed.</summary>
public sealed record StepFailure(string What, string Why, string? Next);

/// <summary>How a step can end.</summary>
public enum StepEnd
{
    /// <summary>It changed something.</summary>
    Changed,

    /// <summary>Everything was as wanted.</summary>
    Unchanged,

    /// <summary>It could not be done.</summary>
    Failed,

    /// <summary>A step it waits for failed, or the run was cancelled before its turn.</summary>
    Skipped,
}
