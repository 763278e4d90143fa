using System.Text.Json;

namespace KollaNet.Cli.Tests.Commands;

/// <summary>Commands that read and write the files of the site: genpwd, mergepwd, config, sample.</summary>
public sealed class FileCommandTests : IDisposable
{
    private readonly CommandLineFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Passwords_are_made_once_named_and_never_shown()
    {
        folder.Write("etc/passwords.yml", "# mine\nkeystone_admin_password: my-own-one\nglance_database_password:\n");

        Answer first = await folder.RunAsync("genpwd");
        string made = folder.Read("etc/passwords.yml");
        Answer second = await folder.RunAsync("genpwd");

        first.Output.Should().StartWith($"changed  {folder.ConfigFolder}/passwords.yml: made glance_database_password, ").And.NotContain("my-own-one");
        made.Should().Contain("# mine\nkeystone_admin_password: my-own-one\n");
        string[] values = [.. made.Split('\n').Where(line => line.Contains(": ", StringComparison.Ordinal)).Select(line => line.Split(": ", 2)[1].Trim('"', '\''))];
        values.Should().HaveCountGreaterThan(4);
        foreach (string value in values) first.Output.Should().NotContain(value);
        second.Should().Be(new Answer(0, $"ok       {folder.ConfigFolder}/passwords.yml: every key has a value\n", ""));
        folder.Read("etc/passwords.yml").Should().Be(made);
    }

    [Fact]
    public async Task Passwords_are_not_made_in_a_folder_that_nobody_made()
    {
        string typo = folder.PathOf("ect");

        Answer config = await folder.RunAsync("genpwd", "--configdir", typo), passwords = await folder.RunAsync("genpwd", "--passwords", typo + "/p.yml");

        config.Should().Be(new Answer(1, "", $"{typo}/passwords.yml cannot be written.\n  Why:  there is no folder {typo}\n  Next: correct the name or, when it is right, mkdir -p {typo}; nothing was written\n"));
        passwords.Error.Should().StartWith($"{typo}/p.yml cannot be written.\n  Why:  there is no folder {typo}\n");
        Directory.Exists(typo).Should().BeFalse();
    }

    [Fact]
    public async Task What_cannot_be_written_fails_in_three_lines_that_name_it()
    {
        folder.Write("file", "");
        string below = folder.PathOf("file") + "/sample";

        Answer passwords = await folder.RunAsync("genpwd", "--passwords", folder.PathOf("file") + "/p.yml");
        Answer sample = await folder.RunAsync("sample", below), file = await folder.RunAsync("sample", folder.PathOf("file"));

        passwords.Should().Be(new Answer(1, "", $"{folder.PathOf("file")}/p.yml cannot be written.\n  Why:  {folder.PathOf("file")} is a file and not a folder\n  Next: correct the name; nothing was written\n"));
        foreach ((Answer answer, string path) in new[] { (sample, below), (file, folder.PathOf("file")) })
        {
            answer.ExitCode.Should().Be(1);
            answer.Error.Should().MatchRegex($"^The sample cannot be written to {path}\\.\n  Why:  .*{path}.*\n  Next: give the name of a folder that you may make or write to\n$");
        }
    }

    [Fact]
    public async Task Files_that_no_command_expected_to_fail_on_are_named_without_a_stack_trace()
    {
        await folder.RunAsync("genpwd");
        Directory.CreateDirectory(folder.PathOf("etc/clouds.yaml"));

        Answer answer = await folder.RunAsync("post-deploy");

        answer.ExitCode.Should().Be(1);
        answer.Error.Should().MatchRegex($"^kollanet post-deploy could not go on\\.\n  Why:  .*{folder.ConfigFolder}/clouds\\.yaml.*\n  Next: see to the file or folder named above, .*\n$");
    }

