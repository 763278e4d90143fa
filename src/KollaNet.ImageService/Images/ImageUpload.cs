using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images.Signatures;
using KollaNet.ImageService.Limits;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Images;

/// <summary>Takes an image from queued to active with its data, or back to queued with nothing kept. Source: image-api reference 2.8 and 3.</summary>
public sealed partial class ImageUpload(StoreCatalog stores, IImageRepository images, GlanceOptions options, TimeProvider clock, ILogger<ImageUpload> log)
{
    private readonly ImageClaims claims = new(images, clock);
    private readonly ImageSharing sharing = new(stores, images);

    /// <summary>Checks signed images; without a key manager they are refused.</summary>
    public ImageSignatures Signatures { get; init; } = new(null, clock);

    /// <summary>Takes the bytes; shared with everything else that writes images.</summary>
    internal ImageWriter Writer { get; } = new(images, options);

    /// <summary>Processors to use for one upload; 1 hashes without further threads.</summary>
    internal int Processors { init => Writer.Processors = value; }

    /// <summary>Keystone's limits; null without them.</summary>
    internal ProjectQuotas? Limits { init => Writer.Limits = value; }

    /// <summary>Streams <paramref name="content"/> into a store, hashing and inspecting it on the way. Whatever goes wrong, a cancel included, leaves a
    /// queued image that can be uploaded to again, and nothing in the store.</summary>
    /// <param name="image">As just read, seen with the caller's eyes; whether the caller may upload is decided before.</param>
    /// <param name="declaredSizeBytes">What the client promised; null or 0 when it did not.</param>
    /// <param name="storeId">Null for the default store.</param>
    /// <param name="caller">Who uploads.</param>
    /// <param name="declared">Checksums that the client promises; null when it does not.</param>
    /// <returns>The active image.</returns>
    /// <exception cref="UnknownStoreException">There is no such store.</exception>
    /// <exception cref="ImageFormatsMissingException">disk_format or container_format is not set.</exception>
    /// <exception cref="ImageStatusTransitionException">The image is not queued.</exception>
    /// <exception cref="ImageSizeMismatchException">More or fewer bytes came than promised.</exception>
    /// <exception cref="ImageSizeCapExceededException">More than <c>image_size_cap</c>.</exception>
    /// <exception cref="StorageQuotaExceededException">More than <c>user_storage_quota</c>.</exception>
    /// <exception cref="ImageContentRefusedException">Dangerous content, or not what disk_format says.</exception>
    /// <exception cref="SignatureRefusedException">The image's signature does not hold.</exception>
    /// <exception cref="DeclaredDigestMismatchException">The data has another checksum than promised.</exception>
    /// <exception cref="ImageDataExistsException">The store holds data of this image already.</exception>
    /// <exception cref="StoreFullException">No room in the store.</exception>
    /// <exception cref="StoreForbidsWritingException">The store can only be read.</exception>
    /// <exception cref="ImageGoneException">The image was deleted meanwhile.</exception>
    public async Task<Image> UploadAsync(
        Image image, Stream content, long? declaredSizeBytes, string? storeId, Caller caller, CancellationToken cancel, DeclaredDigests? declared = null)
    {
        ConfiguredStore store = RequireReady(image, storeId).For(caller);
        long? promisedBytes = declaredSizeBytes is > 0 ? declaredSizeBytes : null;
        if (promisedBytes > options.ImageSizeCapBytes) throw new ImageSizeCapExceededException(options.ImageSizeCapBytes);
        using SignatureVerifier? signature = await Signatures.OpenAsync(image, caller, cancel);
        using StorageShare share = await Writer.ReserveAsync(image, promisedBytes, cancel);
        Image saving = await claims.TakeAsync(image, ImageStatus.Saving, cancel);

        WrittenImage? written = null;
        var progress = new UploadProgress(promisedBytes);
        await using var life = UploadHeartbeat.Start(images, saving, progress, clock, cancel);
        try
        {
            written = await Writer.WriteAsync(saving, progress.Watch(content), promisedBytes, store.Store, share, signature, life.Token, declared: declared);
            var location = new ImageLocation(0, written.Url, stores.MetadataFor(store, written.Url));
            await sharing.ApplyAsync(saving with { Locations = [location] }, caller, life.Token);
            return await claims.CompleteAsync(saving, current => written.On(current) with { Status = ImageStatus.Active, Locations = current.Locations.Add(location) });
        }
        catch (Exception failure)
        {
            ImageStatus? now = await UndoAsync(saving, store, written);
            if (now is null or ImageStatus.Deleted or ImageStatus.PendingDelete) throw new ImageGoneException(saving.Id);
            if (now != ImageStatus.Queued) throw new ImageStatusTransitionException(now.Value, ImageStatus.Active);
            LogUploadFailed(failure, saving.Id);
            throw;
        }
    }

    /// <returns>The store it would go to.</returns>
    internal ConfiguredStore RequireReady(Image image, string? storeId)
    {
        ConfiguredStore store = stores.GetForUpload(storeId);
        if (image.Status != ImageStatus.Queued) throw new ImageStatusTransitionException(image.Status, ImageStatus.Saving);
        ImageFormatsMissingException.ThrowIfMissing(image);
        return store;
    }

    /// <summary>Must work although the request was cancelled, and must not hide what went wrong: what it cannot do is logged and left to <see cref="ImageRecovery"/>.</summary>
    /// <returns>The image's status now, or soon; null when the image is gone.</returns>
    private async Task<ImageStatus?> UndoAsync(Image saving, ConfiguredStore store, WrittenImage? written)
    {
        try
        {
            return await claims.GiveBackAsync(saving, () => written is null ? Task.CompletedTask : store.Store.DeleteAsync(written.Url, CancellationToken.None));
        }
        catch (Exception e)
        {
            LogUndoFailed(e, saving.Id, store.Id);
            return ImageStatus.Queued;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The upload of image {ImageId} failed; it is queued again and nothing was kept")]
    private partial void LogUploadFailed(Exception error, string imageId);

    [LoggerMessage(Level = LogLevel.Error, Message = "The failed upload of image {ImageId} to store {StoreId} could not be undone; recovery will try again")]
    private partial void LogUndoFailed(Exception error, string imageId, string storeId);
}
