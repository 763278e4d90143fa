using System.Collections.Immutable;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Running;
using KollaNet.Engine.Steps;
using KollaNet.Engine.Tests.Planning;
using KollaNet.Engine.Tests.Site;

namespace KollaNet.Engine.Tests.Running;

public sealed class DeploymentTests : IDisposable
{
    private readonly TinySite site = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => site.Dispose();

    [Fact]
    public async Task A_second_deployment_changes_and_restarts_nothing_but_still_checks()
    {
        await site.RunAsync();
        ImmutableArray<ObservedContainer> before = await site.Engine.ListContainersAsync(null, Cancel);

        DeployReport second = await site.RunAsync();

        second.Recap.Should().Be(new Recap(Changed: 0, Unchanged: 5, Failed: 0, Skipped: 0));
        (await site.Engine.ListContainersAsync(null, Cancel)).Select(container => (container.Id, container.StartedAt)).Should().Equal(before.Select(container => (container.Id, container.StartedAt)));
    }

    [Fact]
    public async Task A_plan_changes_nothing_and_tells_what_would_change()
    {
        DeployReport planned = await site.RunAsync(planOnly: true);

        planned.HasChanges.Should().BeTrue();
        planned.Outlooks.Where(step => step.Outlook.Kind == StepOutlookKind.Unknown).Select(step => $"{step.Step.Id}: {step.Outlook.Detail}").Should().Equal("node1: ready store: checked when running", "node1: ready web: checked when running");
        (await site.StatesAsync()).Should().BeEmpty();
        site.Host.Paths.Should().BeEmpty();
        await site.RunAsync();
        (await site.RunAsync(planOnly: true)).Outlooks.Should().OnlyContain(step => step.Outlook.Kind == StepOutlookKind.Unchanged);
    }

    [Fact]
    public async Task A_missing_image_is_named_with_the_command_that_makes_it()
    {
        await site.Engine.RemoveImageAsync("tiny/web:1", Cancel);

        DeployReport report = await site.RunAsync();

        StepFailure failure = report.Failures.Single().Failure!;
        failure.What.Should().Be("Image tiny/web:1 is not on this host.");
        failure.Next.Should().Contain("kollanet build");
        (await site.StatesAsync()).Should().Contain("store", "running").And.NotContainKey("web");
    }

    [Fact]
    public async Task A_container_that_dies_shows_its_code_and_last_words()
    {
        var works = site.Behaviour;
        site.Behaviour = spec => spec.Name == "web" ? new() { ExitCode = 137, OutOfMemory = true, Log = ["loading", "too much"] } : works(spec);

        StepFailure failure = (await site.RunAsync()).Failures.Single().Failure!;

        failure.What.Should().Be("web on node1 does not stay up.");
        failure.Why.Should().Be("it is exited (code 137, out of memory). Its log ends:\n| loading\n| too much");
        failure.Next.Should().StartWith("kollanet logs web");
    }

    [Fact]
    public async Task Stopping_goes_backwards_and_a_deployment_starts_again()
    {
        await site.RunAsync();
        site.Events.Clear();

        DeployReport stopped = await site.RunAsync(DeployAction.Stop);

        site.Events.OfType<StepStarted>().Select(started => started.Step.Id.Subject).Should().Equal("web", "store");
        (await site.StatesAsync()).Values.Should().OnlyContain(state => state == "exited");
        stopped.Succeeded.Should().BeTrue();
        (await site.RunAsync()).Outcomes.Where(outcome => outcome.End == StepEnd.Changed).Select(outcome => outcome.Step.Id.Subject).Should().Equal("store", "web");
    }

    [Fact]
    public async Task Destroying_removes_what_is_ours_and_nothing_else()
    {
        await site.RunAsync();
        await site.Engine.CreateContainerAsync(new ContainerSpec { Name = "stranger", Image = "tiny/web:1" }, Cancel);
        await site.Engine.CreateVolumeAsync("strangers_data", ImmutableSortedDictionary<string, string>.Empty, ImmutableSortedDictionary<string, string>.Empty, Cancel);
        await site.Host.WriteAsync(new HostFile("/etc/tiny/web/mine.txt", [], UnixFileMode.UserRead, "root", "root", false), Cancel);

        DeployReport destroyed = await site.RunAsync(DeployAction.Destroy);

        destroyed.Succeeded.Should().BeTrue();
        (await site.StatesAsync()).Keys.Should().Equal("stranger");
        (await site.Engine.ListVolumesAsync(null, Cancel)).Select(volume => volume.Name).Should().Equal("strangers_data");
        site.Host.Paths.Should().Equal("/etc/tiny/web/mine.txt");
        (await site.Engine.FindImageAsync("tiny/web:1", Cancel)).Should().NotBeNull();
        (await site.RunAsync(DeployAction.Destroy)).Plan.Steps.Should().BeEmpty();
    }

