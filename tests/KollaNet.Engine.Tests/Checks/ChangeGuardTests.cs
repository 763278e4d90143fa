using KollaNet.Engine.Checks;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Containers.Memory;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Planning;
using KollaNet.Engine.Running;
using KollaNet.Engine.Tests.Planning;
using KollaNet.Engine.Tests.Site;

namespace KollaNet.Engine.Tests.Checks;

/// <summary>A service is asked before it is changed, and what it refuses does not happen.</summary>
public sealed class ChangeGuardTests : IDisposable
{
    private readonly TinySite site = new();
    private readonly List<string> asked = [];

    public ChangeGuardTests() => Guard("""[guardian, --keep, "{{ rendered['web.conf'].DEFAULT.greeting }}"]""");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => site.Dispose();

    [Fact]
    public async Task A_first_deployment_and_one_that_changes_nothing_ask_nobody()
    {
        Answer(new JobResult(1, ["never"]));

        (await site.RunAsync()).Succeeded.Should().BeTrue();
        (await site.RunAsync()).HasChanges.Should().BeFalse();

        asked.Should().BeEmpty();
    }

    [Theory]
    [InlineData(DeployAction.Deploy, false)]
    [InlineData(DeployAction.Deploy, true)]
    [InlineData(DeployAction.Reconfigure, false)]
    [InlineData(DeployAction.DeployContainers, false)]
    [InlineData(DeployAction.GenConfig, false)]
    public async Task What_the_guard_refuses_changes_nothing(DeployAction action, bool planOnly)
    {
        await site.RunAsync();
        string before = Snapshot();
        Answer(new JobResult(1, ["3 things (s3cret-of-web) live in hello", ""]));
        site.Globals("greeting: goodbye");

        ChangeRefusedException refusal = (await FluentActions.Awaiting(() => site.RunAsync(action, planOnly)).Should().ThrowAsync<ChangeRefusedException>()).Which;

        refusal.Reasons.Should().Equal("web on node1: 3 things (***) live in hello");
        refusal.Next.Should().Contain("globals.yml");
        asked.Should().Equal("web: guardian --keep goodbye");
        Snapshot().Should().Be(before);
    }

    [Fact]
    public async Task What_it_says_when_it_agrees_becomes_a_notice()
    {
        await site.RunAsync();
        Answer(new JobResult(0, ["hello holds 3 things"]));
        site.Globals("greeting: goodbye");

        DeployReport plan = await site.RunAsync(planOnly: true), done = await site.RunAsync();

        plan.Notices.Should().Contain("web on node1: hello holds 3 things");
        done.Succeeded.Should().BeTrue();
        done.Notices.Should().Contain("web on node1: hello holds 3 things");
    }

    [Fact]
    public async Task With_consent_a_refusal_is_a_notice_too()
    {
        await site.RunAsync();
        Answer(new JobResult(2, []));
        site.Globals("greeting: goodbye");

        DeployReport report = await site.Deployment().DeployAsync(new DeployRequest { Site = site.Request, AcceptDataMove = true }, Cancel);

        report.Succeeded.Should().BeTrue();
        report.Notices.Should().Contain("web on node1: guardian ended with code 2 and says nothing");
    }

