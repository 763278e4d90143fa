using KollaNet.ImageService.Stores;
using KollaNet.ImageService.Stores.Rbd;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Stores.Rbd;

/// <summary>Against a real Ceph, each test in a pool of its own.</summary>
public sealed class RbdStoreMeetsTheContract : ImageStoreContract
{
    private readonly string pool = $"images-{Guid.NewGuid():N}";
    private readonly List<RbdStore> opened = [];
    private CephServer? ceph;

    protected override async Task<IImageStore> OpenStoreAsync()
    {
        if (ceph is null)
        {
            ceph = await CephServer.StartedAsync(Cancel);
            await ceph.ExecuteAsync(Cancel, "bash", "-c", $"ceph osd pool create {pool} 1 && ceph osd pool application enable {pool} rbd");
        }

        var store = new RbdStore(new RbdStoreOptions { CephConf = ceph.ConfigurationFile, User = "glance", Pool = pool }, TimeProvider.System);
        opened.Add(store);
        return store;
    }

    protected override async Task<IReadOnlyList<string>> ListBackendAsync() =>
        (await ceph!.ExecuteAsync(Cancel, "rbd", "ls", pool)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public override async ValueTask DisposeAsync()
    {
        foreach (RbdStore store in opened) store.Dispose();
        if (ceph is not null) await ceph.ExecuteAsync(CancellationToken.None, "ceph", "osd", "pool", "delete", pool, pool, "--yes-i-really-really-mean-it");
    }
}