    [Fact]
    public async Task Merging_carries_values_over_to_the_new_files_keys()
    {
        folder.Write("old-passwords.yml", "a: one\nb: two\n");
        folder.Write("new-passwords.yml", "a:\nc:\n");

        Answer answer = await folder.RunAsync("mergepwd", "--old", folder.PathOf("old-passwords.yml"), "--new", folder.PathOf("new-passwords.yml"), "--final", folder.PathOf("final.yml"), "--clean");

        answer.Should().Be(new Answer(0, $"changed  {folder.PathOf("final.yml")}: 1 values carried over, 0 keys kept that the new file lacks\n", ""));
        folder.Read("final.yml").Should().Be("a: one\nc:\n");
        (await folder.RunAsync("mergepwd", "--old", "x")).Error.Should().Contain("--new").And.Contain("--final");
    }

    [Fact]
    public async Task A_value_comes_with_the_place_it_is_from_and_the_one_it_hides()
    {
        folder.Write("etc/globals.yml", folder.Globals + "glance_api_port: 9999\n");

        Answer answer = await folder.RunAsync("config", "glance_api_port");

        answer.ExitCode.Should().Be(0);
        answer.Lines.Should().HaveCount(2);
        answer.Lines[0].Should().StartWith("glance_api_port: 9999    # ").And.Contain("globals.yml:5");
        answer.Lines[1].Should().StartWith("    # instead of ").And.Contain("glance/defaults.yml");
    }

    [Fact]
    public async Task Secrets_are_masked_also_inside_other_values_until_they_are_asked_for()
    {
        folder.Write("etc/passwords.yml", "keystone_admin_password: my-own-one\n");
        folder.Write("etc/globals.yml", folder.Globals + "custom_greeting: \"I am {{ keystone_admin_password }}\"\n");
        await folder.RunAsync("genpwd");

        Answer all = await folder.RunAsync("config"), some = await folder.RunAsync("config", "keystone_admin_p*"), shown = await folder.RunAsync("config", "keystone_admin_password", "--show-secrets");

        all.Lines.Should().HaveCountGreaterThan(100);
        all.Output.Should().NotContain("my-own-one");
        some.Lines.Select(line => line.Split(':')[0]).Should().Equal("keystone_admin_password", "keystone_admin_project");
        shown.Output.Should().StartWith("keystone_admin_password: \"my-own-one\"");
    }

    [Fact]
    public async Task A_key_that_does_not_exist_and_a_host_that_does_not_fail_with_what_is_there()
    {
        (await folder.RunAsync("config", "glance_api_prot")).Should().Be(new Answer(1, "",
            "There is no key glance_api_prot.\n  Why:  neither a default nor a file of the site defines it\n  Next: kollanet config lists every key\n"));
        (await folder.RunAsync("config", "--host", "node9")).Error.Should().Be("There is no host node9.\n  Why:  the inventory has node1\n");
    }

    [Theory]
    [InlineData("enable_keystone: \"no", "", "globals.yml:5:18: the quote opened here is never closed")]
    [InlineData("enable_swfit: \"yes\"", "", "globals.yml:5:1: unknown key 'enable_swfit'; did you mean 'enable_swift'?")]
    [InlineData("", "-e foo", "-e: expected key=value, @file or a YAML mapping, found 'foo'")]
    [InlineData("", "-l nohost", "--limit: 'nohost' is neither a host nor a group")]
    [InlineData("", "-t glanec", "--tags: there is no service 'glanec'; did you mean 'glance'?")]
    [InlineData("", "-i /no/such/inventory", "/no/such/inventory: the inventory file does not exist")]
    [InlineData("", "--configdir /no/such/folder", "/no/such/folder: the configuration folder does not exist; make it, or name another one with --configdir")]
    public async Task No_value_is_shown_of_a_configuration_that_cannot_be_used(string line, string options, string why)
    {
        folder.Write("etc/globals.yml", folder.Globals + line + "\n");

        Answer answer = await folder.RunAsync(["config", "enable_swift", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries), .. options.Contains("dir", StringComparison.Ordinal) ? ["-i", folder.PathOf("etc/inventory")] : Array.Empty<string>()]);

