using System.Globalization;
using KollaNet.Engine.Running;
using KollaNet.Engine.Steps;

namespace KollaNet.Cli.Output;

/// <summary>The recap at the end of a run, and a plan as text.</summary>
internal static class ReportText
{
    /// <summary>Root causes first, then the numbers, then what the operator needs next.</summary>
    public static void Write(TextWriter output, string title, DeployReport report)
    {
        if (report.PlanOnly)
        {
            WritePlan(output, report);
            return;
        }

        foreach (StepOutcome failure in report.Failures) WriteFailure(output, failure);
        WriteSkipped(output, report);
        output.WriteLine();
        Recap recap = report.Recap;
        output.WriteLine($"{title} {End(report)} in {Seconds(report.Elapsed)}: {recap.Changed} changed, {recap.Unchanged} unchanged, {recap.Failed} failed, {recap.Skipped} skipped");
        if (!report.Succeeded) return;
        if (recap.Changed > 0 && report.Times.Length > 0)
            output.WriteLine("time     " + string.Join(", ", report.Times.Select(time => $"{time.Service} {Seconds(time.Elapsed)}")));
        if (!report.Succeeded) return;
        foreach (ServiceEndpoint endpoint in report.Endpoints.Where(endpoint => endpoint.Interface == "public")) output.WriteLine($"{endpoint.Service,-8} {endpoint.Url}");
        if (report.CredentialsFile is { } file) output.WriteLine(report.CredentialsWritten ? $"log in   . {file}" : "log in   kollanet post-deploy writes the credentials");
    }

    /// <summary>Behind a failure the number says enough; after a stop the operator wants to know what is not done.</summary>
    private static void WriteSkipped(TextWriter output, DeployReport report)
    {
        StepOutcome[] skipped = [.. report.Outcomes.Where(outcome => outcome.End == StepEnd.Skipped)];
        foreach (IGrouping<string, StepOutcome> cause in skipped.Where(outcome => !outcome.BecauseOf.IsEmpty).GroupBy(outcome => string.Join(", ", outcome.BecauseOf)))
            output.WriteLine($"skipped  {Steps(cause.Count())} because of {cause.Key}");
        StepOutcome[] stopped = [.. skipped.Where(outcome => outcome.BecauseOf.IsEmpty)];
        if (stopped.Length == 0) return;
        output.WriteLine($"skipped  {Steps(stopped.Length)} because the run was stopped; run the same command again to go on:");
        foreach (StepOutcome outcome in stopped) output.WriteLine($"         {outcome.Step.Id}");
    }

    private static string Steps(int count) => count == 1 ? "1 step" : $"{count} steps";

    /// <summary>What failed, why, what next, indented below the step.</summary>
    public static void WriteFailure(TextWriter output, StepOutcome outcome)
    {
        output.WriteLine();
        output.WriteLine($"FAILED   {outcome.Step.Id}");
        if (outcome.Failure is not { } failure)
        {
            output.WriteLine($"  {outcome.Detail}");
            return;
        }

        output.WriteLine($"  {failure.What}");
        output.WriteLine($"  Why:  {Indented(failure.Why)}");
        if (failure.Next is { } next) output.WriteLine($"  Next: {Indented(next)}");
    }

    /// <summary>Continuation lines stand below the first one's text.</summary>
    public static string Indented(string text) => text.TrimEnd().Replace("\n", "\n        ", StringComparison.Ordinal);

    public static string Word(StepEnd end) => end switch
    {
        StepEnd.Changed => "changed",
        StepEnd.Unchanged => "ok",
        StepEnd.Failed => "FAILED",
        _ => "skipped",
    };

    public static string Seconds(TimeSpan time) => time.TotalMinutes >= 2
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes} min {time.Seconds} s")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s");

    private static void WritePlan(TextWriter output, DeployReport report)
    {
        PlannedStep[] changes = [.. report.Outlooks.Where(planned => planned.Outlook.Kind == StepOutlookKind.WouldChange)];
        foreach (PlannedStep planned in changes) output.WriteLine($"change   {planned.Step.Id}: {planned.Outlook.Detail}");
        int unknown = report.Outlooks.Count(planned => planned.Outlook.Kind == StepOutlookKind.Unknown);
        foreach (PlannedStep planned in report.Outlooks.Where(planned => planned.Outlook.Kind == StepOutlookKind.Unknown && changes.Length > 0))
            output.WriteLine($"check    {planned.Step.Id}: {planned.Outlook.Detail}");
        int unchanged = report.Outlooks.Length - changes.Length - unknown;
        output.WriteLine(changes.Length == 0
            ? $"Nothing to change: {unchanged} checks found everything as wanted{(unknown > 0 ? $", {unknown} can only be made while running" : "")}."
            : $"{changes.Length} to change, {unchanged} as wanted{(unknown > 0 ? $", {unknown} to be checked while running" : "")}.");
    }

    private static string End(DeployReport report) => report switch
    {
        { Cancelled: true } => "was stopped",
        { Succeeded: true, HasChanges: false } => "found nothing to change",
        { Succeeded: true } => "succeeded",
        _ => "failed",
    };
}
