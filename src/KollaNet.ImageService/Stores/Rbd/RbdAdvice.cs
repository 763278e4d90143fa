namespace KollaNet.ImageService.Stores.Rbd;

/// <summary>What to do when Ceph refuses.</summary>
internal static class RbdAdvice
{
    /// <summary>Without a full stop.</summary>
    public static string Next(RbdStoreOptions options, CephException failure)
    {
        string user = $"client.{options.User}", pool = options.Pool;
        return failure.Errno switch
        {
            CephException.AccessDenied => $"put what \"ceph auth get {user}\" prints into the keyring that {options.CephConf} names (usually {Keyring(options)}), where the image service may read it",
            CephException.NotPermitted => $"give the user its capabilities: ceph auth caps {user} mon 'profile rbd' osd 'profile rbd pool={pool}' mgr 'profile rbd pool={pool}'",
            CephException.NoSpace or CephException.QuotaUsedUp => $"see ceph df; raise the pool's quota (ceph osd pool set-quota {pool} max_bytes N) or add OSDs",
            CephException.TimedOut => $"check mon_host in {options.CephConf}, that monitors and OSDs run (ceph -s), and that this host reaches them",
            CephException.Missing when failure.Message.Contains($"pool {pool}", StringComparison.Ordinal) => $"make the pool (ceph osd pool create {pool}; rbd pool init {pool}), or correct rbd_store_pool",
            CephException.Missing => $"put the cluster's {Path.GetFileName(options.CephConf)} and {Path.GetFileName(Keyring(options))} where they are looked for",
            CephException.Invalid => $"correct {options.CephConf} and {Keyring(options)}: something in them cannot be read",
            _ => "see ceph -s and ceph health detail",
        };
    }

    private static string Keyring(RbdStoreOptions options) =>
        $"{Path.GetDirectoryName(options.CephConf)}/{Path.GetFileNameWithoutExtension(options.CephConf)}.client.{options.User}.keyring";
}
