using KollaNet.EndToEnd.Sites;

namespace KollaNet.EndToEnd;

[Collection(WholeSiteCollection.Name)]
public sealed class RepeatedDeployments(WholeSite whole)
{
    private TestSite Site => whole.Site;

    [Fact]
    public async Task A_second_deployment_changes_and_restarts_nothing_and_says_so()
    {
        IReadOnlyDictionary<string, string> before = await Site.SnapshotAsync();

        foreach (string command in (string[])["deploy", "reconfigure", "deploy-containers", "genconfig"])
            (await Site.RunAsync(command)).ShouldHaveChangedNothing().ShouldSay("found nothing to change");

        (await Site.SnapshotAsync()).Should().Equal(before);
        (await Site.RunAsync("plan")).ShouldSucceed().ShouldSay("Nothing to change");
    }

    [Fact]
    public async Task An_option_recreates_only_the_containers_it_is_for()
    {
        IReadOnlyDictionary<string, string> before = await Site.SnapshotAsync();
        Site.WriteGlobals(WholeSite.SizeCap, "glance_logging_debug: \"yes\"");

        (await Site.RunAsync("plan")).ShouldExitWith(2).ShouldSay("glance_api");
        (await Site.SnapshotAsync()).Should().Equal(before, "a plan changes nothing");
        (await Site.RunAsync("reconfigure")).ShouldSucceed();

        IReadOnlyDictionary<string, string> after = await Site.SnapshotAsync();
        after.Keys.Should().BeEquivalentTo(before.Keys);
        before.Keys.Where(name => before[name] != after[name]).Should().Contain(Site.Prefix + "glance_api").And.OnlyContain(name => name.Contains("glance"));
        (await File.ReadAllTextAsync(Path.Combine(Site.ConfigFolder, "node", "glance-api", "glance-api.conf"), TestSite.Cancel)).Should().Contain("debug = True");
        (await Site.RunAsync("deploy")).ShouldHaveChangedNothing();

        Site.WriteGlobals(WholeSite.SizeCap);
        (await Site.RunAsync("reconfigure")).ShouldSucceed();
    }

    [Fact]
    public async Task Overrides_of_the_operator_win_and_go_away_again()
    {
        string file = Path.Combine(Site.ConfigFolder, "node", "glance-api", "glance-api.conf");
        Site.WriteOverride("glance.conf", "[DEFAULT]\nlimit_param_default = {{ 20 + 1 }}\n");
        Site.WriteOverride("glance/glance-api.conf", "[DEFAULT]\nshow_image_direct_url = True\n");

        (await Site.RunAsync("reconfigure")).ShouldSucceed();
        (await File.ReadAllTextAsync(file, TestSite.Cancel)).Should().Contain("limit_param_default = 21").And.Contain("show_image_direct_url = True");

        Site.WriteOverride("glance.conf", null);
        Site.WriteOverride("glance/glance-api.conf", null);
        (await Site.RunAsync("reconfigure")).ShouldSucceed();
        (await File.ReadAllTextAsync(file, TestSite.Cancel)).Should().NotContain("limit_param_default");
        (await Site.RunAsync("deploy")).ShouldHaveChangedNothing();
    }
}
