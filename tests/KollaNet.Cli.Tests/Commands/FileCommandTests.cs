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
        folder.Write("etc/globals.yml", folder.Globals + "greeting: \"I am {{ keystone_admin_password }}\"\n");
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
