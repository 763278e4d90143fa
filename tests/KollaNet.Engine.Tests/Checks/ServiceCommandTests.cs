using System.Collections.Immutable;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Tests.Planning;

namespace KollaNet.Engine.Tests.Checks;

/// <summary>Commands that services offer run inside their containers.</summary>
public sealed class ServiceCommandTests : IDisposable
{
    private readonly TinySite site = new();
    private readonly List<string> lines = [];

    public ServiceCommandTests() => site.Folder.Write("templates/web/service.yml",
        TinySite.Web.Replace("environment: {TZ", "commands: {pages: [webctl, \"{{ time_zone }}\"]}\n    environment: {TZ", StringComparison.Ordinal));

    public void Dispose() => site.Dispose();

    [Fact]
    public async Task The_command_gets_its_arguments_and_gives_its_lines_and_its_exit_code()
    {
        await site.RunAsync();
        ImmutableArray<string> ran = [];
        site.Exec = (container, command) =>
        {
            ran = [container, .. command];
            return new JobResult(7, ["one", "s3cret-of-web"]);
        };

        (await RunAsync("pages", "list", "--json")).Should().Be(7);

        ran.Should().Equal("web", "webctl", "UTC", "list", "--json");
        lines.Should().Equal("one", "***");
    }

    [Fact]
    public async Task What_does_not_run_or_is_not_there_is_named()
    {
        (await FluentActions.Awaiting(() => RunAsync("pages")).Should().ThrowAsync<KollaNetException>()).Which.Why.Should().Be("web on node1 does not run");
        (await FluentActions.Awaiting(() => RunAsync("books")).Should().ThrowAsync<KollaNetException>()).Which.What.Should().Be("There is nothing to run 'books'.");
    }

    private Task<int> RunAsync(string name, params string[] arguments) => site.Deployment().RunCommandAsync(site.Request, name, [.. arguments], null, lines.Add, TestContext.Current.CancellationToken);
}
