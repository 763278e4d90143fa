using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using KollaNet.Cli.Commands;
using KollaNet.Cli.Output;
using KollaNet.Engine;

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
    public void Every_command_and_option_is_in_the_documentation()
    {
        string documentation = File.ReadAllText(Path.Combine(CommandLineFolder.Repository, "docs", "cli.md"));
        HashSet<string> words = [.. Regex.Matches(documentation, "(?<![A-Za-z0-9-])[A-Za-z-][A-Za-z0-9?-]*").Select(match => match.Value)];
        Command root = KollanetCommand.Tree(new CommandServices(TextWriter.Null, TextWriter.Null, _ => null));

        IEnumerable<string> options = root.Subcommands.Append(root).SelectMany(command => command.Options).Where(option => !option.Hidden).SelectMany(option => option.Aliases.Append(option.Name));
        IEnumerable<string> names = options.Where(name => name[0] == '-').Concat(root.Subcommands.Select(command => command.Name));

        names.Distinct().Except(words).Should().BeEmpty("docs/cli.md names all of them");
        names.Should().Contain(["--configdir", "--accept-data-move", "-i", "mergepwd"]);
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
    [InlineData("plan deplyo", "ACTION: 'deplyo' is not one of deploy, reconfigure, deploy-containers, genconfig, pull, stop, destroy; did you mean 'deploy'?", "kollanet plan --help")]
    [InlineData("genconfig --forks 0", "--parallelism: \"0\" is not a whole number from 1 up", "kollanet genconfig --help")]
    [InlineData("logs glance --tail many", "--tail: \"many\" is not a whole number from 0 up", "kollanet logs --help")]
    [InlineData("logs glance --tail -5", "--tail: \"-5\" is not a whole number from 0 up", "kollanet logs --help")]
    [InlineData("genpwd --configdir ", "--configdir: the path is empty; is a variable of the shell not set?", "kollanet genpwd --help")]
    [InlineData("plan -i ", "--inventory: the path is empty; is a variable of the shell not set?", "kollanet plan --help")]
    [InlineData("sample ", "FOLDER: the path is empty; is a variable of the shell not set?", "kollanet sample --help")]
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

    [Theory]
    [InlineData("-e @{0}")]
    [InlineData("-e @{1} -e @{0}")]
    [InlineData("-e glance_api_port=1 --extra-vars @{0}")]
    [InlineData("--extra-vars=@{0}")]
    public async Task Variables_are_taken_from_files_the_last_of_which_wins(string options)
    {
        folder.Write("one.yml", "glance_api_port: 9991\nkeystone_public_port: 5999\n");
        folder.Write("two.yml", "glance_api_port: 9992\n");

        Answer answer = await folder.RunAsync([.. string.Format(CultureInfo.InvariantCulture, options, folder.PathOf("one.yml"), folder.PathOf("two.yml")).Split(' '), "config", "glance_api_port"]);

        answer.Error.Should().BeEmpty();
        answer.Lines[0].Should().Be($"glance_api_port: 9991    # {folder.PathOf("one.yml")}:1:1");
    }

    [Theory]
    [InlineData("@/no/such/file", "-e: the file /no/such/file does not exist")]
    [InlineData("@/proc", "/proc: cannot be read: it is a folder")]
    [InlineData("@", "-e: the name of a file is missing behind @")]
    public async Task A_file_of_variables_that_cannot_be_read_is_named(string variables, string why)
    {
        (await folder.RunAsync("config", "glance_api_port", "-e", variables)).Should().Be(new Answer(1, "",
            $"The configuration has a problem.\n  Why:  {why}\n  Next: correct what is named above and run the same command again; nothing was changed on any host\n"));
    }

    [Theory]
    [InlineData("-i /no/such/inventory", "/no/such/inventory: the inventory file does not exist")]
    [InlineData("-l nohost", "--limit: 'nohost' is neither a host nor a group")]
    public async Task Hosts_that_are_not_there_are_not_passed_over_silently(string options, string why)
    {
        foreach (string command in new[] { "bootstrap-servers", "openstack" })
        {
            Answer answer = await folder.RunAsync([.. options.Split(' '), command]);

            answer.ExitCode.Should().Be(1);
            answer.Output.Should().BeEmpty();
            answer.Error.Should().StartWith($"The configuration has a problem.\n  Why:  {why}\n");
        }
    }

    [Theory]
    [InlineData("/no/such/folder", "/no/such/folder: the folder of the services does not exist")]
    [InlineData("/proc/sys/net/ipv4", "/proc/sys/net/ipv4: no folder in it is a service, with a service.yml")]
    public async Task A_wrong_folder_of_services_is_the_only_problem(string templates, string why)
    {
        foreach (string command in new[] { "plan -t glance", "genpwd", "config", $"sample {folder.PathOf("sample")}" })
        {
            Answer answer = await folder.RunAsync([.. command.Split(' '), "--templates", templates]);

            answer.ExitCode.Should().Be(1);
            answer.Output.Should().BeEmpty();
            answer.Error.Should().StartWith($"The configuration has a problem.\n  Why:  {why}\n");
        }

        Directory.Exists(folder.PathOf("sample")).Should().BeFalse();
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

    [Fact]
    public async Task Checks_for_machines_are_one_object_per_line_with_the_recap_last()
    {
        await folder.RunAsync("genpwd");
        folder.Write("etc/globals.yml", folder.Globals + "enable_swfit: \"yes\"\n");

        Answer answer = await folder.RunAsync("prechecks", "--json");

        answer.Should().Be(new Answer(1, """
            {"event":"check","host":"","subject":"globals.yml:5:1","result":"Failed","message":"unknown key 'enable_swfit'; did you mean 'enable_swift'?","next":"correct the configuration"}
            {"event":"recap","command":"prechecks","succeeded":false,"passed":0,"warnings":0,"failed":1}

            """, ""));
    }

    [Fact]
    public void A_status_for_machines_is_one_object_per_line_with_the_recap_last()
    {
        using var output = new StringWriter();
        StatusCommand.WriteJson(new JsonLines(output), new StatusReport(
            [new ContainerStatus("glance", "node1", "glance_api", "running", "healthy", "kolla/glance-api:1", TimeSpan.FromSeconds(90.5), "")],
            [new EndpointStatus("image", "public", "http://127.0.0.1:9292", false, null, "connection refused")]));

        output.ToString().Should().Be("""
            {"event":"container","host":"node1","service":"glance","name":"glance_api","state":"running","health":"healthy","image":"kolla/glance-api:1","up_seconds":90,"detail":""}
            {"event":"endpoint","service":"image","interface":"public","url":"http://127.0.0.1:9292","answers":false,"version":null,"detail":"connection refused"}
            {"event":"recap","command":"status","succeeded":false}

            """);
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
