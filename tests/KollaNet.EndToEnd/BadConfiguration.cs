using KollaNet.EndToEnd.Sites;

namespace KollaNet.EndToEnd;

/// <summary>What the operator gets wrong is named, all of it at once, and no container is touched.</summary>
[Collection(SmallSiteCollection.Name)]
public sealed class BadConfiguration(SmallSite small)
{
    private TestSite Site => small.Site;

    private async Task<CliResult> RefusedAsync(string command, params string[] globals)
    {
        IReadOnlyDictionary<string, string> before = await Site.SnapshotAsync();
        Site.WriteGlobals([SmallSite.WithoutKeystone, .. globals]);

        CliResult refused = await Site.RunAsync(command);

        Site.WriteGlobals(SmallSite.WithoutKeystone);
        refused.ShouldExitWith(1);
        (await Site.SnapshotAsync()).Should().Equal(before, "nothing may change: {0}", refused);
        return refused;
    }

    [Theory]
    [InlineData("deploy")]
    [InlineData("prechecks")]
    public async Task Every_mistake_is_named_at_once_with_its_place(string command)
    {
        CliResult refused = await RefusedAsync(command, "enable_glanse: \"yes\"", "glance_api_port: many", "openstack_logging_debug: \"{{ no_such_key }}\"");

        refused.ShouldSay("enable_glanse", "enable_glance", "test.yml:2", "test.yml:3", "glance_api_port", "test.yml:4", "no_such_key");
    }

    [Fact]
    public async Task Malformed_YAML_is_reported_with_line_and_column()
    {
        (await RefusedAsync("deploy", "glance_api_port: [1, 2")).ShouldSay("test.yml:");
    }

    [Fact]
    public async Task A_missing_image_is_named_with_the_command_that_builds_it()
    {
        (await RefusedAsync("prechecks", "glance_api_tag: \"no-such-tag\"")).ShouldSay("glance-api:no-such-tag", "kollanet build");
        (await RefusedAsync("deploy", "glance_api_tag: \"no-such-tag\"")).ShouldSay("glance-api:no-such-tag", "kollanet build");
    }

    [Fact]
    public async Task Passwords_that_the_database_was_not_made_with_are_recognised_and_named()
    {
        IReadOnlyDictionary<string, string> before = await Site.SnapshotAsync();
        string right = await File.ReadAllTextAsync(Site.PasswordsFile, TestSite.Cancel);
        File.Delete(Site.PasswordsFile);
        (await Site.RunAsync("genpwd")).ShouldSucceed();

        CliResult refused = (await Site.RunAsync("deploy")).ShouldExitWith(1);

        refused.ShouldSay("database_password in passwords.yml is not the password that volume " + Site.Prefix + "mariadb was made with");
        await File.WriteAllTextAsync(Site.PasswordsFile, right, TestSite.Cancel);
        IReadOnlyDictionary<string, string> after = await Site.SnapshotAsync();
        after[Site.Prefix + "mariadb"].Should().Be(before[Site.Prefix + "mariadb"], "{0}", refused);
        (await Site.RunAsync("deploy")).ShouldSucceed();
        (await Site.RunAsync("deploy")).ShouldHaveChangedNothing();
    }
}
