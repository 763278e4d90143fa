using KollaNet.ImageService.Stores.Rbd;

namespace KollaNet.ImageService.Configuration;

/// <summary>Reads the section of a Ceph store.</summary>
internal sealed class RbdOptionsReader(OptionValues values, string section, ICollection<string> problems)
{
    public RbdStoreOptions Read()
    {
        int chunkMiB = values.Get(RbdOptionCatalog.ChunkSize, section), timeout = values.Get(RbdOptionCatalog.ConnectTimeout, section);
        if (!int.IsPow2(chunkMiB)) problems.Add($"[{section}] rbd_store_chunk_size: {chunkMiB} is not a power of two");
        var read = new RbdStoreOptions
        {
            Pool = values.Get(RbdOptionCatalog.Pool, section),
            User = values.Get(RbdOptionCatalog.User, section) is { Length: > 0 } user ? user : "admin",
            CephConf = values.Get(RbdOptionCatalog.CephConf, section) is { Length: > 0 } file ? file : "/etc/ceph/ceph.conf",
            ChunkBytes = chunkMiB << 20,
            ThinProvisioning = values.Get(RbdOptionCatalog.ThinProvisioning, section),
        };
        return timeout > 0 ? read with { ConnectTimeout = TimeSpan.FromSeconds(timeout), OperationTimeout = TimeSpan.FromSeconds(timeout) } : read;
    }
}
