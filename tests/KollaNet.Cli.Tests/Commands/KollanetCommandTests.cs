using KollaNet.Cli.Commands;

namespace KollaNet.Cli.Tests.Commands;

public sealed class KollanetCommandTests : IDisposable
{
    private readonly CommandLineFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Help_lists_every_command_with_a_sentence()
    {
        Answer help = await folder.RunAsync("--help");

        string[] commands = [.. help.Output[help.Output.IndexOf("Commands:", StringComparison.Ordinal)..].Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Where(line => line.StartsWith("  ", StringComparison.Ordinal) && line[2] != ' ')];
        commands.Select(line => line.Trim().Split(' ')[0]).Should().Equal("quickstart", "bootstrap-servers", "genpwd", "mergepwd", "sample", "build", "prechecks", "validate-config", "plan", "deploy",
            "reconfigure", "deploy-containers", "genconfig", "pull", "stop", "destroy", "post-deploy", "status", "logs", "config", "openstack", "images");
        commands.Should().OnlyContain(line => line.TrimEnd().EndsWith('.') || line.TrimEnd().EndsWith(']'));
        help.ExitCode.Should().Be(0);
        help.Error.Should().BeEmpty();
    }

    [Fact]
    public async Task Nothing_at_all_shows_help_and_fails()
    {
        Answer nothing = await folder.RunAsync();

        nothing.ExitCode.Should().Be(1);
        nothing.Output.Should().Contain("Commands:");
    }

    [Theory]
    [InlineData("deplyo", "'deplyo' is neither a command nor an option of kollanet; did you mean 'deploy'?", "kollanet --help")]
    [InlineData("deploy --tag glance", "'--tag' is neither a command nor an option of kollanet deploy; did you mean '--tags'?\n        'glance' is neither a command nor an option of kollanet deploy", "kollanet deploy --help")]
    [InlineData("genconfig -e", "Required argument missing for option: '-e'.", "kollanet genconfig --help")]
    [InlineData("-v", "Required command was not provided.", "kollanet --help")]
    public async Task What_is_not_understood_is_explained_in_three_lines_and_not_by_a_page_of_help(string line, string why, string next)
    {
        Answer answer = await folder.RunAsync(line.Split(' '));

        answer.Should().Be(new Answer(1, "", $"This command line is not understood.\n  Why:  {why}\n  Next: {next}\n"));
    }

    [Fact]
    public async Task Every_problem_of_the_site_is_told_at_once_on_standard_error_and_nothing_is_written()
    {
        folder.Write("etc/globals.yml", folder.Globals + "glance_api_prot: 1\nenable_glance: maybe\nkeystone_public_port: 70000\n");

        Answer answer = await folder.RunAsync("genconfig");

        answer.ExitCode.Should().Be(1);
        answer.Output.Should().BeEmpty();
        answer.Error.Should().Contain("glance_api_prot").And.Contain("did you mean 'glance_api_port'").And.Contain("enable_glance").And.Contain("70000").And.Contain("passwords.yml");
        Directory.Exists(folder.PathOf("kolla")).Should().BeFalse();
    }

    [Fact]
    public async Task A_plan_says_by_its_exit_code_whether_there_is_something_to_do()
    {
        await folder.RunAsync("genpwd");

        (await folder.RunAsync("plan", "genconfig")).ExitCode.Should().Be(2);
        Answer done = await folder.RunAsync("genconfig");
        Answer again = await folder.RunAsync("plan", "genconfig");

        done.ExitCode.Should().Be(0);
        done.Output.Should().Contain("genconfig succeeded in").And.NotContain("http://").And.NotContain("log in");
        again.ExitCode.Should().Be(0);
        again.Output.Should().Contain("Nothing to change: ");
    }

    [Fact]
    public async Task Options_are_taken_before_and_after_the_command()
    {
        Answer before = await folder.RunAsync("-e", "openstack_logging_debug=True", "config", "openstack_logging_debug");
        Answer after = await folder.RunAsync("config", "openstack_logging_debug", "-e", "openstack_logging_debug=True");

        after.Should().Be(before);
        after.Output.Should().MatchRegex("^openstack_logging_debug: \"?[Tt]rue\"? ").And.Contain("-e");
    }

    [Fact]
    public async Task An_operator_who_stops_a_run_gets_the_shells_code_for_that()
    {
        await folder.RunAsync("genpwd");
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();

        Answer answer = await folder.RunAsync(stop.Token, "genconfig");

        answer.ExitCode.Should().Be(130);
        Directory.Exists(folder.PathOf("kolla")).Should().BeFalse();
    }

    [Fact]
    public async Task Events_for_machines_are_one_object_per_line_with_the_recap_last()
    {
        await folder.RunAsync("genpwd");

        Answer answer = await folder.RunAsync("genconfig", "--json");

        answer.Lines.Should().OnlyContain(line => line.StartsWith("{\"event\":\"", StringComparison.Ordinal) && line.EndsWith('}'));
        answer.Lines[^1].Should().StartWith("{\"event\":\"recap\",\"command\":\"genconfig\",\"succeeded\":true,");
    }

    [Theory]
    [InlineData("openstack image list", "openstack", "image list")]
    [InlineData("--configdir /x openstack image show -f value --help", "--configdir /x openstack", "image show -f value --help")]
    [InlineData("deploy -v", "deploy -v", "")]
    [InlineData("openstack", "openstack", "")]
    public void What_follows_the_word_openstack_belongs_to_the_client(string line, string ours, string clients)
    {
        (string[] Ours, string[] Theirs) split = PassedArguments.Split(line.Split(' '));

        string.Join(' ', split.Ours).Should().Be(ours);
        string.Join(' ', split.Theirs).Should().Be(clients);
    }

    [Fact]
    public async Task The_client_without_credentials_names_the_command_that_writes_them()
    {
        await folder.RunAsync("genpwd");

        Answer answer = await folder.RunAsync("openstack", "--help");

        answer.Should().Be(new Answer(1, "", $"There are no credentials to log in with.\n  Why:  {folder.ConfigFolder}/admin-openrc.sh is missing\n  Next: kollanet post-deploy\n"));
    }
}
