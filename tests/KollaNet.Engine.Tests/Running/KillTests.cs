using System.Reflection;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Running;
using KollaNet.Engine.Tests.Planning;

namespace KollaNet.Engine.Tests.Running;

/// <summary>A deployment that is killed around any one change, and started again, ends where an undisturbed one does.</summary>
public sealed class KillTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Killed_before_or_after_any_change_of_a_first_deployment_a_rerun_heals(bool after)
    {
        string[] wanted = await StateAfterAsync(static _ => Task.CompletedTask);
        int changes = 0;
        for (int kill = 1; ; kill++)
        {
            bool killed = false;
            string[] state = await StateAfterAsync(async site =>
            {
                var guillotine = new Guillotine(kill, after);
                (changes, killed) = await RunUntilKilledAsync(site, guillotine);
            });
            state.Should().Equal(wanted, $"the run was killed {(after ? "after" : "before")} change {kill}");
            if (!killed) break;
        }
        changes.Should().BeGreaterThan(8);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Killed_before_or_after_any_change_of_a_reconfiguration_a_rerun_heals(bool after)
    {
        const string Changed = "time_zone: Europe/Berlin\ngreeting: good day\n";
        string[] wanted = await StateAfterAsync(static site => Task.CompletedTask, Changed);
        for (int kill = 1; ; kill++)
        {
            bool killed = false;
            string[] state = await StateAfterAsync(async site =>
            {
                await site.RunAsync();
                site.Globals(Changed);
                (_, killed) = await RunUntilKilledAsync(site, new Guillotine(kill, after));
            }, Changed);
            state.Should().Equal(wanted, $"the run was killed {(after ? "after" : "before")} change {kill}");
            if (!killed) break;
            kill.Should().BeLessThan(50);
        }
    }

    [Fact]
    public async Task A_bootstrap_that_fails_once_runs_again_and_the_rest_follows()
    {
        using var site = new TinySite();
        var works = site.Behaviour;
        site.Behaviour = spec => spec.Name == "bootstrap_store" ? new() { ExitCode = 3, Log = ["no space left"] } : works(spec);

        DeployReport failed = await site.RunAsync();

        failed.Failures.Single().Failure!.Why.Should().Be("it exited with code 3. Its log ends:\n| no space left");
        failed.Outcomes.Where(outcome => outcome.End == StepEnd.Skipped).Select(outcome => (outcome.Step.Id.ToString(), outcome.Detail)).Should().Equal(
            ("node1: container store", "node1: job bootstrap_store failed"), ("node1: ready store", "node1: job bootstrap_store failed"),
            ("node1: container web", "node1: job bootstrap_store failed"), ("node1: ready web", "node1: job bootstrap_store failed"));

        site.Behaviour = works;
        DeployReport healed = await site.RunAsync();
        healed.Succeeded.Should().BeTrue();
        healed.Outcomes.Where(outcome => outcome.End == StepEnd.Changed).Select(outcome => outcome.Step.Id.ToString()).Should().Equal("node1: job bootstrap_store", "node1: container store", "node1: container web");
    }

    private static async Task<(int Changes, bool Killed)> RunUntilKilledAsync(TinySite site, Guillotine guillotine)
    {
        var host = new GuardedHost(site.Host, guillotine.Around(site.Host.Containers), guillotine.Around(site.Host.Files));
        var deployment = new Deployment(_ => host, TimeProvider.System);
        await deployment.DeployAsync(new DeployRequest { Site = site.Request, Parallelism = 1 }, TestContext.Current.CancellationToken);
        return (guillotine.Seen, guillotine.Fell);
    }

    /// <summary>Disturbs a deployment, deploys once more, checks that a third run finds nothing to do, and describes what is there.</summary>
    private static async Task<string[]> StateAfterAsync(Func<TinySite, Task> disturbed, string? globals = null)
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        using var site = new TinySite();
        await disturbed(site);
        if (globals is not null) site.Globals(globals);
        DeployReport healed = await site.RunAsync();
        healed.Succeeded.Should().BeTrue(string.Join('\n', healed.Failures.Select(failure => failure.Failure)));
        DeployReport third = await site.RunAsync();
        third.HasChanges.Should().BeFalse(string.Join('\n', third.Outcomes.Where(outcome => outcome.End == StepEnd.Changed).Select(outcome => $"{outcome.Step.Id}: {outcome.Detail}")));
        return [.. (await site.Engine.ListContainersAsync(null, cancel)).Select(container => $"{container.Name} {container.State} {container.ExitCode} {container.Labels["kollanet_spec"]} {container.Labels.GetValueOrDefault("kollanet_config")}"),
            .. (await site.Engine.ListVolumesAsync(null, cancel)).Select(volume => volume.Name), .. site.Host.Paths];
    }

    /// <summary>Lets changes through up to one; that one and everything after it fails.</summary>
    private sealed class Guillotine(int at, bool after)
    {
        private static readonly string[] Verbs = ["Create", "Start", "Stop", "Restart", "Remove", "RunToEnd", "Write", "Delete"];

        public int Seen { get; private set; }

        public bool Fell => Seen >= at;

        public T Around<T>(T inner) where T : class
        {
            T proxy = DispatchProxy.Create<T, Blade>();
            ((Blade)(object)proxy).Setup(this, inner);
            return proxy;
        }

        public object? Pass(MethodInfo method, object inner, object?[]? arguments)
        {
            if (Verbs.Any(verb => method.Name.StartsWith(verb, StringComparison.Ordinal)))
            {
                Seen++;
                if (Seen == at && after) Complete((Task)method.Invoke(inner, arguments)!);
            }
            return Fell ? throw new InvalidOperationException("killed") : method.Invoke(inner, arguments);
        }

#pragma warning disable xUnit1031 // Everything in memory ends at once.
        private static void Complete(Task work) => work.GetAwaiter().GetResult();
#pragma warning restore xUnit1031
    }

    public class Blade : DispatchProxy
    {
        private Func<MethodInfo, object?[]?, object?>? pass;

        internal void Setup(object guillotine, object inner) => pass = (method, arguments) => ((Guillotine)guillotine).Pass(method, inner, arguments);

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => pass!(targetMethod!, args);
    }

    private sealed class GuardedHost(MemoryHost inner, IContainerEngine engine, IHostFiles files) : IHost
    {
        public string Name => inner.Name;

        public IContainerEngine Containers => engine;

        public IHostFiles Files => files;

        public Task<CommandResult> RunScriptAsync(string script, CancellationToken cancel) => inner.RunScriptAsync(script, cancel);

        public Task<HostFacts> FactsAsync(CancellationToken cancel) => inner.FactsAsync(cancel);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
