using System.Collections.Immutable;
using static KollaNet.ImageService.Configuration.OptionTypes;

namespace KollaNet.ImageService.Configuration;

/// <summary>The options of a Ceph store's section. Source: glance_store, rbd driver.</summary>
internal static class RbdOptionCatalog
{
    private const string Store = OptionDefinition.StoreSection;

    public static readonly Option<string> Pool = Text(Store, "rbd_store_pool", "images", "Ceph pool of the images.");
    public static readonly Option<string> User = Text(Store, "rbd_store_user", "", "Ceph user, without 'client.'; empty is admin.");
    public static readonly Option<string> CephConf = Text(Store, "rbd_store_ceph_conf", "/etc/ceph/ceph.conf", "Configuration of the cluster; its keyrings lie beside it.");
    public static readonly Option<int> ChunkSize = Whole(Store, "rbd_store_chunk_size", 8, "MiB of an object; a power of two.", 1, 32);
    public static readonly Option<bool> ThinProvisioning = Flag(Store, "rbd_thin_provisioning", false, "Write no zeros.");
    public static readonly Option<int> ConnectTimeout = Whole(Store, "rados_connect_timeout", 0, "Seconds that monitors and OSDs have to answer; 0 takes 30 and 60, unless ceph.conf says otherwise.");

    public static readonly ImmutableArray<OptionDefinition> All = [Pool, User, CephConf, ChunkSize, ThinProvisioning, ConnectTimeout];
}
