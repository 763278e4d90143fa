using System.Collections.Concurrent;
using KollaNet.ImageService.Metadata;

namespace KollaNet.ImageService.Images;

/// <summary><c>user_storage_quota</c>: what an owner's images may occupy together, uploads that run in this process counted as far as they are.</summary>
internal sealed class StorageQuota(IImageRepository images, long quotaBytes)
{
    private readonly ConcurrentDictionary<string, Running> runningByOwner = new();

    /// <param name="declaredBytes">Reserved at once; null grows as bytes come.</param>
    /// <exception cref="StorageQuotaExceededException">Too little is left.</exception>
    public async Task<StorageShare> OpenAsync(string? owner, long? declaredBytes, CancellationToken cancel)
    {
        if (quotaBytes <= 0) return new StorageShare(this, owner, null, 0);
        Running running = runningByOwner.GetOrAdd(owner ?? "", _ => new Running());
        var share = new StorageShare(this, owner, running, await images.UsageBytesAsync(owner, cancel));
        try
        {
            share.GrowTo(declaredBytes ?? 0);
            return share;
        }
        catch
        {
            share.Dispose();
            throw;
        }
    }

    internal Task<long> UsageBytesAsync(string? owner, CancellationToken cancel) => images.UsageBytesAsync(owner, cancel);

    internal void Check(long bytes)
    {
        if (bytes > quotaBytes) throw new StorageQuotaExceededException(quotaBytes);
    }

    /// <summary>Bytes of an owner's running uploads together.</summary>
    internal sealed class Running
    {
        private long bytes;

        public long Add(long more) => Interlocked.Add(ref bytes, more);
    }
}

/// <summary>One upload's part of its owner's quota; given back when disposed, when the database counts the image.</summary>
/// <param name="running">Null when there is no quota.</param>
internal sealed class StorageShare(StorageQuota quota, string? owner, StorageQuota.Running? running, long usedAtStartBytes) : IDisposable
{
    private long heldBytes;

    /// <exception cref="StorageQuotaExceededException">Too little is left.</exception>
    public void GrowTo(long bytes)
    {
        if (running is null || bytes <= heldBytes) return;
        long together = running.Add(bytes - heldBytes);
        heldBytes = bytes;
        quota.Check(usedAtStartBytes + together);
    }

    /// <summary>Counts again with what other uploads have finished meanwhile.</summary>
    /// <exception cref="StorageQuotaExceededException">They left too little.</exception>
    public async Task ConfirmAsync(CancellationToken cancel)
    {
        if (running is not null) quota.Check(await quota.UsageBytesAsync(owner, cancel) + running.Add(0));
    }

    public void Dispose()
    {
        running?.Add(-heldBytes);
        heldBytes = 0;
    }
}
