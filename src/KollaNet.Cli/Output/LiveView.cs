using KollaNet.Engine.Running;
using KollaNet.Engine.Steps;
using Spectre.Console;

namespace KollaNet.Cli.Output;

/// <summary>A terminal: running steps at the bottom with their host, time and last word; what ended moves up.</summary>
internal sealed class LiveView(IAnsiConsole console, TextWriter output, bool verbose) : IRunView
{
    private const int MostShown = 12;

    /// <summary>Spinner, time and the gaps between columns.</summary>
    private const int OtherColumns = 16;

    private readonly Lock gate = new();
    private readonly Dictionary<StepId, ProgressTask> running = [];
    private ProgressContext? progress;

    public async Task<DeployReport> ShowAsync(string title, Func<IProgress<RunEvent>, Task<DeployReport>> work)
    {
        DeployReport report = await console.Progress()
            .AutoClear(true).HideCompleted(true)
            .Columns(new SpinnerColumn(), new ElapsedTimeColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .StartAsync(async context =>
            {
                progress = context;
                return await work(this);
            });
        ReportText.Write(output, title, report);
        return report;
    }

    public void Report(RunEvent value)
    {
        lock (gate)
        {
            switch (value)
            {
                case NoticeRaised notice: console.MarkupLineInterpolated($"[yellow]notice[/]   {notice.Text}"); break;
                case StepStarted started: Start(started.Step); break;
                case StepProgress said: Say(said); break;
                case StepEnded ended: End(ended.Outcome); break;
                default: break;
            }
        }
    }

    private void Start(Step step)
    {
        if (progress is null || running.Count >= MostShown) return;
        ProgressTask task = progress.AddTask(Markup.Escape(Shortened(step.Id.ToString())));
        task.IsIndeterminate = true;
        running[step.Id] = task;
    }

    private void Say(StepProgress said)
    {
        if (verbose) console.MarkupLineInterpolated($"[grey]         {said.Step}: {said.Line.TrimEnd()}[/]");
        if (running.TryGetValue(said.Step, out ProgressTask? task)) task.Description = Markup.Escape(Shortened($"{said.Step}  {said.Line.Trim()}"));
    }

    private void End(StepOutcome outcome)
    {
        if (running.Remove(outcome.Step.Id, out ProgressTask? task)) task.StopTask();
        string? colour = outcome.End switch
        {
            StepEnd.Changed => "green",
            StepEnd.Failed => "red",
            StepEnd.Unchanged when verbose => "grey",
            _ => null,
        };
        if (colour is null) return;
        string line = Markup.Escape($"{outcome.Step.Id}: {outcome.Detail} ({ReportText.Seconds(outcome.Elapsed)})");
        console.MarkupLine($"[{colour}]{ReportText.Word(outcome.End),-8}[/] {line}");
    }

    /// <summary>A line that wraps would be drawn anew below itself with every tick.</summary>
    private string Shortened(string line)
    {
        string text = new([.. line.Select(letter => char.IsControl(letter) ? ' ' : letter)]);
        int room = Math.Max(10, console.Profile.Width - OtherColumns);
        return text.Length <= room ? text : text[..(room - 1)] + "…";
    }
}
