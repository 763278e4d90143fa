using System.Collections.Immutable;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Images.Inspection;
using KollaNet.ImageService.Limits;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Images;

/// <summary>Streams bytes into a store: counted, capped, hashed and inspected on the way. The one path that image data takes, whoever brings it.</summary>
internal sealed class ImageWriter(IImageRepository images, GlanceOptions options)
{
    private readonly UploadChunkPool chunks = new();
    private readonly StorageQuota quota = new(images, options.UserStorageQuotaBytes);

    /// <summary>Processors to use for one image; 1 hashes without further threads.</summary>
    public int Processors { get; set; } = Environment.ProcessorCount;

    /// <summary>Keystone's limits; null without them.</summary>
    public ProjectQuotas? Limits { set => quota.Limits = value; }

    /// <summary>Counts an image against its owner's quota while it is written.</summary>
    /// <param name="promisedBytes">Null when nobody promised anything.</param>
    /// <exception cref="ImageSizeCapExceededException">More than <c>image_size_cap</c>.</exception>
    /// <exception cref="StorageQuotaExceededException">More than <c>user_storage_quota</c>.</exception>
    public Task<StorageShare> ReserveAsync(string? owner, long? promisedBytes, CancellationToken cancel)
    {
        if (promisedBytes > options.ImageSizeCapBytes) throw new ImageSizeCapExceededException(options.ImageSizeCapBytes);
        return quota.OpenAsync(owner, promisedBytes, cancel);
    }

    /// <summary>Stores an image's bytes with everything that is to be known about them.</summary>
    /// <param name="inspect">False for bytes that an image has already.</param>
    /// <exception cref="ImageContentRefusedException">Dangerous content, or not what disk_format says; nothing was kept.</exception>
    public async Task<WrittenImage> WriteAsync(
        Image image, Stream content, long? promisedBytes, IImageStore store, StorageShare share, CancellationToken cancel, bool inspect = true)
    {
        var inspector = new ContentInspector(image.DiskFormat, inspect ? image.ContainerFormat : null, options.ImageFormat);
        using ImageDigest? md5 = ImageDigest.TryCreateMd5();
        using ImageDigest secure = ImageDigest.Create(options.HashingAlgorithm);
        ImmutableArray<ImageDigest> digests = md5 is null ? [secure] : [md5, secure];
        StoredImage stored = await PassAsync(image.Id, content, promisedBytes, store, new UploadGate(promisedBytes, options.ImageSizeCapBytes, share, inspector), digests, cancel);
        return new WrittenImage(stored.Url, stored.SizeBytes, inspector.VirtualSizeBytes, md5?.Finish(), options.HashingAlgorithm, secure.Finish());
    }

    /// <summary>Puts bytes aside, looking at nothing but their number.</summary>
    public Task<StoredImage> StageAsync(string imageId, Stream content, long? promisedBytes, IImageStore staging, StorageShare share, CancellationToken cancel)
    {
        var unseen = new ContentInspector(null, null, options.ImageFormat);
        return PassAsync(imageId, content, promisedBytes, staging, new UploadGate(promisedBytes, options.ImageSizeCapBytes, share, unseen), [], cancel);
    }

    /// <summary>Looks at bytes that lie in a store already.</summary>
    public async Task<WrittenImage> HashAsync(string url, Stream content, string algorithm, CancellationToken cancel)
    {
        using ImageDigest? md5 = ImageDigest.TryCreateMd5();
        using ImageDigest secure = ImageDigest.Create(algorithm);
        using var uncounted = new StorageShare(quota, null, null, 0, 0);
        var gate = new UploadGate(null, options.ImageSizeCapBytes, uncounted, new ContentInspector(null, null, options.ImageFormat));
        await using var bytes = new UploadContent(content, gate, md5 is null ? [secure] : [md5, secure], chunks, Processors, cancel);
        await bytes.CopyToAsync(Stream.Null, cancel);
        await bytes.FinishAsync();
        return new WrittenImage(url, gate.CountBytes, null, md5?.Finish(), algorithm, secure.Finish());
    }

    private async Task<StoredImage> PassAsync(
        string imageId, Stream content, long? promisedBytes, IImageStore store, UploadGate gate, ImmutableArray<ImageDigest> digests, CancellationToken cancel)
    {
        await using var bytes = new UploadContent(content, gate, digests, chunks, Processors, cancel);
        StoredImage stored = await store.WriteAsync(imageId, bytes, promisedBytes, cancel);
        try
        {
            await bytes.FinishAsync();
            return stored;
        }
        catch
        {
            await store.DeleteAsync(stored.Url, CancellationToken.None);
            throw;
        }
    }
}

/// <summary>What is known about bytes that were stored.</summary>
/// <param name="Url">Where they are.</param>
/// <param name="SizeBytes">How many.</param>
/// <param name="VirtualSizeBytes">Of the disk inside; null when unknown.</param>
/// <param name="Checksum">MD5; null where the platform forbids it.</param>
/// <param name="HashAlgorithm">Of <paramref name="HashValue"/>.</param>
/// <param name="HashValue">Lower-case hex.</param>
internal sealed record WrittenImage(string Url, long SizeBytes, long? VirtualSizeBytes, string? Checksum, string HashAlgorithm, string HashValue)
{
    /// <summary>The image with what is known.</summary>
    public Image On(Image image) => image with
    {
        SizeBytes = SizeBytes,
        VirtualSizeBytes = VirtualSizeBytes,
        Checksum = Checksum,
        HashAlgorithm = HashAlgorithm,
        HashValue = HashValue,
    };
}
