using System.Collections.Immutable;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Images.Inspection;
using KollaNet.ImageService.Images.Resumable;
using KollaNet.ImageService.Images.Signatures;
using KollaNet.ImageService.Limits;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Images;

/// <summary>Streams bytes into a store: counted, capped, hashed and inspected on the way. The one path that image data takes, whoever brings it.</summary>
internal sealed class ImageWriter(IImageRepository images, GlanceOptions options)
{
    private readonly UploadChunkPool chunks = new();
    private readonly StorageQuota quota = new(images, options.UserStorageQuotaBytes, new ResumableFiles(options.StagingStore.DataFolders[0].Path));

    /// <summary>Processors to use for one image; 1 hashes without further threads.</summary>
    public int Processors { get; set; } = Environment.ProcessorCount;

    /// <summary>Keystone's limits; null without them.</summary>
    public ProjectQuotas? Limits { set => quota.Limits = value; }

    /// <summary>Counts an image against its owner's quota while it is written.</summary>
    /// <param name="promisedBytes">Null when nobody promised anything.</param>
    /// <exception cref="ImageSizeCapExceededException">More than <c>image_size_cap</c>.</exception>
    /// <exception cref="StorageQuotaExceededException">More than <c>user_storage_quota</c>.</exception>
    public Task<StorageShare> ReserveAsync(Image image, long? promisedBytes, CancellationToken cancel)
    {
        if (promisedBytes > options.ImageSizeCapBytes) throw new ImageSizeCapExceededException(options.ImageSizeCapBytes);
        return quota.OpenAsync(image, promisedBytes, cancel);
    }

    /// <summary>Stores an image's bytes with everything that is to be known about them.</summary>
    /// <param name="signature">To be checked; null when the image is not signed.</param>
    /// <param name="inspect">False for bytes that an image has already.</param>
    /// <param name="declared">What the client says the checksums are; null when it says nothing.</param>
    /// <exception cref="ImageContentRefusedException">Dangerous content, or not what disk_format says; nothing was kept.</exception>
    /// <exception cref="DeclaredDigestMismatchException">Not what was declared; nothing was kept.</exception>
    /// <exception cref="SignatureRefusedException">Not the bytes that were signed; nothing was kept.</exception>
    public async Task<WrittenImage> WriteAsync(
        Image image, Stream content, long? promisedBytes, IImageStore store, StorageShare share, SignatureVerifier? signature, CancellationToken cancel, bool inspect = true,
        DeclaredDigests? declared = null)
    {
        var inspector = new ContentInspector(image.DiskFormat, inspect ? image.ContainerFormat : null, options.ImageFormat);
        var gate = new UploadGate(promisedBytes, options.ImageSizeCapBytes, share, inspector);
        string[] algorithms = ["md5", options.HashingAlgorithm];
        (StoredImage stored, ImmutableSortedDictionary<string, string> found) = await PassAsync(image.Id, content, promisedBytes, store, gate, algorithms, declared, signature, cancel);
        return new WrittenImage(stored.Url, stored.SizeBytes, inspector.VirtualSizeBytes, found.GetValueOrDefault("md5"), options.HashingAlgorithm, found[options.HashingAlgorithm]);
    }

    /// <summary>Puts bytes aside, looking at nothing but their number, and at the checksums that are declared.</summary>
    /// <exception cref="DeclaredDigestMismatchException">Not what was declared; nothing was kept.</exception>
    public async Task<StoredImage> StageAsync(
        string imageId, Stream content, long? promisedBytes, IImageStore staging, StorageShare share, DeclaredDigests? declared, CancellationToken cancel)
    {
        var unseen = new ContentInspector(null, null, options.ImageFormat);
        var gate = new UploadGate(promisedBytes, options.ImageSizeCapBytes, share, unseen);
        return (await PassAsync(imageId, content, promisedBytes, staging, gate, [], declared, null, cancel)).Stored;
    }

