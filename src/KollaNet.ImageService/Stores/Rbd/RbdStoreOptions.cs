namespace KollaNet.ImageService.Stores.Rbd;

/// <summary>The options of a store of type <c>rbd</c>. Source: glance_store, rbd driver.</summary>
public sealed record RbdStoreOptions
{
    /// <summary><c>rbd_store_pool</c>.</summary>
    public string Pool { get; init; } = "images";

    /// <summary><c>rbd_store_user</c>, without <c>client.</c>.</summary>
    public string User { get; init; } = "admin";

    /// <summary><c>rbd_store_ceph_conf</c>. Its name without the ending is the cluster's, and where keyrings are looked for.</summary>
    public string CephConf { get; init; } = "/etc/ceph/ceph.conf";

    /// <summary><c>rbd_store_chunk_size</c>: bytes of an object, a power of two.</summary>
    public int ChunkBytes { get; init; } = 8 << 20;

    /// <summary><c>rbd_thin_provisioning</c>.</summary>
    public bool ThinProvisioning { get; init; }

    /// <summary><c>rados_connect_timeout</c> when it is positive: monitors must answer within this.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary><c>rados_connect_timeout</c> when it is positive: a single read or write must end within this.</summary>
    public TimeSpan OperationTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The binary logarithm of <see cref="ChunkBytes"/>.</summary>
    public int Order => System.Numerics.BitOperations.Log2((uint)ChunkBytes);
}
