using System.Runtime.CompilerServices;

namespace KollaNet.ImageService.Stores.Rbd;

/// <summary>Images in Ceph, exactly as Glance's rbd store lays them out, so that Nova and Cinder can clone them: RBD image <c>ID</c> in the pool, objects of
/// <c>rbd_store_chunk_size</c>, protected snapshot <c>snap</c>. Several processes and hosts may share the pool. Source: glance_store, rbd driver.</summary>
public sealed class RbdStore : IImageStore
{
    // With the chunk size of 8 MiB that everybody has: 96 MiB for all transfers together, and 1 MiB for each beyond that.
    private const int MostLargeBlocks = 12;

    /// <summary>An image without its snapshot that is older than this and that nobody has open was left by a writer that died.</summary>
    private static readonly TimeSpan SurelyDead = TimeSpan.FromMinutes(1);

    private readonly RbdStoreOptions options;
    private readonly CephConnection connection;
    private readonly RbdBlocks blocks;
    private readonly TimeProvider time;

    /// <summary>Connects to nothing yet.</summary>
    /// <param name="time">Tells leftovers from images that are being written.</param>
    public RbdStore(RbdStoreOptions options, TimeProvider time)
    {
        (this.options, this.time) = (options, time);
        connection = new CephConnection(options);
        blocks = new RbdBlocks(options.ChunkBytes, MostLargeBlocks);
    }

    /// <inheritdoc/>
    public StoreAbilities Abilities { get; } = new(CanWrite: true);

    /// <inheritdoc/>
    public Task<StoredImage> WriteAsync(string imageId, Stream content, long? sizeBytes, CancellationToken cancel) => GuardAsync(UrlOf(imageId), async cluster =>
    {
        RbdImage image = await CephCluster.RunAsync(() => Create(cluster, imageId, sizeBytes ?? 0));
        bool complete = false;
        try
        {
            await using var writer = new RbdWriter(image, blocks, sizeBytes, options.ThinProvisioning);
            await content.CopyToAsync(writer, cancel);
            cancel.ThrowIfCancellationRequested();
            await writer.FinishAsync();
            await CephCluster.RunAsync(() => complete = Complete(image));
            return new StoredImage(new RbdLocation(cluster.Fsid, options.Pool, imageId, RbdImage.Snapshot).ToString(), writer.WrittenBytes);
        }
        finally
        {
            cluster.TryUse();   // May go on longer than this write.
            await CephCluster.EndAsync(() => End(cluster, image, complete ? null : imageId), options.OperationTimeout);
        }
    }, cancel);

