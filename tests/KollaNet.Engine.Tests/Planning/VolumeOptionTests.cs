using System.Collections.Immutable;
using System.Text;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Planning;
using KollaNet.Engine.Running;
using KollaNet.Engine.Site;
using KollaNet.Engine.Tests.Site;

namespace KollaNet.Engine.Tests.Planning;

/// <summary>Volumes that lie elsewhere than on the host: their options are checked before anything runs, and never changed behind anybody's back.</summary>
public sealed class VolumeOptionTests : IDisposable
{
    private const string Nfs = "{type: nfs, o: \"addr=10.0.0.5,rw,nfsvers=4.1,soft,timeo=100,retrans=3\", device: \":/export/web\"}";
    private readonly TinySite site = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => site.Dispose();

    [Fact]
    public async Task A_volume_is_made_with_its_options_and_the_second_run_changes_nothing()
    {
        site.Globals($"docker_volume_options: {{web_cache: {Nfs}}}");

        (await site.RunAsync()).Succeeded.Should().BeTrue();

        ObservedVolume volume = (await site.Engine.ListVolumesAsync(null, Cancel)).Single(volume => volume.Name == "web_cache");
        volume.Options.Should().BeEquivalentTo(new Dictionary<string, string> { ["type"] = "nfs", ["o"] = "addr=10.0.0.5,rw,nfsvers=4.1,soft,timeo=100,retrans=3", ["device"] = ":/export/web" });
        site.Desired().Containers.Single(container => container.Role == "web").Spec.Mounts.Should().Contain(new Mount("web_cache", "/cache", "nocopy"), "docker must not change owner and mode of what is on a server");
        (await site.RunAsync()).HasChanges.Should().BeFalse();
    }

    [Theory]
    [InlineData("{type: nfs, o: \"addr=10.0.0.5,rw,nfsvers=4.1,soft\", device: \":/export/other\"}", "volume web_cache on node1 was made with device=:/export/web o=addr=10.0.0.5,rw,nfsvers=4.1,soft,timeo=100,retrans=3 type=nfs, wanted device=:/export/other o=addr=10.0.0.5,rw,nfsvers=4.1,soft type=nfs")]
    [InlineData("null", "volume web_cache on node1 was made with device=:/export/web o=addr=10.0.0.5,rw,nfsvers=4.1,soft,timeo=100,retrans=3 type=nfs, wanted no options")]
    public async Task Other_options_for_a_volume_that_is_there_are_refused_with_what_to_do(string options, string expected)
    {
        site.Globals($"docker_volume_options: {{web_cache: {Nfs}}}");
        await site.RunAsync();
        site.Globals(options == "null" ? "docker_volume_options: {}" : $"docker_volume_options: {{web_cache: {options}}}");

        VolumeDiffersException refusal = (await FluentActions.Awaiting(() => site.RunAsync()).Should().ThrowAsync<VolumeDiffersException>()).Which;

        refusal.Volumes.Should().Equal(expected);
        refusal.Next.Should().Contain("docker volume rm");
        CheckReport report = await site.Deployment().PrecheckAsync(site.Request, Cancel);
        report.Checks.Single(check => check.Result == CheckResult.Failed && check.Subject == "volumes").Message.Should().Be(expected);
    }

    [Fact]
    public async Task Destroying_a_site_says_what_stays_on_the_server()
    {
        site.Globals($"docker_volume_options: {{web_cache: {Nfs}}}");
        await site.RunAsync();

        DeployReport report = await site.RunAsync(DeployAction.Destroy);

        report.Outcomes.Single(outcome => outcome.Step.Id.Subject == "web_cache").Detail.Should().Be("removed; its data stays on its server");
        report.Outcomes.Single(outcome => outcome.Step.Id.Subject == "store_data").Detail.Should().Be("removed with its data");
    }

