using System.Collections.Immutable;
using KollaNet.EndToEnd.Sites;
using KollaNet.Engine.Containers;

namespace KollaNet.EndToEnd;

/// <summary>What changes on a host behind the back of a deployment is put right by the next one, and nothing else is touched.</summary>
[Collection(WholeSiteCollection.Name)]
public sealed class Drift(WholeSite whole)
{
    private TestSite Site => whole.Site;

    [Fact]
    public async Task A_container_that_was_removed_is_made_again()
    {
        await Site.Engine.RemoveContainerAsync(Site.Prefix + "memcached", TestSite.Cancel);

        await ShouldHealAsync(touched: "memcached");
    }

    [Fact]
    public async Task A_container_that_was_killed_is_started_again()
    {
        await Site.Engine.StopContainerAsync(Site.Prefix + "memcached", TimeSpan.Zero, TestSite.Cancel);

        await ShouldHealAsync(touched: "memcached");
    }

    [Fact]
    public async Task A_configuration_file_that_was_edited_is_restored_and_its_container_restarted()
    {
        string file = Path.Combine(Site.ConfigFolder, "node", "glance-api", "glance-api.conf");
        string wanted = await File.ReadAllTextAsync(file, TestSite.Cancel);
        await File.AppendAllTextAsync(file, "\n[DEFAULT]\ndebug = True\n", TestSite.Cancel);

        await ShouldHealAsync(touched: "glance");

        (await File.ReadAllTextAsync(file, TestSite.Cancel)).Should().Be(wanted);
    }

    [Fact]
    public async Task Registration_in_Keystone_that_was_lost_is_made_again()
    {
        await Site.OpenstackAsync("service", "delete", "glance");

        await ShouldHealAsync(touched: null);

        (await Site.OpenstackAsync("endpoint", "list", "--service", "image", "-f", "value", "-c", "Interface", "-c", "URL")).Split('\n').Order()
            .Should().Equal($"internal {Site.Glance.ToString().TrimEnd('/')}", $"public {Site.Glance.ToString().TrimEnd('/')}");
    }

    [Fact]
    public async Task A_strangers_container_and_volume_are_left_alone()
    {
        string name = Site.Prefix + "stranger";
        await Site.Engine.CreateVolumeAsync(name, ImmutableSortedDictionary<string, string>.Empty, ImmutableSortedDictionary<string, string>.Empty, TestSite.Cancel);
        string id = await Site.Engine.CreateContainerAsync(new ContainerSpec
        {
            Name = name,
            Image = (await Site.FindAsync("memcached"))!.Image,
            Mounts = [new Mount(name, "/data")],
            Environment = ImmutableSortedDictionary<string, string>.Empty.Add("KOLLA_CONFIG", """{"command": "sleep infinity"}""").Add("KOLLA_CONFIG_STRATEGY", "COPY_ALWAYS"),
        }, TestSite.Cancel);
        await Site.Engine.StartContainerAsync(name, TestSite.Cancel);

        (await Site.RunAsync("deploy")).ShouldHaveChangedNothing();
        CliResult listed = (await Site.RunAsync("destroy")).ShouldExitWith(1);

        listed.Output.Should().NotContain(name);
        (await Site.Engine.FindContainerAsync(name, TestSite.Cancel)).Should().Match<ObservedContainer>(found => found.Id == id && found.State == "running");
        await Site.Engine.RemoveContainerAsync(name, TestSite.Cancel);
        (await Site.Engine.RemoveVolumeAsync(name, TestSite.Cancel)).Should().BeTrue();
    }

    /// <summary>The next deployment repairs, the one after it finds nothing to do, and containers without <paramref name="touched"/> in their name stay as they are.</summary>
    private async Task ShouldHealAsync(string? touched)
    {
        IReadOnlyDictionary<string, string> before = await Site.SnapshotAsync();

        CliResult healing = (await Site.RunAsync("deploy")).ShouldSucceed();

        healing.Changed.Should().BePositive("{0}", healing);
        IReadOnlyDictionary<string, string> after = await Site.SnapshotAsync();
        before.Keys.Where(name => after.GetValueOrDefault(name) != before[name] && (touched is null || !name.Contains(touched))).Should().BeEmpty("they need no repair; {0}", healing);
        after.Where(container => !container.Key.Contains("bootstrap")).Should().OnlyContain(container => container.Value.Contains(" running since "));
        (await Site.RunAsync("deploy")).ShouldHaveChangedNothing();
    }
}
