using KollaNet.Engine.Containers;
using KollaNet.Engine.Containers.Memory;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Planning;
using KollaNet.Engine.Running;
using KollaNet.Engine.Tests.Planning;
using KollaNet.Engine.Tests.Site;

namespace KollaNet.Engine.Tests.Checks;

/// <summary>What a container depends on is tried with what it is about to get, before anything about it changes.</summary>
public sealed class PreflightTests : IDisposable
{
    private readonly TinySite site = new();
    private readonly List<ContainerSpec> tried = [];
    private readonly List<string> seen = [];
    private ContainerBehaviour answer = new() { ExitCode = 0, Log = ["store a: works"] };

    public PreflightTests()
    {
        site.Folder.Write("templates/web/service.yml", TinySite.Web.Replace("environment: {TZ", "preflight: {command: [webd, try], without: {store: [--skip, store]}, when: \"{{ time_zone != 'none' }}\"}\n    environment: {TZ", StringComparison.Ordinal));
        Func<ContainerSpec, ContainerBehaviour> usual = site.Behaviour;
        site.Behaviour = spec =>
        {
            if (!spec.Name.EndsWith("_preflight", StringComparison.Ordinal)) return usual(spec);
            tried.Add(spec);
            seen.AddRange(site.Host.Paths.Where(path => path.Contains("preflight", StringComparison.Ordinal)).Select(path => $"{path}: {Text(path)}"));
            return answer;
        };
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => site.Dispose();

    [Fact]
    public async Task It_comes_before_the_files_and_after_all_that_the_container_needs()
    {
        (await site.PlanAsync()).ToString().Should().Be("""
            change  node1: file /etc/tiny/store/.kollanet-files: lists the files that are ours
            change  node1: file /etc/tiny/store/store.conf: is missing
            change  node1: volume store_data: is missing
            change  node1: job bootstrap_store: has not run yet
            change  node1: container store: is missing
            check   node1: ready store: must be running
            change  node1: volume web_cache: is missing
            check   node1: preflight web: tried before anything about it changes
            change  node1: file /etc/tiny/web/.kollanet-files: lists the files that are ours
            change  node1: file /etc/tiny/web/web.conf: is missing
            change  node1: container web: is missing
            check   node1: ready web: must serve

            """);
    }

    [Fact]
    public async Task It_runs_in_a_twin_with_the_new_files_and_the_real_volumes_and_leaves_nothing()
    {
        (await site.RunAsync()).Succeeded.Should().BeTrue();

        ContainerSpec twin = tried.Should().ContainSingle().Which;
        twin.Command!.Value.Skip(3).Should().Equal("preflight", "webd", "try");
        twin.Mounts.Should().Equal(new Mount("/run/kollanet-preflight/kolla/web", "/config", "ro"), new Mount("web_cache", "/cache"));
        twin.NetworkMode.Should().Be("host");
        seen.Should().Equal("/run/kollanet-preflight/kolla/web/web.conf: [DEFAULT]\ngreeting = hello\nkey = s3cret-of-web\n");
        site.Host.Paths.Should().NotContain(path => path.Contains("preflight", StringComparison.Ordinal));
        (await site.StatesAsync()).Keys.Should().Equal("bootstrap_store", "store", "web");

        (await site.RunAsync()).HasChanges.Should().BeFalse();
        tried.Should().ContainSingle("what did not change is not tried again");
    }

    [Fact]
    public async Task One_that_fails_leaves_files_and_container_as_they_were_and_says_why()
    {
        await site.RunAsync();
        string before = await SnapshotAsync();
        answer = new ContainerBehaviour { ExitCode = 1, Log = ["store a: cannot be written.", "  Why:  s3cret-of-web is refused"] };
        site.Globals("greeting: goodbye");

        DeployReport report = await site.RunAsync(DeployAction.Reconfigure);

        report.Succeeded.Should().BeFalse();
        StepFailure failure = report.Failures.Should().ContainSingle().Which.Failure!;
        failure.What.Should().Be("web on node1 would not be able to work as it is configured now.");
        failure.Why.Should().Be("store a: cannot be written.\n  Why:  *** is refused");
        failure.Next.Should().Contain("as they were");
        (await SnapshotAsync()).Should().Be(before);

        answer = new ContainerBehaviour { ExitCode = 0 };
        (await site.RunAsync(DeployAction.Reconfigure)).Succeeded.Should().BeTrue();
        Text("/etc/tiny/web/web.conf").Should().Contain("goodbye");
    }

    [Fact]
    public async Task It_is_made_again_when_the_image_is_new_and_not_when_the_site_wants_none()
    {
        await site.RunAsync();
        site.Engine.AddImage("tiny/web:1");
        (await site.PlanAsync()).Steps.Should().Contain(step => step.Id.Kind == "preflight");

        site.Globals("time_zone: none");
        (await site.PlanAsync()).Steps.Should().NotContain(step => step.Id.Kind == "preflight");
        (await site.Engine.StopContainerAsync("web", TimeSpan.Zero, Cancel)).Should().BeTrue();
    }

    [Fact]
    public async Task A_container_that_is_only_started_comes_up_with_what_it_was_tried_with()
    {
        await site.RunAsync();
        await site.Engine.StopContainerAsync("web", TimeSpan.Zero, Cancel);

        (await site.PlanAsync()).Steps.Should().NotContain(step => step.Id.Kind == "preflight");
    }

    [Fact]
    public async Task Prechecks_before_a_first_deployment_leave_out_what_is_not_up_and_leave_nothing_behind()
    {
        CheckReport report = await PrecheckAsync();

        report.Succeeded.Should().BeTrue();
        report.Checks.Single(check => check.Subject == "preflight of web").Message.Should().Be("store a: works; what needs store is tried by the deployment, once that serves");
        tried.Should().ContainSingle().Which.Command!.Value.Skip(3).Should().Equal("preflight", "webd", "try", "--skip", "store");
        tried[0].Mounts.Should().Contain(new Mount("web_preflight_1", "/cache"), "the volume is not there yet");
        (await site.Engine.ListVolumesAsync(null, Cancel)).Should().BeEmpty();
        (await site.StatesAsync()).Should().BeEmpty();
        site.Host.Paths.Should().BeEmpty();
    }

    [Fact]
    public async Task Prechecks_of_a_change_try_everything_and_tell_what_fails()
    {
        await site.RunAsync();
        tried.Clear();
        answer = new ContainerBehaviour { ExitCode = 1, Log = ["store a: cannot be written."] };
        (await PrecheckAsync()).Checks.Should().NotContain(check => check.Subject.StartsWith("preflight", StringComparison.Ordinal), "nothing is about to change");
        site.Globals("greeting: goodbye");
        string before = await SnapshotAsync();

        CheckReport report = await PrecheckAsync();

        Check failed = report.Checks.Single(check => check.Result == CheckResult.Failed);
        (failed.Host, failed.Subject, failed.Message).Should().Be(("node1", "preflight of web", "store a: cannot be written."));
        tried.Should().ContainSingle().Which.Command!.Value.Skip(3).Should().Equal("preflight", "webd", "try");
        (await SnapshotAsync()).Should().Be(before);
    }

    [Fact]
    public async Task Prechecks_ask_the_guards_too()
    {
        site.Folder.Write("templates/web/service.yml", TinySite.Web.Replace("environment: {TZ", "guards: [[guardian]]\n    environment: {TZ", StringComparison.Ordinal));
        await site.RunAsync();
        site.Exec = (_, command) => command[0] == "guardian" ? new JobResult(1, ["3 things live in hello"]) : new JobResult(0, []);
        site.Globals("greeting: goodbye");

        CheckReport report = await PrecheckAsync();

        report.Checks.Single(check => check.Result == CheckResult.Failed).Message.Should().Be("web on node1: 3 things live in hello");
    }

    [Fact]
    public async Task A_volume_that_cannot_be_mounted_is_told_as_the_engine_tells_it()
    {
        await site.RunAsync();
        site.Globals("greeting: goodbye");
        await site.Engine.CreateContainerAsync(new ContainerSpec { Name = "web_preflight", Image = "tiny/web:1" }, Cancel);

        DeployReport report = await site.RunAsync();

        report.Failures.Single().Failure!.Why.Should().Be("Container web_preflight is in the way. it was made by somebody else");
    }

    [Fact]
    public void A_service_that_the_preflight_names_has_to_be_one_that_is_waited_for()
    {
        site.Folder.Write("templates/web/service.yml", TinySite.Web.Replace("environment: {TZ", "preflight: {command: [webd], without: {stone: [--skip]}}\n    environment: {TZ", StringComparison.Ordinal));

        site.Folder.Read().Problems.Should().ContainSingle().Which.Problem.Should().Be("preflight: without: 'stone' is not one of the services in 'after'; did you mean 'store'?");
    }

    [Fact]
    public void The_image_service_leaves_out_the_stores_of_services_that_do_not_serve_yet()
    {
        using var real = new SiteFolder().AllPasswords();
        real.Write("etc/globals.yml", "network_interface: eth0\nenable_swift_s3api: \"yes\"\n");
        DesiredState desired = DesiredState.Of(real.Read(), new Dictionary<string, HostFacts> { ["node1"] = SiteFolder.FactsOf("node1", "10.0.0.1") });

        DesiredPreflight preflight = desired.Containers.Single(container => container.Role == "glance_api").Preflight!;

        preflight.Command.Should().Equal("kollanet-image", "stores", "test");
        preflight.Without["swift"].Should().Equal("--skip", "swift,s3");
        preflight.Without["ceph"].Should().Equal("--skip", "rbd");
    }

    private Task<CheckReport> PrecheckAsync() => site.Deployment().PrecheckAsync(site.Request, Cancel);

    private string Text(string path) => System.Text.Encoding.UTF8.GetString(site.Host.File(path).Content.AsSpan());

    private async Task<string> SnapshotAsync() => string.Join('\n', site.Host.Paths.Select(path => $"{path}: {Text(path)}").Concat(
        (await site.Engine.ListContainersAsync(null, Cancel)).Select(container => $"{container.Name} {container.Id} {container.State} {container.StartedAt:O}")));
}
