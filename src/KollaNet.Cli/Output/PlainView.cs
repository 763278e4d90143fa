using KollaNet.Engine.Running;
using KollaNet.Engine.Steps;

namespace KollaNet.Cli.Output;

/// <summary>One line per event, for pipes and logs; no colours, no cursor.</summary>
/// <param name="output">Where lines go.</param>
/// <param name="verbose">Every step and what running steps say; otherwise only what changed or failed.</param>
internal sealed class PlainView(TextWriter output, bool verbose) : IRunView
{
    private static readonly TimeSpan SignOfLife = TimeSpan.FromSeconds(10);
    private readonly Lock gate = new();
    private readonly Dictionary<StepId, (DateTimeOffset Since, string Said)> running = [];

    public async Task<DeployReport> ShowAsync(string title, Func<IProgress<RunEvent>, Task<DeployReport>> work)
    {
        DeployReport report;
        await using (new Timer(_ => ShowRunning(), null, SignOfLife, SignOfLife)) report = await work(this);
        ReportText.Write(output, title, report);
        return report;
    }

    public void Report(RunEvent value)
    {
        lock (gate)
        {
            Track(value);
            if (Line(value) is { } line) output.WriteLine(line);
        }
    }

    private void Track(RunEvent value)
    {
        switch (value)
        {
            case StepStarted started: running[started.Step.Id] = (started.At, ""); break;
            case StepProgress said when running.TryGetValue(said.Step, out (DateTimeOffset Since, string Said) known): running[said.Step] = known with { Said = said.Line.Trim() }; break;
            case StepEnded ended: running.Remove(ended.Outcome.Step.Id); break;
            default: break;
        }
    }

    /// <summary>A log that stays silent for minutes looks like one of a program that hangs.</summary>
    private void ShowRunning()
    {
        lock (gate)
        {
            foreach ((StepId step, (DateTimeOffset since, string said)) in running)
                output.WriteLine($"running  {step} ({ReportText.Seconds(DateTimeOffset.UtcNow - since)}){(said.Length > 0 ? ": " + said : "")}");
        }
    }

    private string? Line(RunEvent value) => value switch
    {
        NoticeRaised notice => $"notice   {notice.Text}",
        PhaseStarted phase when verbose => $"         {phase.Phase}",
        StepStarted started when verbose => $"start    {started.Step.Id}: {started.Step.Because}",
        StepProgress progress when verbose => $"         {progress.Step}: {progress.Line.TrimEnd()}",
        StepEnded { Outcome.End: StepEnd.Unchanged or StepEnd.Skipped } when !verbose => null,
        StepEnded ended => $"{ReportText.Word(ended.Outcome.End),-8} {ended.Outcome.Step.Id}: {ended.Outcome.Detail} ({ReportText.Seconds(ended.Outcome.Elapsed)})",
        _ => null,
    };
}
