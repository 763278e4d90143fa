namespace KollaNet.ImageService.Stores.Rbd;

/// <summary>Connects when first needed, so that the service starts without its cluster, and again after the connection was lost for good.</summary>
internal sealed class CephConnection(RbdStoreOptions options) : IDisposable
{
    private readonly Lock guard = new();
    private Task<CephCluster>? connecting;
    private readonly List<CephCluster> left = [];
    private CephCluster? open;

    /// <summary>The cluster's id; null while there has been no connection.</summary>
    public string? Fsid { get; private set; }

    /// <summary>The connection; everybody who waits for one waits for the same.</summary>
    /// <exception cref="StoreUnreachableException">There is none to be had; says why.</exception>
    public async Task<CephCluster> GetAsync(CancellationToken cancel)
    {
        Task<CephCluster> mine;
        lock (guard)
        {
            if (connecting is null or { IsFaulted: true }) connecting = CephCluster.RunAsync(() => CephCluster.Connect(options));
            mine = connecting;
        }

        try
        {
            CephCluster cluster = await mine.WaitAsync(cancel);
            lock (guard)
            {
                if (connecting == mine) open = cluster;
            }

            Fsid = cluster.Fsid;
            return cluster;
        }
        catch (CephException e)
        {
            throw new StoreUnreachableException($"rbd://{options.Pool}", e);
        }
        catch (DllNotFoundException e)
        {
            throw new StoreUnreachableException($"rbd://{options.Pool}", new IOException($"Ceph's client library is not installed (Debian's package librbd1): {e.Message}", e));
        }
    }

    /// <summary>To be called after a failure. A client that the cluster has shut out must connect anew; so does one whose call took too long, as such a client has been seen to
    /// go on failing when the cluster was well again.</summary>
    /// <param name="used">What failed: a newer connection stays.</param>
    public void Forget(CephCluster used, CephException failure)
    {
        if (failure.Errno is not (CephException.CutOff or CephException.TimedOut)) return;
        lock (guard)
        {
            if (open != used) return;
            (connecting, open) = (null, null);
            left.Add(used);   // Something may still use it, and librados does not bear being closed by the garbage collector.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (CephCluster cluster in left) cluster.Dispose();
        open?.Dispose();
    }
}
