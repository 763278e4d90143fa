using System.Collections.Immutable;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Containers.Memory;
using KollaNet.Engine.Tests.Planning;

namespace KollaNet.Engine.Tests.Checks;

public sealed class ConfigTrialTests : IDisposable
{
    private readonly TinySite site = new();
    private readonly List<ContainerSpec> tried = [];

    public ConfigTrialTests() => site.Folder.Write("templates/web/service.yml", TinySite.Web.Replace("environment:", """
        validate:
              - [webd, --check, "{{ '/etc/' ~ 'web.conf' }}"]
              - [lint]
            environment:
        """, StringComparison.Ordinal));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => site.Dispose();

    [Fact]
    public async Task Every_command_reads_the_files_in_a_container_that_can_reach_and_leave_nothing()
    {
        Answer(_ => new ContainerBehaviour { ExitCode = 0 });

        CheckReport report = await ValidateAsync();

        Texts(report).Should().Equal("Passed /etc/tiny/store/store.conf: renders and parses", "Passed /etc/tiny/web/web.conf: renders and parses",
            "Passed configuration of web: accepted by webd", "Passed configuration of web: accepted by lint");
        tried.Select(spec => string.Join(' ', spec.Command!.Value.Skip(3))).Should().Equal("validate webd --check /etc/web.conf", "validate lint");
        tried.Should().OnlyContain(spec => spec.Name == "web_validate" && spec.NetworkMode == "none" && spec.RestartPolicy == "no" && spec.Labels["kollanet_site"] == "kolla");
        tried[0].Mounts.Should().Equal(new Mount("/run/kollanet-validate/kolla/web", "/config", "ro"));
        site.Host.Paths.Should().BeEmpty();
        (await site.StatesAsync()).Should().BeEmpty();
        (await site.Engine.ListVolumesAsync(null, Cancel)).Should().BeEmpty();
    }

    [Fact]
    public async Task The_rendered_files_are_there_while_a_command_runs()
    {
        ImmutableArray<string> seen = [];
        Answer(_ =>
        {
            seen = [.. site.Host.Paths.Select(path => $"{path}: {System.Text.Encoding.UTF8.GetString(site.Host.File(path).Content.AsSpan())}")];
            return new ContainerBehaviour { ExitCode = 0 };
        });

        await ValidateAsync();

        seen.Should().Equal("/run/kollanet-validate/kolla/web/web.conf: [DEFAULT]\ngreeting = hello\nkey = s3cret-of-web\n");
    }

    [Fact]
    public async Task What_a_program_refuses_is_shown_without_secrets()
    {
        Answer(spec => spec.Command!.Value.Contains("lint") ? new ContainerBehaviour { ExitCode = 3, Log = ["web.conf:3: bad key", "s3cret-of-web"] } : new ContainerBehaviour { ExitCode = 0 });

        CheckReport report = await ValidateAsync();

        report.Succeeded.Should().BeFalse();
        Check failed = report.Checks.Single(check => check.Result == CheckResult.Failed);
        failed.Message.Should().Be("refused by lint (code 3):\n| web.conf:3: bad key\n| ***");
        failed.Next.Should().Contain("node_custom_config");
    }

    [Fact]
    public async Task A_missing_image_names_the_command_that_makes_it()
    {
        await site.Engine.RemoveImageAsync("tiny/web:1", Cancel);

        CheckReport report = await ValidateAsync();

        report.Checks.Where(check => check.Result == CheckResult.Failed).Should().Equal(
            new Check("node1", "configuration of web", CheckResult.Failed, "cannot be tried: image tiny/web:1 is missing", "kollanet build"));
    }

    [Fact]
    public async Task Left_overs_of_a_killed_run_are_replaced_but_never_a_strangers_container()
    {
        Answer(_ => new ContainerBehaviour { ExitCode = 0 });
        await site.Engine.CreateContainerAsync(new ContainerSpec { Name = "web_validate", Image = "tiny/web:1", Labels = ImmutableSortedDictionary<string, string>.Empty.Add("kollanet_site", "kolla") }, Cancel);
        (await ValidateAsync()).Succeeded.Should().BeTrue();
        await site.Engine.CreateContainerAsync(new ContainerSpec { Name = "web_validate", Image = "tiny/web:1" }, Cancel);

        CheckReport report = await ValidateAsync();

        report.Checks.Where(check => check.Result == CheckResult.Failed).Should().ContainSingle(check => check.Message.Contains("made by somebody else", StringComparison.Ordinal));
        (await site.StatesAsync()).Keys.Should().Equal("web_validate");
    }

    [Fact]
    public async Task Stopping_it_removes_the_container_and_the_files()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Answer(_ =>
        {
            stop.Cancel();
            return ContainerBehaviour.Runs;
        });

        await FluentActions.Awaiting(() => site.Deployment().ValidateConfigAsync(site.Request, stop.Token)).Should().ThrowAsync<OperationCanceledException>();

        site.Host.Paths.Should().BeEmpty();
        (await site.StatesAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task A_command_that_is_no_list_is_a_mistake_of_the_service()
    {
        site.Folder.Write("templates/web/service.yml", TinySite.Web.Replace("environment:", "validate: [webd --check, []]\n    environment:", StringComparison.Ordinal));

        CheckReport report = await ValidateAsync();

        report.Checks.Select(check => $"{check.Subject}: {check.Message}").Should().Equal(
            "templates/web/service.yml:12:16: an item of 'validate' is a text; each is a list, a command and its arguments",
            "templates/web/service.yml:12:30: an item of 'validate' is empty; each is a list, a command and its arguments");
    }

    private static IEnumerable<string> Texts(CheckReport report) => report.Checks.Select(check => $"{check.Result} {check.Subject}: {check.Message}");

    private Task<CheckReport> ValidateAsync() => site.Deployment().ValidateConfigAsync(site.Request, Cancel);

    private void Answer(Func<ContainerSpec, ContainerBehaviour> behaviour) => site.Behaviour = spec =>
    {
        tried.Add(spec);
        return behaviour(spec);
    };
}
