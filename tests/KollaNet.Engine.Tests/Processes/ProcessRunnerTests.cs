using System.Collections.Immutable;
using System.Text;
using KollaNet.Engine.Processes;

namespace KollaNet.Engine.Tests.Processes;

public sealed class ProcessRunnerTests
{
    private static readonly ProcessRunner Runner = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static ProcessRequest Shell(string script, params string[] arguments) => new("sh", ["-c", script, "sh", .. arguments]);

    [Fact]
    public async Task Both_outputs_and_the_exit_code_come_back_apart()
    {
        (await Runner.RunAsync(Shell("echo out; echo err >&2; exit 3"), Cancel)).Should().Be(new ProcessResult(3, "out\n", "err\n", false));
    }

    [Fact]
    public async Task Arguments_arrive_as_they_are()
    {
        ProcessResult result = await Runner.RunAsync(Shell("""printf '<%s>' "$@" """, "a b", "", "$HOME", "\"'", "*"), Cancel);

        result.Output.Should().Be("<a b><><$HOME><\"'><*>");
    }

    [Fact]
    public async Task Input_and_environment_reach_the_program()
    {
        ProcessRequest request = Shell("cat; echo \"$GREETING\"") with
        {
            Input = async (input, cancel) => await input.WriteAsync("häj\n"u8.ToArray(), cancel),
            Environment = ImmutableSortedDictionary<string, string>.Empty.Add("GREETING", "hello"),
        };

        (await Runner.RunAsync(request, Cancel)).Output.Should().Be("häj\nhello\n");
    }

    [Fact]
    public async Task Without_input_a_reader_sees_the_end_at_once() =>
        (await Runner.RunAsync(new ProcessRequest("cat", []), Cancel)).ExitCode.Should().Be(0);

    [Fact]
    public async Task A_program_that_does_not_read_its_input_ends_all_the_same()
    {
        byte[] much = new byte[4 * 1024 * 1024];

        ProcessResult result = await Runner.RunAsync(Shell("exit 5") with { Input = async (input, cancel) => await input.WriteAsync(much, cancel) }, Cancel);

        result.ExitCode.Should().Be(5);
    }

    [Fact]
    public async Task Input_that_never_ends_does_not_outlive_the_program()
    {
        ProcessResult result = await Runner.RunAsync(Shell("exit 6") with { Input = (_, ended) => Task.Delay(Timeout.Infinite, ended) }, Cancel);

        result.ExitCode.Should().Be(6);
    }

    [Fact]
    public async Task Much_output_on_both_sides_neither_blocks_nor_fills_the_memory()
    {
        ProcessRequest request = Shell("head -c 20000000 /dev/zero | tr '\\0' 'o'; head -c 20000000 /dev/zero | tr '\\0' 'e' >&2; echo end") with { MaxCapturedCharacters = 1000 };

        ProcessResult result = await Runner.RunAsync(request, Cancel);

        result.IsTruncated.Should().BeTrue();
        result.Output.Should().HaveLength(1000).And.EndWith("ooo" + "end\n");
        result.Error.Should().HaveLength(1000).And.EndWith("eee");
    }

    [Fact]
    public async Task Cancelling_kills_the_program_and_its_children()
    {
        string file = Path.GetTempFileName();
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task<ProcessResult> running = Runner.RunAsync(Shell("""sleep 600 & echo "$! $$" >"$1"; wait""", file), stop.Token);
        string pids;
        while (!(pids = await File.ReadAllTextAsync(file, Cancel)).EndsWith('\n')) await Task.Delay(10, Cancel);

        await stop.CancelAsync();

        await running.Invoking(task => task).Should().ThrowAsync<OperationCanceledException>();
        foreach (string pid in pids.Split(' ', StringSplitOptions.TrimEntries)) await UntilGoneAsync(pid);
        File.Delete(file);
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_named()
    {
        Func<Task> run = () => Runner.RunAsync(new ProcessRequest("no-such-program", []), Cancel);

        ProcessStartException failure = (await run.Should().ThrowAsync<ProcessStartException>()).Which;
        failure.What.Should().Be("no-such-program could not be started.");
        failure.Why.Should().Contain("No such file");
    }

    [Fact]
    public async Task A_program_ended_by_a_signal_has_an_exit_code_above_128() =>
        (await Runner.RunAsync(Shell("kill -9 $$"), Cancel)).ExitCode.Should().Be(137);

    /// <summary>A killed child may stay as a zombie until whoever inherits it takes notice.</summary>
    private static async Task UntilGoneAsync(string pid)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        deadline.CancelAfter(TimeSpan.FromSeconds(30));
        while (File.Exists($"/proc/{pid}/stat") && !(await StatAsync(pid, deadline.Token)).Contains(") Z ", StringComparison.Ordinal)) await Task.Delay(10, deadline.Token);
    }

    private static async Task<string> StatAsync(string pid, CancellationToken cancel)
    {
        try
        {
            return Encoding.UTF8.GetString(await File.ReadAllBytesAsync($"/proc/{pid}/stat", cancel));
        }
        catch (IOException)
        {
            return ") Z ";
        }
    }
}
