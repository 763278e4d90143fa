using System.Collections.Immutable;
using System.Text;
using KollaNet.Engine.Planning;
using KollaNet.Engine.Tests.Site;

namespace KollaNet.Engine.Tests.Checks;

/// <summary>The image service's own way of keeping a store that <c>globals.yml</c> no longer knows.</summary>
public sealed class KeptStoreTests : IDisposable
{
    private const string Everything = """
        network_interface: eth0
        enable_swift: "yes"
        swift_device_names: [d0]
        swift_ring_replicas: 1
        glance_backend_file: "yes"
        glance_backend_swift: "yes"
        glance_backend_ceph: "yes"
        glance_backend_s3: "yes"
        s3_url: http://s3.example.org
        s3_bucket: images
        s3_access_key: access
        s3_secret_key: old-secret
        """;

    private readonly SiteFolder folder = new SiteFolder().AllPasswords()
        .Write("etc/config/glance/ceph.conf", "[global]\n\tmon_host = 10.0.0.9\n").Write("etc/config/glance/ceph.client.glance.keyring", "[client.glance]\n\tkey = abc==\n");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Its_section_and_its_files_stay_as_they_were_although_the_site_has_lost_the_settings()
    {
        DesiredContainer before = Glance(Everything);
        Directory.Delete(folder.PathOf("etc/config"), recursive: true);
        folder.Write("etc/config/glance/glance-api.conf", "[DEFAULT]\nenabled_backends = file:file, attic:file\n[attic]\nfilesystem_store_datadir = /var/lib/glance/attic\n");

        DesiredContainer after = Glance("network_interface: eth0", before, ["swift", "rbd", "s3"]);

        string conf = Text(after, "glance-api.conf");
        conf.Should().Contain("enabled_backends = file:file, attic:file, rbd:rbd, swift:swift, s3:s3\n").And.Contain("retiring_backends = swift, rbd, s3\n").And.Contain("default_backend = file\n")
            .And.Contain("show_image_direct_url = True\n");
        foreach (string section in (string[])["swift", "rbd", "s3"]) Section(conf, section).Should().NotBeEmpty().And.Be(Section(Text(before, "glance-api.conf"), section));
        Section(conf, "s3").Should().Contain("s3_store_secret_key = old-secret");
        foreach (string file in (string[])["glance-swift.conf", "ceph.conf", "ceph.client.glance.keyring"])
        {
            Text(after, file).Should().Be(Text(before, file));
            after.Files.Single(one => Path.GetFileName(one.Path) == file).IsSecret.Should().BeTrue();
        }

        DesiredContainer retired = Glance("network_interface: eth0");
        Text(retired, "glance-api.conf").Should().NotContain("swift").And.NotContain("retiring");
        retired.Files.Select(file => Path.GetFileName(file.Path)).Should().NotContain("glance-swift.conf").And.NotContain("ceph.client.glance.keyring");
    }

    [Fact]
    public void A_pool_of_another_cluster_stays_with_its_own_files_when_the_site_has_lost_it()
    {
        folder.Write("etc/config/glance/dc2.conf", "[global]\n\tmon_host = 10.2.0.9\n").Write("etc/config/glance/dc2.client.far.keyring", "[client.far]\n\tkey = def==\n");
        DesiredContainer before = Glance(Everything + "\nglance_ceph_backends: [{name: away, type: rbd, cluster: dc2, pool: disks, user: far, enabled: yes}]\n");
        Directory.Delete(folder.PathOf("etc/config"), recursive: true);

        DesiredContainer after = Glance("network_interface: eth0", before, ["away"]);

        string conf = Text(after, "glance-api.conf");
        conf.Should().Contain("enabled_backends = file:file, http:http, away:rbd\n").And.Contain("retiring_backends = away\n").And.Contain("show_image_direct_url = True\n");
        Section(conf, "away").Should().Contain("rbd_store_pool = disks").And.Be(Section(Text(before, "glance-api.conf"), "away"));
        after.Files.Where(file => file.Path.Contains("/ceph/", StringComparison.Ordinal)).Should().BeEquivalentTo(before.Files.Where(file => file.Path.Contains("/ceph/", StringComparison.Ordinal)), options => options.Excluding(file => file.IsSecret));
        after.Kept.Should().Equal(new Dictionary<string, string?> { ["away"] = "ceph" });

        Glance("network_interface: eth0", before, ["file"]).Files.Should().NotContain(file => file.Path.Contains("/ceph/", StringComparison.Ordinal), "nothing that is kept is in Ceph");
    }

    [Fact]
    public void It_is_asked_by_the_stores_and_the_default_that_are_wanted() =>
        Glance(Everything).Keeps.Should().Equal("kollanet-image", "stores", "keep", "--keep", "rbd:rbd, file:file, swift:swift, s3:s3, http:http", "--default", "rbd");

    [Fact]
    public void One_node_serves_while_images_lie_in_its_own_volume_and_all_do_afterwards()
    {
        folder.Write("inventory", SiteFolder.OneHost.Replace("[glance:children]\ncontrol", "[glance]\nnode1 ansible_connection=local\nnode2 ansible_connection=local", StringComparison.Ordinal));
        const string Swift = "network_interface: eth0\nglance_backend_file: \"no\"\nglance_backend_swift: \"yes\"\nenable_swift: \"yes\"\nswift_device_names: [d0]\nswift_ring_replicas: 1\n";
        DesiredContainer before = Glance("network_interface: eth0");

        Hosts("network_interface: eth0").Should().Equal("node1");
        Hosts(Swift, before, ["file"]).Should().Equal("node1");
        Hosts(Swift).Should().Equal("node1", "node2");
        Hosts(Swift + "glance_file_datadir_volume: /srv/shared\n", before, ["file"]).Should().Equal("node1", "node2");
    }

    private DesiredContainer Glance(string globals, DesiredContainer? before = null, string[]? kept = null) => Containers(globals, before, kept)[0];

    private string[] Hosts(string globals, DesiredContainer? before = null, string[]? kept = null) => [.. Containers(globals, before, kept).Select(container => container.Host)];

    private DesiredContainer[] Containers(string globals, DesiredContainer? before, string[]? kept)
    {
        folder.Globals(globals);
        var parts = ImmutableSortedDictionary<string, KeptParts>.Empty;
        if (before is not null)
        {
            parts = parts.Add("glance_api", new KeptParts([.. kept!], ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, ImmutableArray<byte>>>.Empty
                .Add("node1", before.Files.ToImmutableSortedDictionary(file => Path.GetRelativePath(before.ConfigFolder!, file.Path), file => file.Content))));
        }

        Engine.Site.Site site = folder.Read();
        site.Problems.Should().BeEmpty();
        return [.. DesiredState.Of(site, SiteFolder.Facts([.. site.Hosts.Select(host => host.Name)]), parts).Containers.Where(container => container.Role == "glance_api")];
    }

    private static string Text(DesiredContainer container, string file) => Encoding.UTF8.GetString(container.Files.Single(one => Path.GetFileName(one.Path) == file).Content.AsSpan());

    private static string Section(string conf, string name) => conf.Split("\n\n").Single(part => part.StartsWith($"[{name}]\n", StringComparison.Ordinal)).TrimEnd();
}
