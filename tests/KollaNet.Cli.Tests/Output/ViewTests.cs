using KollaNet.Cli.Output;
using KollaNet.Engine.Running;
using KollaNet.Engine.Steps;

namespace KollaNet.Cli.Tests.Output;

/// <summary>What each view writes about the same hand-made run.</summary>
public sealed class ViewTests
{
    private static readonly DeployReport Broken = Events.Report(Events.Changed, Events.Unchanged, Events.Failed, Events.Skipped, Events.AlsoSkipped);

    [Fact]
    public async Task Plain_lines_name_what_changed_and_failed_then_the_root_cause_and_the_numbers()
    {
        (await PlainAsync(Broken)).Should().Be("""
            notice   node1: [limits] were lowered
            changed  node1: volume data: created (1.3 s)
            FAILED   node1: container db: db did not start. (1.3 s)

            FAILED   node1: container db
              db did not start.
              Why:  its log ends:
                    | [bold]out of memory[/]
              Next: kollanet logs db
            skipped  2 steps because of node1: container db

            deploy failed in 75.3 s: 1 changed, 1 unchanged, 1 failed, 2 skipped

            """);
    }

    [Fact]
    public async Task Detail_shows_every_step_its_reason_and_what_it_says()
    {
        (await PlainAsync(Events.Report(Events.Changed, Events.Unchanged), verbose: true)).Should().Be("""
                     looking at what is there
            notice   node1: [limits] were lowered
            start    node1: volume data: is missing
                     node1: volume data: layer [1/2]
            changed  node1: volume data: created (1.3 s)
            start    node1: file /etc/kolla/db/db.cnf: is missing
            ok       node1: file /etc/kolla/db/db.cnf: as wanted (1.3 s)

            deploy succeeded in 75.3 s: 1 changed, 1 unchanged, 0 failed, 0 skipped
            time     db 2 min 30 s, web 0.5 s
            web      http://192.0.2.1:80
            log in   . /etc/kolla/admin-openrc.sh

            """);
    }

    [Fact]
    public async Task A_stopped_run_lists_what_was_not_done()
    {
        string text = await PlainAsync(Events.Report(Events.Changed, Events.Stopped) with { Cancelled = true });

        text.Should().EndWith("""
            skipped  1 step because the run was stopped; run the same command again to go on:
                     node1: container web

            deploy was stopped in 75.3 s: 1 changed, 0 unchanged, 0 failed, 1 skipped

            """);
    }

    [Fact]
    public async Task A_run_that_changed_nothing_says_so_and_names_no_times()
    {
        (await PlainAsync(Events.Report(Events.Unchanged) with { CredentialsWritten = false })).Should().EndWith("""

            deploy found nothing to change in 75.3 s: 0 changed, 1 unchanged, 0 failed, 0 skipped
            web      http://192.0.2.1:80
            log in   kollanet post-deploy writes the credentials

            """);
    }

    [Fact]
    public async Task A_plan_lists_changes_with_reasons_and_what_only_running_can_tell()
    {
        DeployReport plan = Events.Report() with
        {
            PlanOnly = true,
            Outlooks = [new PlannedStep(Events.Changed.Step, StepOutlook.WouldChange("is missing")), new PlannedStep(Events.Unchanged.Step, StepOutlook.Unchanged()), new PlannedStep(Events.Skipped.Step, StepOutlook.Unknown)],
        };

        (await PlainAsync(plan)).Should().EndWith("""
            change   node1: volume data: is missing
            check    node1: ready db: checked when running
            1 to change, 1 as wanted, 1 to be checked while running.

            """);
    }

    [Fact]
    public async Task Machines_get_one_object_per_event_and_the_recap_last()
    {
        using var output = new StringWriter();

        await new JsonView(output).ShowAsync("deploy", Broken);

        output.ToString().Should().Be("""
            {"event":"phase","at":"2026-03-01T12:00:00+00:00","phase":"looking at what is there"}
            {"event":"notice","at":"2026-03-01T12:00:00+00:00","text":"node1: [limits] were lowered"}
            {"event":"started","at":"2026-03-01T12:00:00+00:00","host":"node1","kind":"volume","subject":"data","service":"db","because":"is missing"}
            {"event":"progress","at":"2026-03-01T12:00:00+00:00","host":"node1","kind":"volume","subject":"data","line":"layer [1/2]\n"}
            {"event":"ended","at":"2026-03-01T12:00:00+00:00","host":"node1","kind":"volume","subject":"data","service":"db","because":"is missing","end":"Changed","detail":"created","seconds":1.25}
            {"event":"started","at":"2026-03-01T12:00:00+00:00","host":"node1","kind":"file","subject":"/etc/kolla/db/db.cnf","service":"db","because":"is missing"}
            {"event":"ended","at":"2026-03-01T12:00:00+00:00","host":"node1","kind":"file","subject":"/etc/kolla/db/db.cnf","service":"db","because":"is missing","end":"Unchanged","detail":"as wanted","seconds":1.25}
            {"event":"started","at":"2026-03-01T12:00:00+00:00","host":"node1","kind":"container","subject":"db","service":"db","because":"is missing"}
            {"event":"ended","at":"2026-03-01T12:00:00+00:00","host":"node1","kind":"container","subject":"db","service":"db","because":"is missing","end":"Failed","detail":"db did not start.","seconds":1.25,"what":"db did not start.","why":"its log ends:\n| [bold]out of memory[/]","next":"kollanet logs db"}
            {"event":"ended","at":"2026-03-01T12:00:00+00:00","host":"node1","kind":"ready","subject":"db","service":"db","because":"is missing","end":"Skipped","detail":"node1: container db failed","seconds":0}
            {"event":"ended","at":"2026-03-01T12:00:00+00:00","host":"node1","kind":"container","subject":"web","service":"db","because":"is missing","end":"Skipped","detail":"node1: container db failed","seconds":0}
            {"event":"recap","command":"deploy","succeeded":false,"changed":1,"unchanged":1,"failed":1,"skipped":2,"seconds":75.25,"endpoints":{"web":"http://192.0.2.1:80"}}

            """);
    }

    [Theory]
    [InlineData(false, false, 1)]
    [InlineData(true, false, 0)]
    [InlineData(true, true, 130)]
    public void The_exit_code_tells_success_failure_and_a_stop_apart(bool succeeds, bool cancelled, int expected) =>
        ExitCodes.Of((succeeds ? Events.Report(Events.Changed) : Broken) with { Cancelled = cancelled }).Should().Be(expected);

    private static async Task<string> PlainAsync(DeployReport report, bool verbose = false)
    {
        using var output = new StringWriter();
        await new PlainView(output, verbose).ShowAsync("deploy", report);
        return output.ToString();
    }
}