    /// <summary>Copies bytes that will become an image, held to the same limits as if they were stored.</summary>
    /// <exception cref="ImageSizeCapExceededException">More than <c>image_size_cap</c>.</exception>
    /// <exception cref="StorageQuotaExceededException">More than <c>user_storage_quota</c>.</exception>
    public async Task CopyAsync(Image image, Stream content, Stream output, CancellationToken cancel)
    {
        using StorageShare share = await quota.OpenAsync(image, null, cancel);
        var gate = new UploadGate(null, options.ImageSizeCapBytes, share, new ContentInspector(null, null, options.ImageFormat));
        await using var bytes = new UploadContent(content, gate, [], chunks, Processors, cancel);
        await bytes.CopyToAsync(output, cancel);
        await bytes.FinishAsync();
    }

    /// <summary>Looks at bytes that lie in a store already.</summary>
    public async Task<WrittenImage> HashAsync(string url, Stream content, string algorithm, CancellationToken cancel)
    {
        (long sizeBytes, ImmutableSortedDictionary<string, string> found) = await HashAsync(content, ["md5", algorithm], cancel);
        return new WrittenImage(url, sizeBytes, null, found.GetValueOrDefault("md5"), algorithm, found[algorithm]);
    }

    /// <summary>Reads bytes that lie in a store already, and compares them with what an image is by its hash or, where it has none, its checksum.</summary>
    /// <returns>Null when nobody knows what they should be.</returns>
    public async Task<bool?> IsSameAsync(Image image, IImageStore store, string url, CancellationToken cancel)
    {
        if (image is { HashValue: null, Checksum: null }) return null;
        await using Stream data = await store.OpenReadAsync(url, 0, null, cancel);
        WrittenImage found = await HashAsync(url, data, image.HashAlgorithm ?? options.HashingAlgorithm, cancel);
        return image.HashValue is { } hash ? hash == found.HashValue : image.Checksum == found.Checksum;
    }

    /// <summary>Compares bytes that lie somewhere already with what was declared.</summary>
    /// <exception cref="DeclaredDigestMismatchException">They are others.</exception>
    public async Task RequireAsync(Stream content, DeclaredDigests declared, CancellationToken cancel) =>
        declared.Require((await HashAsync(content, declared.HexByAlgorithm.Keys, cancel)).Found);

    private async Task<(long SizeBytes, ImmutableSortedDictionary<string, string> Found)> HashAsync(Stream content, IEnumerable<string> algorithms, CancellationToken cancel)
    {
        using ImageDigests digests = ImageDigests.Of(algorithms);
        using var uncounted = new StorageShare(quota, null, null, 0, 0);
        var gate = new UploadGate(null, options.ImageSizeCapBytes, uncounted, new ContentInspector(null, null, options.ImageFormat));
        await using var bytes = new UploadContent(content, gate, digests.All, chunks, Processors, cancel);
        await bytes.CopyToAsync(Stream.Null, cancel);
        await bytes.FinishAsync();
        return (gate.CountBytes, digests.Finish());
    }

    private async Task<(StoredImage Stored, ImmutableSortedDictionary<string, string> Found)> PassAsync(
        string imageId, Stream content, long? promisedBytes, IImageStore store, UploadGate gate, IEnumerable<string> algorithms, DeclaredDigests? declared,
        SignatureVerifier? signature, CancellationToken cancel)
    {
        using ImageDigests digests = ImageDigests.Of([.. algorithms, .. declared?.HexByAlgorithm.Keys ?? []]);
        ImmutableArray<IContentDigest> readers = signature is null ? digests.All : digests.All.Add(signature);
        await using var bytes = new UploadContent(content, gate, readers, chunks, Processors, cancel);
        StoredImage stored = await store.WriteAsync(imageId, bytes, promisedBytes, cancel);
        try
        {
            await bytes.FinishAsync();
            ImmutableSortedDictionary<string, string> found = digests.Finish();
            declared?.Require(found);
            signature?.Verify();
            return (stored, found);
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
