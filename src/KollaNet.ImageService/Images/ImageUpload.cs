using System.Collections.Immutable;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images.Inspection;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Images;

/// <summary>Takes an image from queued to active with its data, or back to queued with nothing kept. Source: image-api reference 2.8 and 3.</summary>
public sealed partial class ImageUpload(StoreCatalog stores, IImageRepository images, GlanceOptions options, TimeProvider clock, ILogger<ImageUpload> log)
{
    private readonly UploadChunkPool chunks = new();
    private readonly StorageQuota quota = new(images, options.UserStorageQuotaBytes);

    /// <summary>Processors to use for one upload; 1 hashes without further threads.</summary>
    internal int Processors { get; init; } = Environment.ProcessorCount;

    /// <summary>Streams <paramref name="content"/> into a store, hashing and inspecting it on the way. Whatever goes wrong, a cancel included, leaves a
    /// queued image that can be uploaded to again, and nothing in the store.</summary>
    /// <param name="image">As just read, seen with the caller's eyes; whether the caller may upload is decided before.</param>
    /// <param name="declaredSizeBytes">What the client promised; null or 0 when it did not.</param>
    /// <param name="storeId">Null for the default store.</param>
    /// <param name="caller">Who uploads.</param>
    /// <returns>The active image.</returns>
    /// <exception cref="UnknownStoreException">There is no such store.</exception>
    /// <exception cref="ImageFormatsMissingException">disk_format or container_format is not set.</exception>
    /// <exception cref="ImageStatusTransitionException">The image is not queued.</exception>
    /// <exception cref="ImageSizeMismatchException">More or fewer bytes came than promised.</exception>
    /// <exception cref="ImageSizeCapExceededException">More than <c>image_size_cap</c>.</exception>
    /// <exception cref="StorageQuotaExceededException">More than <c>user_storage_quota</c>.</exception>
    /// <exception cref="ImageContentRefusedException">Dangerous content, or not what disk_format says.</exception>
    /// <exception cref="ImageDataExistsException">The store holds data of this image already.</exception>
    /// <exception cref="StoreFullException">No room in the store.</exception>
    /// <exception cref="StoreForbidsWritingException">The store can only be read.</exception>
    /// <exception cref="ImageGoneException">The image was deleted meanwhile.</exception>
    public async Task<Image> UploadAsync(Image image, Stream content, long? declaredSizeBytes, string? storeId, Caller caller, CancellationToken cancel)
    {
        ConfiguredStore store = stores.GetForUpload(storeId);
        ThrowIfNotReady(image);
        long? promisedBytes = declaredSizeBytes is > 0 ? declaredSizeBytes : null;
        if (promisedBytes > options.ImageSizeCapBytes) throw new ImageSizeCapExceededException(options.ImageSizeCapBytes);
        using StorageShare share = await quota.OpenAsync(image.Owner, promisedBytes, cancel);
        Image saving = await MarkSavingAsync(image, cancel);

        StoredImage? stored = null;
        await using var life = UploadHeartbeat.Start(images, saving.Id, clock, cancel);
        try
        {
            var inspector = new ContentInspector(image.DiskFormat, image.ContainerFormat, options.ImageFormat);
            var gate = new UploadGate(promisedBytes, options.ImageSizeCapBytes, share, inspector);
            using ImageDigest? md5 = ImageDigest.TryCreateMd5();
            using ImageDigest secure = ImageDigest.Create(options.HashingAlgorithm);
            ImmutableArray<ImageDigest> digests = md5 is null ? [secure] : [md5, secure];
            await using var bytes = new UploadContent(content, gate, digests, chunks, Processors, life.Token);
            stored = await store.Store.WriteAsync(image.Id, bytes, promisedBytes, life.Token);
            await bytes.FinishAsync();
            return await MarkActiveAsync(saving.Id, current => current with
            {
                SizeBytes = stored.SizeBytes,
                VirtualSizeBytes = inspector.VirtualSizeBytes,
                Checksum = md5?.Finish(),
                HashAlgorithm = options.HashingAlgorithm,
                HashValue = secure.Finish(),
                Locations = current.Locations.Add(new ImageLocation(0, stored.Url, stores.MetadataFor(store))),
            });
        }
        catch (Exception failure)
        {
            ImageStatus? found = await UndoAsync(saving.Id, store, stored);
            if (found is null or ImageStatus.Deleted or ImageStatus.PendingDelete) throw new ImageGoneException(saving.Id);
            if (found != ImageStatus.Saving) throw new ImageStatusTransitionException(found.Value, ImageStatus.Active);
            LogUploadFailed(failure, saving.Id);
            throw;
        }
    }

    private static void ThrowIfNotReady(Image image)
    {
        if (image.Status != ImageStatus.Queued) throw new ImageStatusTransitionException(image.Status, ImageStatus.Saving);
        if (string.IsNullOrEmpty(image.DiskFormat)) throw new ImageFormatsMissingException("disk_format");
        if (string.IsNullOrEmpty(image.ContainerFormat)) throw new ImageFormatsMissingException("container_format");
    }

    private async Task<Image> MarkSavingAsync(Image image, CancellationToken cancel)
    {
        try
        {
            return await images.SaveAsync(UploadOwnership.Take(image with { Status = ImageStatus.Saving, UpdatedAt = Now }), ImageStatus.Queued, cancel);
        }
        catch (ImageStatusConflictException lost) when (lost.Found is { } found)
        {
            throw new ImageStatusTransitionException(found, ImageStatus.Saving);
        }
        catch (ImageStatusConflictException)
        {
            throw new ImageGoneException(image.Id);
        }
    }

    /// <summary>Reads the image again first: its name or properties may have been changed during the upload. The data is complete, so a client that
    /// leaves now does not undo it.</summary>
    private async Task<Image> MarkActiveAsync(string id, Func<Image, Image> complete)
    {
        Image current = await images.FindAsync(id, UploadOwnership.Itself, CancellationToken.None) ?? throw new ImageGoneException(id);
        return await images.SaveAsync(UploadOwnership.Leave(complete(current) with { Status = ImageStatus.Active, UpdatedAt = Now }), ImageStatus.Saving, CancellationToken.None);
    }

    /// <summary>Must work although the request was cancelled, and must not hide what went wrong: what it cannot do is logged and left to <see cref="ImageRecovery"/>.</summary>
    /// <returns>The status it found; null when the image is gone.</returns>
    private async Task<ImageStatus?> UndoAsync(string id, ConfiguredStore store, StoredImage? stored)
    {
        try
        {
            if (stored is not null) await store.Store.DeleteAsync(stored.Url, CancellationToken.None);
            Image? current = await images.FindAsync(id, UploadOwnership.Itself, CancellationToken.None);
            if (current is { Status: ImageStatus.Saving }) await images.SaveAsync(UploadOwnership.BackToQueued(current, Now), ImageStatus.Saving, CancellationToken.None);
            return current?.Status;
        }
        catch (ImageStatusConflictException e)
        {
            return e.Found;
        }
        catch (Exception e)
        {
            LogUndoFailed(e, id, store.Id);
            return ImageStatus.Saving;
        }
    }

    private DateTime Now => clock.GetUtcNow().UtcDateTime;

    [LoggerMessage(Level = LogLevel.Information, Message = "The upload of image {ImageId} failed; it is queued again and nothing was kept")]
    private partial void LogUploadFailed(Exception error, string imageId);

    [LoggerMessage(Level = LogLevel.Error, Message = "The failed upload of image {ImageId} to store {StoreId} could not be undone; recovery will try again")]
    private partial void LogUndoFailed(Exception error, string imageId, string storeId);
}
