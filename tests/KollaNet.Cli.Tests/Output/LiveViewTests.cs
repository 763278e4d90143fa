using System.Text;
using KollaNet.Cli.Output;
using KollaNet.Engine.Running;
using Spectre.Console;

namespace KollaNet.Cli.Tests.Output;

public sealed class LiveViewTests : IDisposable
{
    private readonly DrawnText screen = new();

    public void Dispose() => screen.Dispose();

    [Fact]
    public async Task What_ended_stays_above_and_brackets_are_text()
    {
        string text = await ShowAsync(Events.Report(Events.Changed, Events.Unchanged, Events.Failed, Events.Skipped), width: 100);

        text.Should().Contain("notice   node1: [limits] were lowered").And.Contain("changed  node1: volume data: created (1.3 s)").And.Contain("FAILED   node1: container db: db did not start. (1.3 s)")
            .And.Contain("| [bold]out of memory[/]").And.Contain("deploy failed in 75.3 s").And.NotContain("as wanted");
    }

    [Theory]
    [InlineData(30)]
    [InlineData(60)]
    [InlineData(200)]
    public async Task Running_steps_take_one_line_each_however_narrow_the_terminal(int width)
    {
        string text = await ShowAsync(Events.Report(Events.Changed), width, async progress =>
        {
            progress.Report(new StepStarted(Events.Changed.Step) { At = Events.Noon });
            progress.Report(new StepProgress(Events.Changed.Step.Id, $"{new string('x', 300)}\r\nsecond") { At = Events.Noon });
            await screen.DrawnAsync("…");
        });

        string[] running = [.. text.Split('\n', '\r').Where(line => line.Contains("node1: volume", StringComparison.Ordinal))];
        running.Should().NotBeEmpty().And.OnlyContain(line => line.TrimEnd().Length <= width);
    }

    private async Task<string> ShowAsync(DeployReport report, int width, Func<IProgress<RunEvent>, Task>? work = null)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Interactive = InteractionSupport.Yes, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(screen) });
        console.Profile.Width = width;
        var view = new LiveView(console, screen, verbose: false);
        if (work is null) await view.ShowAsync("deploy", report);
        else
        {
            await view.ShowAsync("deploy", async progress =>
            {
                await work(progress);
                return report;
            });
        }

        return screen.ToString();
    }

    /// <summary>A screen that tells when something has been drawn on it.</summary>
    private sealed class DrawnText : TextWriter
    {
        private readonly StringBuilder text = new();
        private readonly List<(string Wanted, TaskCompletionSource Seen)> waiting = [];

        public override Encoding Encoding => Encoding.UTF8;

        public Task DrawnAsync(string wanted)
        {
            lock (text)
            {
                var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                waiting.Add((wanted, seen));
                return seen.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            }
        }

        public override void Write(char value) => Write(value.ToString());

        public override void Write(string? value)
        {
            lock (text)
            {
                text.Append(value);
                string all = text.ToString();
                foreach ((string wanted, TaskCompletionSource seen) in waiting.Where(one => all.Contains(one.Wanted, StringComparison.Ordinal))) seen.TrySetResult();
            }
        }

        public override string ToString()
        {
            lock (text) return text.ToString();
        }
    }
}
