using System.Collections.Immutable;
using System.Data.Common;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Planning;
using KollaNet.Engine.Running;
using KollaNet.Engine.Steps;

namespace KollaNet.Engine.Tests.Running;

public sealed class RunnerTests
{
    private readonly List<string> log = [];
    private readonly Recorder events = new();

    private static StepId Id(string name) => new("", "test", name);

    private TestStep Do(string name, Func<CancellationToken, Task<StepResult>>? work = null, params string[] after) => new TestStep(Id(name), [.. after.Select(Id)], async (_, cancel) =>
    {
        lock (log) log.Add(name);
        return work is null ? StepResult.Did("done") : await work(cancel);
    });

    private async Task<ImmutableArray<StepOutcome>> RunAsync(IEnumerable<Step> steps, int parallelism = 8, int retries = 0, CancellationToken? cancel = null)
    {
        using var on = new StepContext(new Dictionary<string, IHost>(), new HttpClient(), (_, _, _, _, _) => Task.FromException<DbConnection>(new InvalidOperationException()),
            new Redactor(["hunter2-hunter2"]), TimeProvider.System, (step, line) => events.Report(new StepProgress(step, line) { At = default }));
        return await new Runner(new StepRetry(retries, TimeSpan.FromMilliseconds(1), TimeProvider.System), TimeProvider.System, events).RunAsync(new Plan(steps, []), on, parallelism, cancel ?? TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_step_runs_after_those_it_waits_for_whatever_their_order()
    {
        ImmutableArray<StepOutcome> outcomes = await RunAsync([Do("c", null, "b"), Do("b", null, "a"), Do("a")]);

        log.Should().Equal("a", "b", "c");
        outcomes.Select(outcome => outcome.Step.Id.Subject).Should().Equal("a", "b", "c");
        outcomes.Should().OnlyContain(outcome => outcome.End == StepEnd.Changed);
    }

    [Fact]
    public async Task Independent_steps_run_at_the_same_time()
    {
        var both = new TaskCompletionSource();
        int here = 0;
        Task<StepResult> Meet(CancellationToken cancel) => Wait();
        async Task<StepResult> Wait()
        {
            if (Interlocked.Increment(ref here) == 2) both.SetResult();
            await both.Task.WaitAsync(TestContext.Current.CancellationToken);
            return StepResult.Unchanged();
        }

        (await RunAsync([Do("a", Meet), Do("b", Meet)], parallelism: 2)).Should().OnlyContain(outcome => outcome.End == StepEnd.Unchanged);
    }

    [Fact]
    public async Task No_more_steps_than_allowed_run_at_once()
    {
        int here = 0, most = 0;
        async Task<StepResult> Work(CancellationToken cancel)
        {
            int now = Interlocked.Increment(ref here);
            lock (log) most = Math.Max(most, now);
            await Task.Yield();
            Interlocked.Decrement(ref here);
            return StepResult.Unchanged();
        }

        await RunAsync(Enumerable.Range(0, 40).Select(number => Do($"s{number}", Work)), parallelism: 3);

        most.Should().BeInRange(1, 3);
        log.Should().HaveCount(40);
    }

    [Fact]
    public async Task A_failure_skips_what_needs_it_names_the_root_and_lets_the_rest_go_on()
    {
        ImmutableArray<StepOutcome> outcomes = await RunAsync([
            Do("bad", _ => throw new KollaNetException("It broke.", "password hunter2-hunter2 is wrong", "look")), Do("next", null, "bad"), Do("last", null, "next"), Do("other")]);

        outcomes.Select(outcome => (outcome.Step.Id.Subject, outcome.End)).Should().Equal(("bad", StepEnd.Failed), ("next", StepEnd.Skipped), ("last", StepEnd.Skipped), ("other", StepEnd.Changed));
        outcomes[0].Failure.Should().Be(new StepFailure("It broke.", "password *** is wrong", "look"));
        outcomes[2].BecauseOf.Should().Equal(Id("bad"));
        outcomes[2].Detail.Should().Be("test bad failed");
        events.Seen.OfType<StepEnded>().Should().HaveCount(4);
    }

    [Fact]
    public async Task Cancelling_lets_running_steps_end_and_starts_no_more()
    {
        using var cancel = new CancellationTokenSource();
        ImmutableArray<StepOutcome> outcomes = await RunAsync([Do("first", async _ =>
        {
            await cancel.CancelAsync();
            return StepResult.Did("ended cleanly");
        }), Do("second", null, "first")], cancel: cancel.Token);

        outcomes.Select(outcome => (outcome.End, outcome.Detail)).Should().Equal((StepEnd.Changed, "ended cleanly"), (StepEnd.Skipped, "the run was cancelled"));
        outcomes[1].BecauseOf.Should().BeEmpty();
    }

    [Fact]
    public async Task What_passes_by_itself_is_tried_again_and_what_does_not_is_not()
    {
        int passing = 0, lasting = 0;
        ImmutableArray<StepOutcome> outcomes = await RunAsync([
            Do("passing", _ => ++passing < 3 ? throw new HttpRequestException("reset") : Task.FromResult(StepResult.Did("ok"))),
            Do("lasting", _ => ++lasting < 3 ? throw new KollaNetException("No.", "never", null) : Task.FromResult(StepResult.Did("ok")))], retries: 3);

        outcomes.Select(outcome => outcome.End).Should().Equal(StepEnd.Changed, StepEnd.Failed);
        (passing, lasting).Should().Be((3, 1));
        events.Seen.OfType<StepProgress>().Select(happened => happened.Line).Should().Equal("reset; trying again", "reset; trying again");
    }

    [Fact]
    public void A_plan_refuses_circles_unknown_steps_and_namesakes()
    {
        FluentActions.Invoking(() => new Plan([Do("a", null, "b"), Do("b", null, "a")], [])).Should().Throw<ArgumentException>().WithMessage("'test a' waits for itself*");
        FluentActions.Invoking(() => new Plan([Do("a", null, "b")], [])).Should().Throw<ArgumentException>().WithMessage("'test a' waits for 'test b', which is no step*");
        FluentActions.Invoking(() => new Plan([Do("a"), Do("a")], [])).Should().Throw<ArgumentException>().WithMessage("two steps are named 'test a'*");
    }

    private sealed record TestStep(StepId Id, ImmutableArray<StepId> After, Func<StepContext, CancellationToken, Task<StepResult>> Work) : Step(Id, "tests", "of a test", After)
    {
        public override Task<StepResult> RunAsync(StepContext on, CancellationToken cancel) => Work(on, cancel);
    }

    private sealed class Recorder : IProgress<RunEvent>
    {
        private readonly Lock gate = new();

        public List<RunEvent> Seen { get; } = [];

        public void Report(RunEvent value)
        {
            lock (gate) Seen.Add(value);
        }
    }
}