    [Fact]
    public async Task A_plain_volume_does_not_silently_stay_where_it_is_when_it_should_lie_on_a_server()
    {
        await site.RunAsync();
        site.Globals($"docker_volume_options: {{web_cache: {Nfs}}}");

        (await FluentActions.Awaiting(() => site.RunAsync()).Should().ThrowAsync<VolumeDiffersException>()).Which.Volumes.Single().Should().StartWith("volume web_cache on node1 was made with no options, wanted ");
    }

    [Theory]
    [InlineData("{type: nfs, o: \"rw,nfsvers=4.1,soft\", device: \":/x\"}", "web_cache: 'o' names no server; it needs addr=ADDRESS")]
    [InlineData("{type: nfs, o: \"addr=,rw,nfsvers=4.1,soft\", device: \":/x\"}", "web_cache: 'o' names no server; it needs addr=ADDRESS")]
    [InlineData("{type: nfs, device: \":/x\"}", "web_cache: 'o' names no server; it needs addr=ADDRESS")]
    [InlineData("{type: nfs, o: \"addr=10.0.0.5,rw,nfsvers=4.1,soft\"}", "web_cache: device is ''; NFS needs the path that the server exports, as \":/export\"")]
    [InlineData("{type: nfs, o: \"addr=10.0.0.5,rw,nfsvers=4.1,soft\", device: /x}", "web_cache: device is '/x'; NFS needs the path that the server exports, as \":/export\"")]
    [InlineData("{type: nfs, o: \"addr=10.0.0.5,rw,nfsvers=5,soft\", device: \":/x\"}", "web_cache: nfsvers=5 is not a version of NFS; known are 3, 4, 4.0, 4.1, 4.2")]
    [InlineData("{type: nfs, o: \"addr=10.0.0.5,ro,vers=3,soft\", device: \":/x\"}", "web_cache: 'o' has ro: images could not be stored; use rw")]
    [InlineData("{type: nfs, o: \"addr=10.0.0.5,rw,vers=3,soft,timeo=ten\", device: \":/x\"}", "web_cache: timeo=ten is not a whole number")]
    [InlineData("{type: nfs, o: \"addr=10.0.0.5,rw,nfsvers=4.1,sfot,soft\", device: \":/x\"}", "web_cache: 'sfot' in 'o' is not a mount option of NFS; did you mean 'soft'?")]
    [InlineData("{type: nfs, opts: \"addr=10.0.0.5\", o: \"addr=10.0.0.5,rw,vers=3,soft\", device: \":/x\"}", "web_cache: 'opts' is not an option of a volume*known are type, o, device, size, and mount options stand in 'o'")]
    [InlineData("nfs", "web_cache: is not a mapping of options: type, o, device")]
    public void Options_that_cannot_work_are_told_before_anything_runs(string options, string problem)
    {
        site.Globals($"docker_volume_options: {{web_cache: {options}}}");

        FluentActions.Invoking(() => site.Desired()).Should().Throw<SiteInvalidException>().Which.Problems.Should().ContainSingle().Which.Should().Match<SiteProblem>(found => found.Place == "docker_volume_options")
            .And.Match<SiteProblem>(found => System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(problem, found.Problem, false));
    }