        answer.ExitCode.Should().Be(1);
        answer.Output.Should().BeEmpty();
        answer.Error.Should().StartWith("The configuration has a problem.\n  Why:  ").And.Contain(why + "\n  Next: ");
    }

    [Fact]
    public async Task All_problems_of_a_configuration_come_at_once_also_when_a_file_is_a_folder()
    {
        File.Delete(folder.PathOf("etc/globals.yml"));
        Directory.CreateDirectory(folder.PathOf("etc/globals.yml"));

        Answer answer = await folder.RunAsync("config", "enable_swift", "-l", "nohost");

        answer.ExitCode.Should().Be(1);
        answer.Output.Should().BeEmpty();
        answer.Error.Should().StartWith("The configuration has 2 problems.\n").And.Contain("globals.yml: cannot be read: it is a folder\n").And.Contain("--limit: 'nohost' is neither");
    }

    [Fact]
    public async Task Values_are_shown_before_there_are_passwords()
    {
        Answer value = await folder.RunAsync("config", "enable_swift"), password = await folder.RunAsync("config", "glance_database_password");

        value.ExitCode.Should().Be(0);
        value.Output.Should().StartWith("enable_swift: \"no\"    # ");
        password.Should().Be(new Answer(1, "", "glance_database_password has no value yet.\n  Why:  the passwords file has none\n  Next: kollanet genpwd\n"));
    }

    [Fact]
    public async Task A_value_that_cannot_be_made_out_on_the_host_is_a_failure()
    {
        Answer answer = await folder.RunAsync("config", "api_interface_address", "-e", "network_interface=nosuch9"), other = await folder.RunAsync("config", "network_interface", "-e", "network_interface=nosuch9");

        answer.ExitCode.Should().Be(1);
        answer.Output.Should().StartWith("api_interface_address: !! ").And.Contain("nosuch9");
        answer.Error.Should().StartWith("Not every value can be made out on host node1.\n  Why:  ").And.Contain("nosuch9");
        other.ExitCode.Should().Be(0);
    }

    [Fact]
    public async Task Values_for_machines_are_one_object_per_line()
    {
        folder.Write("etc/globals.yml", folder.Globals + "glance_api_port: 9999\n");
        folder.Write("etc/passwords.yml", "keystone_admin_password: my-own-one\n");

        Answer port = await folder.RunAsync("config", "glance_api_port", "--json"), secret = await folder.RunAsync("config", "keystone_admin_password", "--json"), all = await folder.RunAsync("config", "--json");

        port.ExitCode.Should().Be(0);
        port.Output.Should().MatchRegex("""^\{"event":"value","key":"glance_api_port","value":9999,"from":"globals.yml:5:1","instead_of":\["templates/glance/defaults.yml:\d+:1"\],"secret":false\}\n$""");
        secret.Output.Should().Contain("\"value\":\"***\"").And.EndWith("\"secret\":true}\n");
        all.Lines.Should().HaveCountGreaterThan(100);
        foreach (string line in all.Lines) JsonDocument.Parse(line).RootElement.GetProperty("event").GetString().Should().Be("value");
    }

    [Fact]
    public async Task The_sample_is_written_aside_and_never_over_the_sites_own_files()
    {
        Answer first = await folder.RunAsync("sample", folder.PathOf("sample")), second = await folder.RunAsync("sample", folder.PathOf("sample")), refused = await folder.RunAsync("sample", folder.ConfigFolder + "/");

        first.Lines.Should().Equal($"changed  {folder.PathOf("sample/globals.yml")}", $"changed  {folder.PathOf("sample/passwords.yml")}");
        second.Lines.Should().Equal($"ok       {folder.PathOf("sample/globals.yml")}", $"ok       {folder.PathOf("sample/passwords.yml")}");
        folder.Read("sample/globals.yml").Should().Contain("\n#glance_api_port: 9292\n");
        refused.ExitCode.Should().Be(1);
        folder.Read("etc/globals.yml").Should().Be(folder.Globals);
    }
}
