using System.Net;
using System.Security.Cryptography;
using KollaNet.EndToEnd.Sites;
using KollaNet.Engine.Containers;
using KollaNet.TestHost;

namespace KollaNet.EndToEnd;

/// <summary>Ceph as it is deployed for trying out, and images in it.</summary>
public sealed class CephStorage
{
    [Fact]
    public async Task A_site_with_its_own_Ceph_keeps_images_there_and_they_outlive_its_containers()
    {
        await TestImages.EnsureAsync(TestSite.Cancel, "ceph");
        await using TestSite site = await TestSite.CreateAsync(withKeystone: false, TestSite.Cancel);
        site.WriteGlobals(SmallSite.WithoutKeystone, "enable_ceph: \"yes\"", "enable_ceph_rgw: \"yes\"", "glance_backend_ceph: \"yes\"", "ceph_osd_size: 4");
        (await site.RunAsync("prechecks")).ShouldSucceed();
        (await site.RunAsync("deploy")).ShouldSucceed();
        (await site.RunAsync("deploy")).ShouldHaveChangedNothing();
        (await site.RunAsync("plan")).ShouldExitWith(0);
        using ImageApi api = ImageApi.WithPassword(site);
        byte[] disk = RandomNumberGenerator.GetBytes(20_000_001);
        string id = await api.CreateAsync("in ceph");
        using HttpResponseMessage uploaded = await api.UploadAsync(id, disk);
        uploaded.StatusCode.Should().Be(HttpStatusCode.NoContent);

        (await CephAsync(site, "rbd", "info", $"images/{id}@snap")).Should().Contain("protected: True").And.Contain("order 23");
        (await site.ImageFilesAsync()).Should().BeEmpty();
        using var http = new HttpClient();
        (await http.GetAsync(new Uri($"http://{site.Address}:6780/"), TestSite.Cancel)).StatusCode.Should().Be(HttpStatusCode.OK);

        foreach (string container in (string[])["ceph_mgr", "ceph_osd", "ceph_mon", "bootstrap_ceph_mon", "bootstrap_ceph_osd"])
            await site.Engine.RemoveContainerAsync(site.Prefix + container, TestSite.Cancel);
        (await site.RunAsync("deploy")).ShouldSucceed();

        (await api.DownloadAsync(id)).Should().Equal(disk);
        await MoveToAnotherPoolAsync(site, api, id, disk);
        await api.DeleteAsync(id);
        (await CephAsync(site, "rbd", "ls", "archive")).Should().BeEmpty();
    }

    private static async Task MoveToAnotherPoolAsync(TestSite site, ImageApi api, string id, byte[] disk)
    {
        const string Images = "{name: rbd, type: rbd, cluster: ceph, pool: images, user: glance, enabled: \"no\"}", Archive = "{name: archive, type: rbd, cluster: ceph, pool: archive, user: glance, enabled: \"yes\"}";
        site.WriteGlobals(SmallSite.WithoutKeystone, "enable_ceph: \"yes\"", "enable_ceph_rgw: \"yes\"", "glance_backend_ceph: \"yes\"", "ceph_osd_size: 4", $"glance_ceph_backends: [{Images}, {Archive}]");
        (await site.RunAsync("reconfigure")).ShouldSucceed().ShouldSay("1 image (19.1 MiB) lives in store rbd, which stays on until it is empty");
        (await api.DownloadAsync(id)).Should().Equal(disk);

        (await site.RunAsync("images", "migrate", "--from", "rbd", "--to", "archive")).ShouldSucceed();
        (await site.RunAsync("reconfigure")).ShouldSucceed();

        (await CephAsync(site, "rbd", "ls", "images")).Should().BeEmpty();
        (await CephAsync(site, "rbd", "ls", "archive")).Should().Be(id);
        (await api.DownloadAsync(id)).Should().Equal(disk);
        (await site.RunAsync("reconfigure")).ShouldHaveChangedNothing();
    }

    [Fact]
    public async Task A_block_device_becomes_an_OSD_unless_it_holds_something()
    {
        await TestImages.EnsureAsync(TestSite.Cancel, "ceph");
        await using TestSite site = await TestSite.CreateAsync(withKeystone: false, TestSite.Cancel);
        await using LoopDevice device = await LoopDevice.OfGibibytesAsync(4, TestSite.Cancel);
        site.WriteGlobals(SmallSite.WithoutKeystone, "enable_ceph: \"yes\"", $"ceph_osd_device: {device.Path}");
        await device.FormatAsync(TestSite.Cancel);

        (await site.RunAsync("deploy", "--tags", "ceph")).ShouldExitWith(1).ShouldSay($"{device.Path} holds something already");

        await device.WipeAsync(TestSite.Cancel);
        (await site.RunAsync("deploy", "--tags", "ceph")).ShouldSucceed();

        (await CephAsync(site, "ceph", "osd", "metadata", "0")).Should().Contain($"\"bluestore_bdev_partition_path\": \"{device.Path}\"");
        await CephAsync(site, "rados", "--pool", "images", "put", "kept", "/etc/ceph/ceph.conf");

        // The device outlives its volume ...
        foreach (string container in (string[])["ceph_osd", "bootstrap_ceph_osd"]) await site.Engine.RemoveContainerAsync(site.Prefix + container, TestSite.Cancel);
        await site.Engine.RemoveVolumeAsync(site.Prefix + "ceph_osd", TestSite.Cancel);
        (await site.RunAsync("deploy", "--tags", "ceph")).ShouldSucceed();
        (await CephAsync(site, "rados", "--pool", "images", "ls")).Should().Be("kept");

        // ... and its cluster, of which nothing is overwritten.
        (await site.RunAsync("destroy", "--yes-i-really-really-mean-it")).ShouldSucceed();
        (await site.RunAsync("deploy", "--tags", "ceph")).ShouldExitWith(1).ShouldSay($"{device.Path} holds the objects of an earlier cluster");
    }

    private static async Task<string> CephAsync(TestSite site, params string[] command)
    {
        JobResult result = await site.Engine.ExecAsync(site.Prefix + "ceph_mon", [.. command], new ExecOptions(), TestSite.Cancel);
        result.ExitCode.Should().Be(0, string.Join('\n', result.Output));
        return string.Join('\n', result.Output);
    }
}
