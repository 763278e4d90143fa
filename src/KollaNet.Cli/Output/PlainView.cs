using KollaNet.Engine.Running;

namespace KollaNet.Cli.Output;

/// <summary>One line per event, for pipes and logs; no colours, no cursor.</summary>
/// <param name="output">Where lines go.</param>
/// <param name="verbose">Every step and what running steps say; otherwise only what changed or failed.</param>
internal sealed class PlainView(TextWriter output, bool verbose) : IRunView
{
    private readonly Lock gate = new();

    public async Task<DeployReport> ShowAsync(string title, Func<IProgress<RunEvent>, Task<DeployReport>> work)
    {
        DeployReport report = await work(this);
        ReportText.Write(output, title, report);
        return report;
    }

    public void Report(RunEvent value)
    {
        if (Line(value) is not { } line) return;
        lock (gate) output.WriteLine(line);
    }

    private string? Line(RunEvent value) => value switch
    {
        NoticeRaised notice => $"notice   {notice.Text}",
        PhaseStarted phase when verbose => $"         {phase.Phase}",
        StepStarted started when verbose => $"start    {started.Step.Id}: {started.Step.Because}",
        StepStarted { Step.IsChange: true } started => $"start    {started.Step.Id}: {started.Step.Because}",
        StepProgress progress when verbose => $"         {progress.Step}: {progress.Line.TrimEnd()}",
        StepEnded { Outcome.End: StepEnd.Unchanged } when !verbose => null,
        StepEnded { Outcome.End: StepEnd.Skipped } when !verbose => null,
        StepEnded ended => $"{ReportText.Word(ended.Outcome.End),-8} {ended.Outcome.Step.Id}: {ended.Outcome.Detail} ({ReportText.Seconds(ended.Outcome.Elapsed)})",
        _ => null,
    };
}
