using System.Text;
using KollaNet.Engine.Checks;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Running;
using KollaNet.Engine.Tests.Planning;

namespace KollaNet.Engine.Tests.Checks;

/// <summary>What a service keeps of its present configuration stays, although nothing asks for it any more, until the service says that it can go.</summary>
public sealed class KeepingTests : IDisposable
{
    private const string ConfPath = "/etc/tiny/web/web.conf", OldPath = "/etc/tiny/web/old.conf";

    private readonly TinySite site = new();
    private readonly List<string> asked = [];
    private string[] kept = [];

    public KeepingTests()
    {
        site.Folder.Write("templates/web/service.yml", TinySite.Web.Replace("environment: {TZ", """
            keeps:
                  command: [keeper, "{{ rendered['web.conf'].DEFAULT.greeting }}"]
                  needs: {hello: old}
                environment: {TZ
            """, StringComparison.Ordinal).Replace("format: ini}", """
            format: ini, keeping: kept.conf.j2, overrides: ["web.conf"]}
                  - {name: old.conf, template: web.conf.j2, when: "{{ greeting == 'hello' }}", stays_when: "{{ 'hello' in kept }}", mode: "0600"}
            """, StringComparison.Ordinal));
        site.Folder.Write("templates/web/config/kept.conf.j2", """
            [DEFAULT]
            greeting = {{ rendered['web.conf'].DEFAULT.greeting }}, {{ kept | join(', ') }}
            {% for folder in deployed['web.conf'].hello.folder %}
            was = {{ folder }}
            {% endfor %}
            """);
        site.Folder.Write("etc/config/web.conf", "[hello]\nfolder = /one\nfolder = /two\n");
        site.Folder.Write("templates/old/service.yml", "description: Holds hello\nenabled: \"{{ enable_old | bool }}\"\ncontainers: {old: {group: control, image: \"tiny/store:1\"}}\n");
        site.Folder.Write("templates/old/defaults.yml", "enable_old: \"yes\"\n");
        site.Exec = (container, command) =>
        {
            if (command[0] != "keeper") return new JobResult(0, []);
            asked.Add($"{container}: {string.Join(' ', command)}");
            return new JobResult(0, [.. kept]);
        };
    }

    public void Dispose() => site.Dispose();

    [Fact]
    public async Task What_is_kept_is_laid_over_everything_as_it_was_and_goes_when_it_is_not_needed()
    {
        (await site.RunAsync()).Succeeded.Should().BeTrue();
        asked.Should().BeEmpty();
        byte[] before = [.. site.Host.File(OldPath).Content];
        site.Globals("greeting: goodbye");
        site.Folder.Write("etc/passwords.yml", "web_password: another-one\n");
        kept = ["hello: 3 things (another-one) live in it"];

        CheckReport checks = await site.Deployment().PrecheckAsync(site.Request, TestContext.Current.CancellationToken);
        checks.Checks.Should().ContainSingle(check => check.Subject == "change of a service").Which.Message.Should().Be("web on node1: 3 things (***) live in it");
        DeployReport plan = await site.RunAsync(planOnly: true), done = await site.RunAsync();

        asked.Should().OnlyContain(question => question == "web: keeper goodbye");
        plan.Notices.Should().Contain("web on node1: 3 things (***) live in it");
        done.Notices.Should().Contain("web on node1: 3 things (***) live in it");
        Text(ConfPath).Should().Be("[DEFAULT]\ngreeting = goodbye, hello\nkey = another-one\nwas = /one\nwas = /two\n\n[hello]\nfolder = /one\nfolder = /two\n");
        site.Host.File(OldPath).Content.Should().Equal(before);
        site.Host.File(OldPath).Mode.Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (site.Host.File(OldPath).IsSecret, site.Host.File(ConfPath).IsSecret).Should().Be((true, true));
        DeployReport again = await site.RunAsync();
        again.HasChanges.Should().BeFalse();
        again.Notices.Should().Contain("web on node1: 3 things (***) live in it");

        kept = [];
        (await site.RunAsync()).HasChanges.Should().BeTrue();
        Text(ConfPath).Should().StartWith("[DEFAULT]\ngreeting = goodbye\nkey");
        site.Host.Paths.Should().NotContain(OldPath);
        (await site.RunAsync()).HasChanges.Should().BeFalse();
    }

    [Theory]
    [InlineData(DeployAction.GenConfig)]
    [InlineData(DeployAction.DeployContainers)]
    [InlineData(DeployAction.Reconfigure)]
    public async Task Every_way_to_change_it_keeps_it(DeployAction action)
    {
        await site.RunAsync();
        site.Globals("greeting: goodbye");
        kept = ["hello: is needed"];

        await site.RunAsync(action);

        asked.Should().NotBeEmpty();
        site.Host.Paths.Should().Contain(OldPath);
        (await site.RunAsync()).Notices.Should().Contain("web on node1: is needed");
        Text(ConfPath).Should().Contain("greeting = goodbye, hello");
    }

    [Fact]
    public async Task The_service_that_it_is_in_is_not_removed_meanwhile()
    {
        await site.RunAsync();
        site.Globals("greeting: goodbye\nenable_old: \"no\"");
        kept = ["hello: is needed"];

        (await FluentActions.Awaiting(() => site.RunAsync()).Should().ThrowAsync<ChangeRefusedException>()).Which.Reasons.Should().Equal(
            "web on node1: hello is still needed, and service old, which would be removed, may be where it is; leave old enabled in globals.yml until hello is empty");
        (await site.StatesAsync())["old"].Should().Be("running");

        kept = [];
        (await site.RunAsync()).Succeeded.Should().BeTrue();
        (await site.StatesAsync()).Keys.Should().NotContain("old");
    }

    [Fact]
    public async Task An_operator_who_gives_it_up_is_not_asked()
    {
        await site.RunAsync();
        site.Globals("greeting: goodbye");
        kept = ["hello: is needed"];

        await site.Deployment().DeployAsync(new DeployRequest { Site = site.Request, AcceptDataMove = true }, TestContext.Current.CancellationToken);

        asked.Should().BeEmpty();
        site.Host.Paths.Should().NotContain(OldPath);
    }

    [Fact]
    public async Task A_service_that_cannot_say_what_it_keeps_is_not_changed()
    {
        await site.RunAsync();
        site.Globals("greeting: goodbye");
        site.Exec = (_, command) => command[0] == "keeper" ? new JobResult(2, ["no such command"]) : new JobResult(0, []);

        (await FluentActions.Awaiting(() => site.RunAsync()).Should().ThrowAsync<ChangeRefusedException>()).Which.Reasons.Should().Equal("web on node1: no such command");
        Text(ConfPath).Should().Contain("greeting = hello");
    }

    private string Text(string path) => Encoding.UTF8.GetString(site.Host.File(path).Content.AsSpan());
}