    /// <inheritdoc/>
    public Task<Stream> OpenReadAsync(string url, long offsetBytes, long? lengthBytes, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offsetBytes);
        RbdLocation location = Locate(url);
        return GuardAsync<Stream>(url, cluster => CephCluster.RunAsync<Stream>(() =>
        {
            RbdImage image = RbdImage.OpenReadOnly(cluster.PoolOf(location.Pool), location.Image, location.Snapshot);
            long left = Math.Max(0, image.SizeBytes - offsetBytes);
            return new RbdReader(image, blocks, url, offsetBytes, Math.Min(left, lengthBytes ?? left), options.OperationTimeout);
        }), cancel);
    }

    /// <inheritdoc/>
    public Task<long> SizeAsync(string url, CancellationToken cancel)
    {
        RbdLocation location = Locate(url);
        return GuardAsync(url, cluster => CephCluster.RunAsync(() =>
        {
            using RbdImage image = RbdImage.OpenReadOnly(cluster.PoolOf(location.Pool), location.Image, location.Snapshot);
            return image.SizeBytes;
        }), cancel);
    }

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string url, CancellationToken cancel)
    {
        RbdLocation location = Locate(url);
        return GuardAsync(url, cluster => CephCluster.RunAsync(() => RbdRemoval.Remove(cluster.PoolOf(location.Pool), location.Image)), cancel);
    }

    /// <inheritdoc/>
    public Task DiscardPartialAsync(string imageId, CancellationToken cancel)
    {
        CheckId(imageId);
        return GuardAsync(UrlOf(imageId), cluster => CephCluster.RunAsync(() => RbdRemoval.RemoveLeftover(cluster.Pool, imageId, _ => true)), cancel);
    }

    /// <inheritdoc/>
    public Task<bool> DiscardOrphanAsync(string imageId, CancellationToken cancel)
    {
        CheckId(imageId);
        return GuardAsync(UrlOf(imageId), cluster => CephCluster.RunAsync(() => RbdRemoval.Remove(cluster.Pool, imageId)), cancel);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        string pool = $"rbd://{options.Pool}";
        foreach (string name in await GuardAsync(pool, cluster => CephCluster.RunAsync(() => RbdListing.NamesOf(cluster)), cancel))
        {
            if (!IsId(name)) continue;
            if (await GuardAsync(pool, cluster => CephCluster.RunAsync(() => RbdListing.Describe(cluster, options.Pool, name)), cancel) is { } found) yield return found;
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<StoreProperty>> DescribeAsync(CancellationToken cancel)
    {
        StoreProperty[] known = [new("chunk_size", (long)options.ChunkBytes), new("pool", options.Pool), new("thin_provisioning", options.ThinProvisioning)];
        try
        {
            return [.. known, new("fsid", await GuardAsync(options.Pool, cluster => Task.FromResult(cluster.Fsid), cancel))];
        }
        catch (StoreUnreachableException)
        {
            return known;   // Which cluster it is, only the cluster can tell.
        }
    }

    /// <inheritdoc/>
    public bool Owns(string url) => RbdLocation.TryParse(url) is { } location && IsInCluster(location) && (location.Pool is null || location.Pool == options.Pool);

    /// <inheritdoc/>
    public void Dispose() => connection.Dispose();

    private static bool IsId(string name) => Guid.TryParseExact(name, "D", out _);

    private static void CheckId(string imageId)
    {
        if (!IsId(imageId)) throw new ArgumentException($"'{imageId}' is not an image id.", nameof(imageId));
    }

    private static bool Complete(RbdImage image)
    {
        image.Complete();
        return true;
    }

    /// <summary>Closes an image, and removes what an unfinished write has made of it so far; <see cref="StoreLeftovers"/> tells what cannot be removed now.</summary>
    /// <param name="unfinished">Its name; null when it is complete. Where the cluster was away for long, the upload may have been repeated and its name be another's.</param>
    private static void End(CephCluster cluster, RbdImage image, string? unfinished)
    {
        try
        {
            string? id = unfinished is null ? null : image.Id;
            image.Dispose();
            if (unfinished is not null) RbdRemoval.Remove(cluster.Pool, unfinished, id);
        }
        catch (CephException)
        {
            // The failure that led here is the one to report.
        }
        finally
        {
            cluster.Release();
        }
    }

    private RbdImage Create(CephCluster cluster, string imageId, long sizeBytes)
    {
        for (bool again = false; ; again = true)
        {
            try
            {
                return RbdImage.Create(cluster, imageId, sizeBytes, options.Order);
            }
            catch (CephException e) when (e.Errno is CephException.Exists or CephException.Missing)
            {
                // Missing: somebody took ours for a leftover before we had it open, and writes in its place.
                bool leftoverGone = !again && e.Errno == CephException.Exists && RbdRemoval.RemoveLeftover(cluster.Pool, imageId, createdAt => time.GetUtcNow() - createdAt > SurelyDead);
                if (!leftoverGone) throw new ImageDataExistsException(imageId);
            }
        }
    }

    private string UrlOf(string imageId)
    {
        CheckId(imageId);
        return $"rbd://{options.Pool}/{imageId}";
    }

    /// <summary>With no connection so far, which cluster it is cannot be told.</summary>
    private bool IsInCluster(RbdLocation location) => IsId(location.Image) && (location.Fsid is null || connection.Fsid is not { } fsid || fsid == location.Fsid);

    /// <summary>As in Glance, an image is looked for in the pool that its url names, whichever one is configured now.</summary>
    private RbdLocation Locate(string url) => RbdLocation.TryParse(url) is { } location && IsInCluster(location) ? location : throw new ImageDataMissingException(url);

    private async Task<T> GuardAsync<T>(string url, Func<CephCluster, Task<T>> work, CancellationToken cancel)
    {
        CephCluster cluster = await connection.UseAsync(cancel);
        try
        {
            return await work(cluster);
        }
        catch (CephException e)
        {
            connection.GiveUp(cluster, e);
            throw e.ForStore(url);
        }
        finally
        {
            await cluster.ReleaseAsync(options.OperationTimeout);
        }
    }
}