    [Fact]
    public void What_works_but_may_hang_is_a_notice_and_so_is_a_volume_that_nobody_has()
    {
        site.Globals("docker_volume_options: {web_cache: {type: nfs, o: \"addr=nas,rw\", device: \":/x\"}, web_cash: {}}");

        site.Desired().Notices.Should().Contain("docker_volume_options: no enabled service has a volume 'web_cash'")
            .And.Contain(notice => notice.StartsWith("volume web_cache: without soft in 'o'", StringComparison.Ordinal)).And.Contain(notice => notice.StartsWith("volume web_cache: 'o' names no nfsvers", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("nfs4", "", CheckResult.Passed)]
    [InlineData("ext4", "/lib/modules/6.1/kernel/fs/nfs/nfs.ko.xz\n", CheckResult.Passed)]
    [InlineData("ext4", "", CheckResult.Failed)]
    public async Task Prechecks_say_whether_the_kernel_has_NFS(string fileSystem, string module, CheckResult expected)
    {
        site.Globals($"docker_volume_options: {{web_cache: {Nfs}}}");
        site.Host.Facts = site.Host.Facts with { FileSystems = [fileSystem] };
        Func<string, CommandResult> usual = site.Host.Script;
        site.Host.Script = script => script.Contains("/lib/modules", StringComparison.Ordinal) ? new CommandResult(0, module, "") : usual(script);

        CheckReport report = await site.Deployment().PrecheckAsync(site.Request, Cancel);

        Check check = report.Checks.Single(check => check.Subject == "NFS in the kernel");
        check.Result.Should().Be(expected);
        if (expected == CheckResult.Failed) check.Message.Should().Be("is neither in /proc/filesystems nor a module, and volume web_cache lies on an NFS server");
    }

    [Fact]
    public void The_image_service_keeps_images_in_several_folders_and_requires_what_has_to_be_mounted()
    {
        using var real = new SiteFolder().AllPasswords();
        real.Write("etc/globals.yml", $$"""
            network_interface: eth0
            docker_volume_options: {kolla_glance: {{Nfs}}, kolla_glance_nas: {{Nfs}}}
            glance_file_datadirs:
              - {name: fast, volume: kolla_glance_fast, priority: 200}
              - {name: nas, volume: kolla_glance_nas}
              - {name: disk, volume: /mnt/disk, priority: 50, filesystem: any}
            """);
        DesiredContainer glance = GlanceOf(real);

        Text(glance, "glance-api.conf").Should().Contain("filesystem_store_datadirs = /var/lib/glance-images/fast:200\nfilesystem_store_datadirs = /var/lib/glance-images/nas:100\nfilesystem_store_datadirs = /var/lib/glance-images/disk:50\n"
            + "filesystem_store_datadirs = /var/lib/glance/images:0\nfilesystem_store_required_mounts = /var/lib/glance:nfs, /var/lib/glance-images/nas:nfs, /var/lib/glance-images/disk:any\n");
        glance.Spec.Mounts.Select(mount => $"{mount.Source} {mount.Target}").Should().Contain(["kolla_glance /var/lib/glance", "kolla_glance_fast /var/lib/glance-images/fast", "kolla_glance_nas /var/lib/glance-images/nas", "/mnt/disk /var/lib/glance-images/disk"]);
        glance.VolumeOptions.Keys.Should().Equal("kolla_glance", "kolla_glance_nas");
        Text(glance, "config.json").Should().Contain("/var/lib/glance-images/fast").And.NotContain("\"/var/lib/glance\"").And.NotContain("/var/lib/glance-images/nas").And.NotContain("/var/lib/glance-images/disk");
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("glance_file_datadir_volume: /mnt/nas\n", 2)]
    [InlineData("docker_volume_options: {kolla_glance: {type: nfs, o: \"addr=10.0.0.5,rw,nfsvers=4.1,soft\", device: \":/x\"}}\n", 2)]
    [InlineData("glance_file_datadir_volume: /mnt/nas\nglance_file_datadirs: [{name: fast, volume: fast}]\n", 1)]
    [InlineData("glance_file_datadir_volume: /mnt/nas\nglance_file_datadirs: [{name: more, volume: /mnt/more}]\n", 2)]
    public void Every_host_serves_when_all_of_them_see_the_same_images(string globals, int expected)
    {
        using var real = new SiteFolder().AllPasswords();
        real.Write("etc/globals.yml", "network_interface: eth0\nenable_mariadb: \"no\"\n" + globals);
        real.Write("inventory", File.ReadAllText(real.Inventory).Replace("[control]", "[control]\nnode2", StringComparison.Ordinal));
        var facts = new Dictionary<string, HostFacts> { ["node1"] = SiteFolder.FactsOf("node1", "10.0.0.1"), ["node2"] = SiteFolder.FactsOf("node2", "10.0.0.2") };

        DesiredState.Of(real.Read(), facts).Containers.Count(container => container.Role == "glance_api").Should().Be(expected);
    }

    [Fact]
    public void Nothing_walks_through_all_images_at_a_start()
    {
        using var real = new SiteFolder().AllPasswords();
        real.Write("etc/globals.yml", "network_interface: eth0\nglance_file_datadirs: [{name: fast, volume: fast}]\n");

        string config = Text(GlanceOf(real), "config.json");

        config.Should().MatchRegex("\"path\": \"/var/lib/glance\",\\s+\"owner\": \"glance:glance\",\\s+\"recurse\": false").And.MatchRegex("\"path\": \"/var/lib/glance-images/fast\",\\s+\"owner\": \"glance:glance\",\\s+\"recurse\": false");
        System.Text.RegularExpressions.Regex.Matches(config, "\"recurse\": true").Should().ContainSingle("only the folder of logs is walked through");
    }

    [Theory]
    [InlineData("{name: Fast Disk, volume: fast}")]
    [InlineData("{name: a, volume: fast}, {name: a, volume: slow}")]
    [InlineData("{name: a}")]
    [InlineData("{name: a, volume: fast, filesystm: nfs}")]
    [InlineData("{name: a, volume: fast, priority: high}")]
    public void Folders_need_names_of_their_own_and_something_to_lie_on(string folders)
    {
        using var real = new SiteFolder().AllPasswords();
        real.Write("etc/globals.yml", $"network_interface: eth0\nglance_file_datadirs: [{folders}]\n");

        FluentActions.Invoking(() => GlanceOf(real)).Should().Throw<Exception>();
    }

    [Theory]
    [InlineData("{name: file, type: rbd, cluster: ceph, pool: a, user: glance, enabled: yes}")]
    [InlineData("{name: a, type: rbd, cluster: ceph, pool: a, user: glance, enabled: yes}, {name: a, type: rbd, cluster: ceph, pool: b, user: glance, enabled: yes}")]
    [InlineData("{name: a, type: rbd, cluster: ceph, pool: a, user: glance}")]
    [InlineData("{name: a, type: rbd, pool: a, user: glance, enabled: yes}")]
    [InlineData("{name: a, type: cephfs, cluster: ceph, pool: a, user: glance, enabled: yes}")]
    [InlineData("{name: a, type: rbd, cluster: ../ceph, pool: a, user: glance, enabled: yes}")]
    public void Stores_in_Ceph_need_all_that_leads_there_and_names_of_their_own(string stores)
    {
        using var real = new SiteFolder().AllPasswords();
        real.Write("etc/globals.yml", $"network_interface: eth0\nenable_ceph: yes\nglance_ceph_backends: [{stores}]\n");

        FluentActions.Invoking(() => GlanceOf(real)).Should().Throw<SiteInvalidException>().Which.Problems.Should().Contain(problem => problem.Problem.StartsWith("glance_ceph_backends: each needs a name of its own", StringComparison.Ordinal));
    }

    [Fact]
    public void Users_of_the_Ceph_of_this_site_need_a_key()
    {
        using var real = new SiteFolder().AllPasswords();
        real.Write("etc/globals.yml", "network_interface: eth0\nenable_ceph: yes\nglance_ceph_backends: [{name: a, type: rbd, cluster: ceph, pool: a, user: other, enabled: yes}]\n");

        FluentActions.Invoking(() => GlanceOf(real)).Should().Throw<SiteInvalidException>().Which.Problems.Should().Contain(problem => problem.Problem.EndsWith("without one: client.other", StringComparison.Ordinal));
    }

    private static DesiredContainer GlanceOf(SiteFolder real)
    {
        KollaNet.Engine.Site.Site read = real.Read();
        read.ThrowIfInvalid();
        var facts = new Dictionary<string, HostFacts> { ["node1"] = SiteFolder.FactsOf("node1", "10.0.0.1") };
        ImmutableArray<SiteProblem> problems = read.Validate(facts);
        if (!problems.IsEmpty) throw new SiteInvalidException(problems);
        return DesiredState.Of(read, facts).Containers.Single(container => container.Role == "glance_api");
    }

    private static string Text(DesiredContainer container, string name) => Encoding.UTF8.GetString(container.Files.Single(file => Path.GetFileName(file.Path) == name).Content.AsSpan());
}