    [Fact]
    public async Task A_volume_that_a_stranger_made_is_used_but_never_removed()
    {
        await site.Engine.CreateVolumeAsync("web_cache", ImmutableSortedDictionary<string, string>.Empty, ImmutableSortedDictionary<string, string>.Empty, Cancel);
        await site.RunAsync();

        await site.RunAsync(DeployAction.Destroy);

        (await site.Engine.ListVolumesAsync(null, Cancel)).Select(volume => volume.Name).Should().Equal("web_cache");
    }

    [Fact]
    public async Task Configuration_alone_touches_no_container()
    {
        (await site.RunAsync(DeployAction.GenConfig)).Succeeded.Should().BeTrue();

        site.Host.Paths.Should().Contain("/etc/tiny/web/web.conf");
        (await site.StatesAsync()).Should().BeEmpty();
        (await site.RunAsync(DeployAction.GenConfig)).Plan.Steps.Should().BeEmpty();
    }

    [Fact]
    public async Task Containers_alone_touch_no_file()
    {
        await site.RunAsync();
        site.Globals("greeting: good day\ntime_zone: Europe/Berlin");

        DeployReport report = await site.RunAsync(DeployAction.DeployContainers);

        report.Outcomes.Where(outcome => outcome.End == StepEnd.Changed).Select(outcome => outcome.Step.Id.ToString()).Should().Equal("node1: container web");
        System.Text.Encoding.UTF8.GetString(site.Host.File("/etc/tiny/web/web.conf").Content.AsSpan()).Should().Contain("hello");
    }

    [Fact]
    public async Task Prechecks_name_a_taken_port_a_missing_image_and_a_stranger_at_once()
    {
        site.Folder.Write("templates/web/service.yml", TinySite.Web.Replace("ready:", "listens: [\"10.0.0.1:8080\"]\n    ready:", StringComparison.Ordinal));
        site.Host.Facts = site.Host.Facts with { ListeningPorts = ["0.0.0.0:8080"] };
        await site.Engine.CreateContainerAsync(new ContainerSpec { Name = "store", Image = "tiny/web:1" }, Cancel);
        await site.Engine.RemoveImageAsync("tiny/store:1", Cancel);

        CheckReport report = await site.Deployment().PrecheckAsync(site.Request, Cancel);

        report.Checks.Where(check => check.Result == CheckResult.Failed).Select(check => $"{check.Subject}: {check.Message}").Should().Equal(
            "image tiny/store:1: is missing", "port 10.0.0.1:8080: web on node1 needs 10.0.0.1:8080, but something else listens on 0.0.0.0:8080", "container store: has a name that we need, but was made by somebody else");
    }

    [Fact]
    public async Task Status_and_logs_show_what_is_there()
    {
        var works = site.Behaviour;
        site.Behaviour = spec => works(spec) with { Log = [$"{spec.Name} says s3cret-of-web"] };
        await site.RunAsync();
        site.Engine.Crash("store", 2);

        StatusReport status = await site.Deployment().StatusAsync(site.Request, Cancel);
        status.Containers.Select(container => $"{container.Service} {container.Name} {container.State} {container.Detail}").Should().Equal("store store exited exited (code 2)", "web web running ");
        status.AllWell.Should().BeFalse();

        var lines = new List<LogLine>();
        await foreach (LogLine line in site.Deployment().LogsAsync(site.Request, "web", false, 10, Cancel)) lines.Add(line);
        lines.Should().Equal(new LogLine("node1", "web", "web says ***"));
        (await FluentActions.Awaiting(async () =>
        {
            await foreach (LogLine line in site.Deployment().LogsAsync(site.Request, "wed", false, 10, Cancel)) lines.Add(line);
        }).Should().ThrowAsync<KollaNetException>()).Which.Next.Should().Be("one of: bootstrap_store, store, web");
    }

    [Theory]
    [InlineData("yes", "export OS_AUTH_URL='http://10.0.0.1:5000'")]
    [InlineData("no", "export OS_AUTH_TYPE='http_basic'")]
    public async Task Credentials_are_written_once_and_for_the_owner_only(string keystone, string line)
    {
        using SiteFolder folder = new SiteFolder().AllPasswords().Globals($"network_interface: eth0\nenable_keystone: \"{keystone}\"");
        var deployment = new Deployment(_ => new MemoryHost("node1", SiteFolder.FactsOf("node1", "10.0.0.1"), site.Engine), TimeProvider.System);
        Engine.Site.SiteRequest request = folder.Read().Request;

        ImmutableArray<WrittenFile> files = await deployment.PostDeployAsync(request, Cancel);

        files.Select(file => Path.GetFileName(file.Path)).Should().Equal("admin-openrc.sh", "clouds.yaml");
        files.Should().OnlyContain(file => file.Changed && File.GetUnixFileMode(file.Path) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        (await File.ReadAllTextAsync(files[0].Path, Cancel)).Should().Contain(line);
        (await deployment.PostDeployAsync(request, Cancel)).Should().OnlyContain(file => !file.Changed);
    }
}
