using System.Net.Http.Json;
using System.Text.Json;
using KollaNet.EndToEnd.Sites;
using KollaNet.Engine.Containers;

namespace KollaNet.EndToEnd;

[Collection(WholeSiteCollection.Name)]
public sealed class FirstDeployment(WholeSite whole)
{
    private TestSite Site => whole.Site;

    [Fact]
    public async Task Every_service_runs_and_answers_and_the_run_said_so()
    {
        foreach (string name in (string[])["mariadb", "memcached", "keystone", "glance_api"])
            (await Site.FindAsync(name))!.State.Should().Be("running", "{0}", whole.Results[2]);
        foreach (string name in (string[])["bootstrap_mariadb", "bootstrap_keystone", "bootstrap_glance"])
            (await Site.FindAsync(name)).Should().Match<ObservedContainer>(job => job.State == "exited" && job.ExitCode == 0);
        using var http = new HttpClient();
        JsonElement versions = await http.GetFromJsonAsync<JsonElement>(new Uri(Site.Glance, "versions"), TestSite.Cancel);
        versions.GetProperty("versions").EnumerateArray().Select(version => version.GetProperty("status").GetString()).Should().ContainSingle(status => status == "CURRENT");
        (await http.GetAsync(Site.Keystone, TestSite.Cancel)).IsSuccessStatusCode.Should().BeTrue();
        whole.Results[2].ShouldSay("deploy succeeded", Site.Glance.ToString().TrimEnd('/'), "kollanet post-deploy");
        whole.Results[3].ShouldSay(Path.Combine(Site.ConfigFolder, "admin-openrc.sh"));
    }

    [Fact]
    public async Task No_secret_shows_in_what_commands_print_or_in_what_the_engine_keeps()
    {
        string printed = string.Concat(whole.Results) + await Site.RunAsync("plan", "-v") + await Site.RunAsync("deploy", "-v") + await Site.RunAsync("status");
        string[] keys = ["database_password", "keystone_admin_password", "glance_database_password", "glance_keystone_password", "keystone_database_password"];

        foreach (string key in keys)
        {
            Site.Password(key).Length.Should().BeGreaterThan(20);
            printed.Contains(Site.Password(key), StringComparison.Ordinal).Should().BeFalse("{0} must not be printed", key);
        }
    }

    [Fact]
    public async Task A_build_with_nothing_changed_builds_nothing()
    {
        (await Site.RunAsync("build", "--cachedir", TestHost.TestImages.CacheFolder)).ShouldHaveChangedNothing();
    }

    [Fact]
    public async Task Status_shows_what_runs()
    {
        await TestSite.UntilAsync("status finds everything well", async () => (await Site.RunAsync("status")).ExitCode == 0);

        (await Site.RunAsync("status")).ShouldSucceed().ShouldSay("mariadb", "memcached", "keystone", "glance_api", "running", "http://" + Site.Address);
        (await Site.RunAsync("logs", "glance")).ShouldSucceed().Output.Should().NotBeEmpty();
    }

    [Fact]
    public void Credentials_and_passwords_are_readable_by_their_owner_only()
    {
        foreach (string name in (string[])["passwords.yml", "admin-openrc.sh", "clouds.yaml"])
            File.GetUnixFileMode(Path.Combine(Site.ConfigFolder, name)).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite, "of {0}", name);
    }
}
