namespace KollaNet.ImageService.Stores.Rbd;

/// <summary>Connects when first needed, so that the service starts without its cluster, and again after the connection was lost for good.</summary>
internal sealed class CephConnection(RbdStoreOptions options) : IDisposable
{
    private readonly Lock guard = new();
    private Task<CephCluster>? connecting;
    private CephCluster? open;

    /// <summary>The cluster's id; null while there has been no connection.</summary>
    public string? Fsid { get; private set; }

    /// <summary>The connection, for a use that the caller ends; everybody who waits for one waits for the same.</summary>
    /// <exception cref="StoreUnreachableException">There is none to be had; says why.</exception>
    public async Task<CephCluster> UseAsync(CancellationToken cancel)
    {
        while (true)
        {
            Task<CephCluster> mine;
            lock (guard)
            {
                if (connecting is null or { IsFaulted: true }) connecting = CephCluster.RunAsync(() => CephCluster.Connect(options));
                mine = connecting;
            }

            CephCluster cluster = await ConnectedAsync(mine, cancel);
            lock (guard)
            {
                if (connecting == mine) open = cluster;
            }

            Fsid = cluster.Fsid;
            if (cluster.TryUse()) return cluster;   // Else it was given up at this very moment.
        }
    }

    /// <summary>To be called after a failure, by who uses the connection still. A client that the cluster has shut out must connect anew; so must one whose call took too long: what it could not
    /// close then counts as open, and cannot be removed, for as long as the client lives.</summary>
    /// <param name="used">What failed: a newer connection stays.</param>
    public void GiveUp(CephCluster used, CephException failure)
    {
        if (failure.Errno is not (CephException.CutOff or CephException.TimedOut)) return;
        lock (guard)
        {
            if (open != used) return;
            (connecting, open) = (null, null);
        }

        used.Release();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        CephCluster? last;
        lock (guard)
        {
            last = open;
            (connecting, open) = (null, null);
        }

        last?.Release();
    }

    private async Task<CephCluster> ConnectedAsync(Task<CephCluster> connection, CancellationToken cancel)
    {
        try
        {
            return await connection.WaitAsync(cancel);
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
}
