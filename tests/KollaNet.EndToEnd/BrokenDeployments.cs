using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using KollaNet.EndToEnd.Sites;

namespace KollaNet.EndToEnd;

/// <summary>First deployments that fail, each on a site of its own: the cause is named, and once it is gone the same command heals.</summary>
[Collection("first deployments")]
public sealed class BrokenDeployments : IAsyncLifetime
{
    private static readonly ImmutableSortedDictionary<string, string> NoLabels = ImmutableSortedDictionary<string, string>.Empty;
    private TestSite site = null!;

    public async ValueTask InitializeAsync() => site = await TestSite.CreateAsync(withKeystone: false, TestSite.Cancel);

    public ValueTask DisposeAsync() => site.DisposeAsync();

    [Fact]
    public async Task A_bootstrap_that_failed_heals_once_its_cause_is_gone()
    {
        site.WriteOverride("glance.conf", "[database]\nconnection = mysql+pymysql://glance:wrong@{{ api_interface_address }}:{{ database_port }}/glance\n");
        CliResult failed = (await site.RunAsync("deploy")).ShouldExitWith(1);
        failed.ShouldSay("bootstrap_glance", "exited with code", "kollanet logs");
        (await site.FindAsync("glance_api")).Should().BeNull("it needs the bootstrap that failed; {0}", failed);

        site.WriteOverride("glance.conf", null);

        await ShouldConvergeAsync();
    }

    [Fact]
    public async Task A_port_that_is_in_use_is_named_and_freeing_it_is_enough()
    {
        using (var stranger = new TcpListener(IPAddress.Parse(site.Address), site.GlancePort))
        {
            stranger.Start();
            foreach (string command in (string[])["prechecks", "deploy"])
                (await site.RunAsync(command)).ShouldExitWith(1).ShouldSay("glance_api", $"listens on {site.Address}:{site.GlancePort}");
            (await site.NamesAsync()).Should().BeEmpty("nothing is begun that cannot be finished");
        }

        await ShouldConvergeAsync();
    }

    [Fact]
    public async Task Volumes_that_were_lost_are_filled_again()
    {
        await ShouldConvergeAsync();
        foreach (string name in await site.NamesAsync()) await site.Engine.RemoveContainerAsync(name, TestSite.Cancel);
        (await site.Engine.RemoveVolumeAsync(site.Prefix + "mariadb", TestSite.Cancel)).Should().BeTrue();

        await ShouldConvergeAsync();
    }

    [Fact]
    public async Task Destroy_lists_first_and_then_removes_exactly_what_is_ours()
    {
        await ShouldConvergeAsync();
        string stranger = site.Prefix + "stranger";
        await site.Engine.CreateVolumeAsync(stranger, NoLabels, NoLabels, TestSite.Cancel);
        string note = Path.Combine(site.ConfigFolder, "node", "glance-api", "note.txt");
        await File.WriteAllTextAsync(note, "not ours", TestSite.Cancel);
        IReadOnlyDictionary<string, string> before = await site.SnapshotAsync();

        (await site.RunAsync("destroy")).ShouldExitWith(1).ShouldSay("glance_api", "mariadb", site.Prefix + "kolla_glance", "--yes-i-really-really-mean-it");
        (await site.SnapshotAsync()).Should().Equal(before);
        (await site.RunAsync("destroy", "--yes-i-really-really-mean-it")).ShouldSucceed();

        (await site.NamesAsync()).Should().Equal(stranger);
        Directory.GetFiles(Path.Combine(site.ConfigFolder, "node"), "*", SearchOption.AllDirectories).Should().Equal(note);
        (await site.RunAsync("destroy", "--yes-i-really-really-mean-it")).ShouldSucceed();
        (await site.Engine.RemoveVolumeAsync(stranger, TestSite.Cancel)).Should().BeTrue();
    }

    [Fact]
    public async Task Stopped_services_start_again_with_the_next_deployment()
    {
        await ShouldConvergeAsync();
        (await site.RunAsync("stop")).ShouldSucceed();
        (await site.FindAsync("mariadb"))!.State.Should().Be("exited");

        await ShouldConvergeAsync();
    }

    /// <summary>One deployment gets everything up, the image service works, and a second deployment changes nothing.</summary>
    private async Task ShouldConvergeAsync()
    {
        (await site.RunAsync("deploy")).ShouldSucceed();
        (await site.RunAsync("deploy")).ShouldHaveChangedNothing();
        using ImageApi api = ImageApi.WithPassword(site);
        string id = await api.CreateAsync("proof");
        (await api.UploadAsync(id, [1, 2, 3])).StatusCode.Should().Be(HttpStatusCode.NoContent);
        (await api.DownloadAsync(id)).Should().Equal(1, 2, 3);
        await api.DeleteAsync(id);
    }
}