    [Theory]
    [InlineData("stopped")]
    [InlineData("removed")]
    [InlineData("outdated")]
    public async Task What_does_not_run_or_is_too_old_to_answer_is_asked_in_a_throwaway_container_with_the_files_from_before(string state)
    {
        site.Folder.Write("templates/web/service.yml", Guarded("[guardian]") + "\njobs: {bootstrap_web: {container: web, run: before, environment: {BOOTSTRAP: \"\"}}}\n");
        await site.RunAsync();
        if (state == "stopped") await site.Engine.StopContainerAsync("web", TimeSpan.Zero, Cancel);
        else if (state == "removed") await site.Engine.RemoveContainerAsync("web", Cancel);
        else site.Engine.AddImage("tiny/web:1");
        site.Globals("greeting: goodbye");
        Answer(new JobResult(1, ["the old program knows no such command"]));
        Func<ContainerSpec, ContainerBehaviour> usual = site.Behaviour;
        ContainerSpec? throwaway = null;
        string files = "";
        site.Behaviour = spec =>
        {
            if (spec.Name != "web_guard") return usual(spec);
            (throwaway, files) = (spec, Text("/etc/tiny/web/web.conf"));
            return new ContainerBehaviour { ExitCode = 1, Log = ["no"] };
        };

        (await FluentActions.Awaiting(() => site.RunAsync()).Should().ThrowAsync<ChangeRefusedException>()).Which.Reasons.Should().Equal("web on node1: no");

        asked.Should().BeEmpty();
        throwaway!.Command!.Value.Skip(3).Should().Equal("guard", "guardian");
        throwaway.ReadOnlyRoot.Should().BeFalse();
        throwaway.NetworkMode.Should().Be("host");
        throwaway.Mounts.Should().Equal(new Mount("/etc/tiny/web", "/config", "ro"));
        files.Should().Contain("greeting = hello");
        (await site.StatesAsync()).Keys.Should().NotContain("web_guard");
    }

    [Fact]
    public async Task A_guard_that_cannot_be_asked_refuses()
    {
        await site.RunAsync();
        await site.Engine.StopContainerAsync("web", TimeSpan.Zero, Cancel);
        await site.Engine.CreateContainerAsync(new ContainerSpec { Name = "web_guard", Image = "tiny/web:1" }, Cancel);
        site.Globals("greeting: goodbye");

        (await FluentActions.Awaiting(() => site.RunAsync()).Should().ThrowAsync<ChangeRefusedException>())
            .Which.Reasons.Single().Should().Be("web on node1: cannot be asked. Container web_guard is in the way. it was made by somebody else; docker rm web_guard");
    }

    [Fact]
    public void The_image_service_is_told_the_stores_that_will_be_there_with_the_operators_overrides()
    {
        using var real = new SiteFolder().AllPasswords();
        real.Write("etc/globals.yml", "network_interface: eth0\nglance_backend_swift: \"yes\"\nenable_swift: \"yes\"\nswift_device_names: [d0]\nswift_ring_replicas: 1\n");
        real.Write("etc/config/glance/glance-api.conf", "[DEFAULT]\nenabled_backends = file:file, swift:swift, old:file\n");
        DesiredState desired = DesiredState.Of(real.Read(), new Dictionary<string, HostFacts> { ["node1"] = SiteFolder.FactsOf("node1", "10.0.0.1") });

        desired.Containers.Single(container => container.Role == "glance_api").Guards.Should().ContainSingle()
            .Which.Should().Equal("kollanet-image", "stores", "check", "--keep", "file:file, swift:swift, old:file", "--default", "swift");
    }

    private static string Guarded(string command) => TinySite.Web.Replace("environment: {TZ", $"read_only: true\n    guards:\n      - {command}\n    environment: {{TZ", StringComparison.Ordinal);

    private void Guard(string command) => site.Folder.Write("templates/web/service.yml", Guarded(command));

    private void Answer(JobResult answer) => site.Exec = (container, command) =>
    {
        if (command[0] != "guardian") return new JobResult(0, []);
        asked.Add($"{container}: {string.Join(' ', command)}");
        return answer;
    };

    private string Text(string path) => System.Text.Encoding.UTF8.GetString(site.Host.File(path).Content.AsSpan());

    private string Snapshot() => string.Join('\n', site.Host.Paths.Select(path => $"{path}: {Text(path)}").Concat(
        site.Engine.ListContainersAsync(null, Cancel).GetAwaiter().GetResult().Select(container => $"{container.Name} {container.Id} {container.State} {container.StartedAt:O}")));
}
