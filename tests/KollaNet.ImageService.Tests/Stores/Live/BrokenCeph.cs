using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Stores.Live;

/// <summary>What a client is told when Ceph goes wrong, and what becomes of the image.</summary>
public sealed class BrokenCeph
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("monitor", "let client.glance into the cluster")]
    [InlineData("key", "let client.glance into the cluster")]
    [InlineData("pool", "open pool nowhere")]
    public async Task What_keeps_the_service_out(string what, string reason)
    {
        CephServer ceph = await CephServer.StartedAsync(Cancel);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("kollanet-ceph-");
        string file = Path.Combine(folder.FullName, "ceph.conf"), keyring = Path.Combine(folder.FullName, "keyring"), right = Path.Combine(Path.GetDirectoryName(ceph.ConfigurationFile)!, "ceph.client.glance.keyring");
        string text = await File.ReadAllTextAsync(ceph.ConfigurationFile, Cancel);
        await File.WriteAllTextAsync(file, $"{(what == "monitor" ? "[global]\nmon_host = 127.0.0.1:1" : text)}\n[client.glance]\nkeyring = {(what == "key" ? keyring : right)}\n", Cancel);
        await File.WriteAllTextAsync(keyring, "[client.glance]\n\tkey = AQBSdFhcGyaSMRAA9DVKcbVTJ1HEZVZCCJAR6w==\n", Cancel);
        await using var fault = await BackendFault.StartAsync(new LiveCeph(ceph, what == "pool" ? "nowhere" : "images", file));

        await fault.ShouldAnswerAsync(503, reason, looks: false);

        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_full_cluster_and_an_OSD_that_stops_in_the_middle_of_an_upload()
    {
        await using CephServer ceph = await CephServer.StartAsync(Cancel);
        await using var fault = await BackendFault.StartAsync(new LiveCeph(ceph));
        await ceph.ExecuteAsync(Cancel, "bash", "-c", """
            head -c 100M /dev/zero > /tmp/fill && rados -p images put fill /tmp/fill
            ceph osd set-nearfull-ratio 0.001 && ceph osd set-backfillfull-ratio 0.002 && ceph osd set-full-ratio 0.003
            until ceph osd dump | grep '^osd.0' | grep -qE '[ ,]full'; do sleep 0.5; done
            """);
        await fault.ShouldAnswerAsync(413, "No space left");
        await ceph.ExecuteAsync(Cancel, "bash", "-c", """
            ceph osd set-full-ratio 0.95 && ceph osd set-backfillfull-ratio 0.9 && ceph osd set-nearfull-ratio 0.85
            while ceph osd dump | grep '^osd.0' | grep -qE '[ ,]full'; do sleep 0.5; done
            """);

        await fault.ShouldAnswerAsync(503, "cannot be reached", 40 << 20, looks: false, happens: () => ceph.StopOsdAsync(Cancel));
        await ceph.ContinueOsdAsync(Cancel);

        await fault.ShouldWorkNowAsync();
    }
}
