using System.Collections.Concurrent;
using KollaNet.ImageService.Images.Resumable;
using KollaNet.ImageService.Limits;
using KollaNet.ImageService.Metadata;

namespace KollaNet.ImageService.Images;

/// <summary>What an owner's images may occupy together (<c>user_storage_quota</c>, and Keystone's <c>image_size_total</c> where limits are taken from there),
/// uploads that run in this process counted as far as they are, and those that wait to be resumed as what they will be.</summary>
/// <param name="quotaBytes"><c>user_storage_quota</c>; 0 for none.</param>
internal sealed class StorageQuota(IImageRepository images, long quotaBytes, ResumableFiles resumable)
{
    private readonly ConcurrentDictionary<string, Running> runningByOwner = new();

    /// <summary>Keystone's limits; null without them.</summary>
    public ProjectQuotas? Limits { get; set; }

    /// <param name="declaredBytes">Reserved at once; null grows as bytes come.</param>
    /// <exception cref="StorageQuotaExceededException">Too little is left.</exception>
    public async Task<StorageShare> OpenAsync(Image image, long? declaredBytes, CancellationToken cancel)
    {
        if (await FindQuotaAsync(image.Owner, cancel) is not { } mostBytes) return new StorageShare(this, image, null, 0, 0);
        Running running = runningByOwner.GetOrAdd(image.Owner ?? "", _ => new Running());
        var share = new StorageShare(this, image, running, mostBytes, await UsageBytesAsync(image, cancel));
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

    /// <summary>What the owner's other images and waiting uploads occupy.</summary>
    internal async Task<long> UsageBytesAsync(Image image, CancellationToken cancel)
    {
        long bytes = await images.UsageBytesAsync(image.Owner, cancel);
        foreach (HeldUpload held in resumable.All().Where(held => held.ImageId != image.Id))
        {
            if (await images.FindAsync(held.ImageId, UploadOwnership.Itself, cancel) is { Status: ImageStatus.Queued } waiting && waiting.Owner == image.Owner) bytes += held.TotalBytes;
        }

        return bytes;
    }

    private async Task<long?> FindQuotaAsync(string? owner, CancellationToken cancel)
    {
        long? limit = Limits is null ? null : await Limits.FindSizeTotalBytesAsync(owner, cancel);
        return quotaBytes <= 0 ? limit : Math.Min(quotaBytes, limit ?? quotaBytes);
    }

    /// <summary>Bytes of an owner's running uploads together.</summary>
    internal sealed class Running
    {
        private long bytes;

        public long Add(long more) => Interlocked.Add(ref bytes, more);
    }
}

/// <summary>One upload's part of its owner's quota; given back when disposed, when the database counts the image.</summary>
/// <param name="image">What is written; null for what counts nowhere.</param>
/// <param name="running">Null when there is no quota.</param>
internal sealed class StorageShare(StorageQuota quota, Image? image, StorageQuota.Running? running, long mostBytes, long usedAtStartBytes) : IDisposable
{
    private long heldBytes;

    /// <exception cref="StorageQuotaExceededException">Too little is left.</exception>
    public void GrowTo(long bytes)
    {
        if (running is null || bytes <= heldBytes) return;
        long together = running.Add(bytes - heldBytes);
        heldBytes = bytes;
        Check(usedAtStartBytes + together);
    }

    /// <summary>Counts again with what other uploads have finished meanwhile.</summary>
    /// <exception cref="StorageQuotaExceededException">They left too little.</exception>
    public async Task ConfirmAsync(CancellationToken cancel)
    {
        if (running is not null) Check(await quota.UsageBytesAsync(image!, cancel) + running.Add(0));
    }

    public void Dispose()
    {
        running?.Add(-heldBytes);
        heldBytes = 0;
    }

    private void Check(long bytes)
    {
        if (bytes > mostBytes) throw new StorageQuotaExceededException(mostBytes);
    }
}
