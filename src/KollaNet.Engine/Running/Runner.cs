using System.Collections.Immutable;
using System.Threading.Channels;
using KollaNet.Engine.Planning;
using KollaNet.Engine.Steps;

namespace KollaNet.Engine.Running;

/// <summary>Runs a plan: every step once those it waits for have succeeded, as many at a time as allowed. Decides nothing.</summary>
/// <param name="retry">Wraps each step, so that what passes by itself does not end a run.</param>
/// <param name="clock">For the times reported.</param>
/// <param name="progress">Receives events one at a time.</param>
public sealed class Runner(StepRetry retry, TimeProvider clock, IProgress<RunEvent> progress)
{
    /// <summary>Runs every step that can be run. Failures do not stop independent steps; only cancelling does, and then running steps end first.</summary>
    /// <returns>One outcome per step, in the plan's order.</returns>
    public async Task<ImmutableArray<StepOutcome>> RunAsync(Plan plan, StepContext on, int parallelism, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(parallelism, 1);
        var outcomes = new Dictionary<StepId, StepOutcome>(plan.Steps.Length);
        var waiting = new List<Step>(plan.Steps);
        var ended = Channel.CreateUnbounded<StepOutcome>();
        int running = 0;
        long start = clock.GetTimestamp();
        while (waiting.Count > 0 || running > 0)
        {
            SkipBlocked(waiting, outcomes, cancel);
            foreach (Step step in waiting.Where(step => step.After.All(outcomes.ContainsKey)).Take(parallelism - running).ToArray())
            {
                waiting.Remove(step);
                running++;
                progress.Report(new StepStarted(step) { At = clock.GetUtcNow() });
                _ = Task.Run(async () => ended.Writer.TryWrite(await OutcomeAsync(step, on, start, cancel)), CancellationToken.None);
            }
            if (running == 0) continue;
            StepOutcome outcome = await ended.Reader.ReadAsync(CancellationToken.None);
            running--;
            Keep(outcome, outcomes);
        }
        return [.. plan.Steps.Select(step => outcomes[step.Id])];
    }

    private void SkipBlocked(List<Step> waiting, Dictionary<StepId, StepOutcome> outcomes, CancellationToken cancel)
    {
        // The plan's order puts what is waited for first, so that one pass sees chains of skipped steps.
        foreach (Step step in waiting.ToArray())
        {
            ImmutableArray<StepId> because = [.. step.After.Where(outcomes.ContainsKey).Select(id => outcomes[id]).SelectMany(Roots).Distinct()];
            bool blocked = step.After.Any(id => outcomes.TryGetValue(id, out StepOutcome? before) && before.End is StepEnd.Failed or StepEnd.Skipped);
            if (!blocked && !cancel.IsCancellationRequested) continue;
            waiting.Remove(step);
            string why = because.IsEmpty ? "the run was cancelled" : $"{string.Join(", ", because)} failed";
            Keep(new StepOutcome { Step = step, End = StepEnd.Skipped, Detail = why, BecauseOf = because }, outcomes);
        }

        static IEnumerable<StepId> Roots(StepOutcome outcome) => outcome.End == StepEnd.Failed ? [outcome.Step.Id] : outcome.BecauseOf;
    }

    private void Keep(StepOutcome outcome, Dictionary<StepId, StepOutcome> outcomes)
    {
        outcomes[outcome.Step.Id] = outcome;
        progress.Report(new StepEnded(outcome) { At = clock.GetUtcNow() });
    }

    private async Task<StepOutcome> OutcomeAsync(Step step, StepContext on, long runStart, CancellationToken cancel)
    {
        long start = clock.GetTimestamp();
        var outcome = new StepOutcome { Step = step, End = StepEnd.Failed, Detail = "", StartedAfter = clock.GetElapsedTime(runStart, start) };
        try
        {
            StepResult result = await retry.RunAsync(step, on, cancel);
            outcome = outcome with { End = result.Changed ? StepEnd.Changed : StepEnd.Unchanged, Detail = on.Secrets.Redact(result.Detail) };
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            outcome = outcome with { End = StepEnd.Skipped, Detail = "the run was cancelled" };
        }
#pragma warning disable CA1031 // A step's failure, whatever it is, is its outcome; the run goes on with what does not depend on it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            StepFailure failure = FailureOf(step, e, on.Secrets);
            outcome = outcome with { Detail = failure.What, Failure = failure };
        }
        return outcome with { Elapsed = clock.GetElapsedTime(start) };
    }

    private static StepFailure FailureOf(Step step, Exception failure, Redactor secrets) => failure is KollaNetException known
        ? new StepFailure(secrets.Redact(known.What), secrets.Redact(known.Why), known.Next is null ? null : secrets.Redact(known.Next))
        : new StepFailure($"{step.Id} failed.", secrets.Redact($"{failure.GetType().Name}: {failure.Message}"), "run the same command again; finished steps will not repeat");
}
