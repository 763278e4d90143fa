using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace KollaNet.ImageService.Stores.Rbd;

/// <summary>A connection to one pool of one cluster, shared by all requests. librados keeps it up by itself. Whoever uses it says so, as it closes with its last use.</summary>
internal sealed class CephCluster
{
    private const ulong Layering = 1;

    private readonly CephHandle cluster;
    private readonly string poolName;
    private readonly ConcurrentDictionary<string, Lazy<CephHandle>> others = [];

    /// <summary>The first is that of <see cref="CephConnection"/>, for as long as it hands this connection out.</summary>
    private int uses = 1;

    private CephCluster(CephHandle cluster, CephHandle pool, string poolName, string fsid, ulong features)
    {
        (this.cluster, this.poolName) = (cluster, poolName);
        (Pool, Fsid, Features) = (pool, fsid, features);
    }

    /// <summary>Where images are written.</summary>
    public CephHandle Pool { get; }

    /// <summary>The cluster's id.</summary>
    public string Fsid { get; }

    /// <summary>Of new images: <c>rbd_default_features</c>, and layering at the least. Source: image-api reference 8, rbd.</summary>
    public ulong Features { get; }

    /// <summary>Runs calls that block, for as long as the cluster's time limits let them, on a thread of their own.</summary>
    public static Task<T> RunAsync<T>(Func<T> calls) => Task.Factory.StartNew(calls, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);

    /// <inheritdoc cref="RunAsync{T}(Func{T})"/>
    public static Task RunAsync(Action calls) => Task.Factory.StartNew(calls, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);

    /// <summary>Runs the calls that end some work, and waits for them; not for long, as a cluster that went away can keep them through several of its time limits. They end later, then.</summary>
    public static Task EndAsync(Action calls, TimeSpan limit) =>
        Task.WhenAny(RunAsync(calls), Task.Delay(limit));

    /// <summary>Connects; blocks.</summary>
    /// <exception cref="CephException">The configuration or the keyring is missing or wrong, no monitor answers, or the pool is missing.</exception>
    public static CephCluster Connect(RbdStoreOptions options)
    {
        string name = Path.GetFileNameWithoutExtension(options.CephConf), user = $"client.{options.User}";
        CephException.Check(Librados.Create(out nint created, name, user, 0), "prepare a connection");
        var cluster = new CephHandle(created, Librados.Shutdown);
        try
        {
            CephException.Check(Librados.ReadConfiguration(created, options.CephConf), $"read its configuration {options.CephConf}");
            Configure(created, options);
            CephException.Check(Librados.Connect(created), $"let {user} into the cluster of {options.CephConf}");
            Span<byte> fsid = stackalloc byte[64];
            int length = CephException.Check(Librados.ReadFsid(created, fsid, (nuint)fsid.Length), "tell its cluster id");
            CephHandle pool = OpenPool(created, cluster, options.Pool);
            return new CephCluster(cluster, pool, options.Pool, Encoding.ASCII.GetString(fsid[..length]), FeaturesOf(created));
        }
        catch
        {
            cluster.Dispose();
            throw;
        }
    }

    /// <summary>Any pool of the cluster: images stay where they were written when the configuration names another one later. Blocks.</summary>
    /// <param name="name">Null for the one where images are written.</param>
    /// <exception cref="CephException">There is none, or this user may not open it.</exception>
    public CephHandle PoolOf(string? name) => name is null || name == poolName ? Pool : others.GetOrAdd(name, other => new Lazy<CephHandle>(() => OpenPool(cluster.DangerousGetHandle(), cluster, other), LazyThreadSafetyMode.PublicationOnly)).Value;

    /// <summary>Begins a use.</summary>
    /// <returns>False: it is closed.</returns>
    public bool TryUse()
    {
        for (int now = Volatile.Read(ref uses); now > 0;)
        {
            int before = Interlocked.CompareExchange(ref uses, now + 1, now);
            if (before == now) return true;
            now = before;
        }

        return false;
    }

    /// <summary>Ends a use. The last one closes the connection, which blocks.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref uses) == 0) Close();
    }

    /// <summary>The same, where nobody may be blocked for longer than <paramref name="limit"/>.</summary>
    public async ValueTask ReleaseAsync(TimeSpan limit)
    {
        if (Interlocked.Decrement(ref uses) == 0) await EndAsync(Close, limit);
    }

    private static CephHandle OpenPool(nint cluster, CephHandle owner, string name)
    {
        CephException.Check(Librados.OpenPool(cluster, name, out nint opened), $"open pool {name}");
        Librados.FailWhenFull(opened);
        return new CephHandle(opened, Librados.ClosePool, owner);
    }

    private void Close()
    {
        foreach (Lazy<CephHandle> other in others.Values.Where(other => other.IsValueCreated)) other.Value.Dispose();
        Pool.Dispose();
        cluster.Dispose();
    }

    private static void Configure(nint cluster, RbdStoreOptions options)
    {
        // Whole objects are written and read, once: a cache would only cost memory.
        CephException.Check(Librados.SetOption(cluster, "rbd_cache", "false"), "switch its cache off");
        LimitTime(cluster, "client_mount_timeout", options.ConnectTimeout, untouched: 300);
        LimitTime(cluster, "rados_mon_op_timeout", options.ConnectTimeout, untouched: 0);
        LimitTime(cluster, "rados_osd_op_timeout", options.OperationTimeout, untouched: 0);
    }

    /// <summary>A dead monitor or OSD shall be an error, not a hang; what the operator's ceph.conf says wins.</summary>
    /// <param name="untouched">Ceph's own default, in seconds.</param>
    private static void LimitTime(nint cluster, string option, TimeSpan limit, double untouched)
    {
        if (double.TryParse(Get(cluster, option), CultureInfo.InvariantCulture, out double seconds) && seconds != untouched) return;
        CephException.Check(Librados.SetOption(cluster, option, limit.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)), $"take {option}");
    }

    private static ulong FeaturesOf(nint cluster) =>
        ulong.TryParse(Get(cluster, "rbd_default_features"), CultureInfo.InvariantCulture, out ulong features) && features != 0 ? features | Layering : Layering;

    private static string Get(nint cluster, string option)
    {
        Span<byte> value = stackalloc byte[256];
        if (Librados.GetOption(cluster, option, value, (nuint)value.Length) < 0) return "";
        int end = value.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? value : value[..end]);
    }
}
