using System.Security.Cryptography;
using KollaNet.ImageService.Stores;
using KollaNet.ImageService.Stores.Rbd;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Stores.Rbd;

/// <summary>A cluster that dies under the store: errors, and no hang.</summary>
public sealed class RbdStoreFaults
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private readonly string id = Guid.NewGuid().ToString();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_OSD_that_stops_in_the_middle_of_an_upload_or_a_download_is_an_error_and_the_store_recovers_with_it()
    {
        await using CephServer ceph = await CephServer.StartAsync(Cancel);
        using var store = new RbdStore(new RbdStoreOptions { CephConf = ceph.ConfigurationFile, User = "glance", ConnectTimeout = Limit, OperationTimeout = Limit }, TimeProvider.System);
        string kept = Guid.NewGuid().ToString();
        StoredImage stored = await store.WriteAsync(kept, new EndlessStream(80 << 20), 80 << 20, Cancel);
        await using Stream read = await store.OpenReadAsync(stored.Url, 0, null, Cancel);
        byte[] buffer = new byte[1 << 20];
        await read.ReadExactlyAsync(buffer, Cancel);

        var source = new TrickleStream(new byte[64 << 20]) { OnFirstRead = () => ceph.StopOsdAsync(Cancel).GetAwaiter().GetResult() };
        await FluentActions.Awaiting(() => store.WriteAsync(id, source, 64 << 20, Cancel)).Should().ThrowAsync<StoreUnreachableException>();
        await FluentActions.Awaiting(async () =>
        {
            while (await read.ReadAsync(buffer, Cancel) > 0) { }
        }).Should().ThrowAsync<StoreUnreachableException>();

        await ceph.ContinueOsdAsync(Cancel);
        await WorksAgainAsync(cancel => store.SizeAsync(stored.Url, cancel));
        await WorksAgainAsync(cancel => store.DiscardPartialAsync(id, cancel));   // The one that was being written may still be on its way out.
        (await store.WriteAsync(id, new MemoryStream([1, 2]), 2, Cancel)).SizeBytes.Should().Be(2);
    }

    [Fact]
    public async Task A_full_cluster_refuses_the_upload_and_keeps_nothing_of_it()
    {
        await using CephServer ceph = await CephServer.StartAsync(Cancel);
        using var store = new RbdStore(new RbdStoreOptions { CephConf = ceph.ConfigurationFile, User = "glance" }, TimeProvider.System);
        string kept = Guid.NewGuid().ToString();
        StoredImage stored = await store.WriteAsync(kept, new MemoryStream(RandomNumberGenerator.GetBytes(80 << 20)), 80 << 20, Cancel);
        await ceph.ExecuteAsync(Cancel, "bash", "-c", """
            ceph osd set-nearfull-ratio 0.001 && ceph osd set-backfillfull-ratio 0.002 && ceph osd set-full-ratio 0.003
            until ceph osd dump | grep '^osd.0' | grep -qE '[ ,]full'; do sleep 0.5; done
            """);

        await FluentActions.Awaiting(() => store.WriteAsync(id, new EndlessStream(40 << 20), 40 << 20, Cancel)).Should().ThrowAsync<StoreFullException>();

        (await ceph.ExecuteAsync(Cancel, "rbd", "ls", "images")).Should().Be(kept);
        (await store.SizeAsync(stored.Url, Cancel)).Should().Be(80 << 20);
    }

    [Fact]
    public async Task A_cluster_without_a_monitor_is_an_error_within_the_configured_time()
    {
        await TestMachine.EnsurePackagesAsync(Cancel, "librbd1");
        DirectoryInfo folder = Directory.CreateTempSubdirectory("kollanet-test-ceph-");
        string file = Path.Combine(folder.FullName, "ceph.conf");
        await File.WriteAllTextAsync(file, "[global]\nmon_host = 127.0.0.1:1\n", Cancel);
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "ceph.client.glance.keyring"), "[client.glance]\n\tkey = AQBSdFhcGyaSMRAA9DVKcbVTJ1HEZVZCCJAR6w==\n", Cancel);
        await File.AppendAllTextAsync(file, $"keyring = {folder.FullName}/$cluster.$name.keyring\n", Cancel);
        using var store = new RbdStore(new RbdStoreOptions { CephConf = file, User = "glance", ConnectTimeout = Limit }, TimeProvider.System);

        await FluentActions.Awaiting(() => store.SizeAsync($"rbd://{id}", Cancel)).Should().ThrowAsync<StoreUnreachableException>();

        folder.Delete(recursive: true);
    }

    /// <summary>A stopped OSD comes back in its own time.</summary>
    private static async Task WorksAgainAsync(Func<CancellationToken, Task> call)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        deadline.CancelAfter(TimeSpan.FromMinutes(4));
        while (true)
        {
            try
            {
                await call(deadline.Token);
                return;
            }
            catch (StoreUnreachableException) when (!deadline.IsCancellationRequested)
            {
                // Not yet.
            }
        }
    }
}
