using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Imports;
using KollaNet.ImageService.Imports.Plugins;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Images;

/// <summary>Data on its way to become an image: one file per image in <c>os_glance_staging_store</c>. Source: image-api reference 2.10, 8.</summary>
/// <param name="store">The staging store.</param>
public sealed partial class ImageStaging(IImageStore store, ImageUpload upload, IImageRepository images, GlanceOptions options, TimeProvider clock, ILogger<ImageStaging> log)
{
    private readonly ImageClaims claims = new(images, clock);

    /// <summary>Takes a queued image to uploading with its data put aside, or back to queued with nothing kept. The image need not say yet what it is.</summary>
    /// <param name="declaredSizeBytes">What the client promised; null or 0 when it did not.</param>
    /// <param name="declared">Checksums that the client promises; null when it does not.</param>
    /// <returns>How many bytes came.</returns>
    /// <exception cref="ImageStatusTransitionException">The image is not queued.</exception>
    /// <exception cref="ImageGoneException">The image was deleted meanwhile.</exception>
    /// <exception cref="DeclaredDigestMismatchException">The data has another checksum than promised.</exception>
    public async Task<long> StageAsync(Image image, Stream content, long? declaredSizeBytes, DeclaredDigests? declared, CancellationToken cancel)
    {
        if (image.Status != ImageStatus.Queued) throw new ImageStatusTransitionException(image.Status, ImageStatus.Uploading);
        long? promisedBytes = declaredSizeBytes is > 0 ? declaredSizeBytes : null;
        using StorageShare share = await upload.Writer.ReserveAsync(image, promisedBytes, cancel);
        Image taken = await claims.TakeAsync(image, ImageStatus.Uploading, cancel);
        var progress = new UploadProgress(promisedBytes);
        await using var life = UploadHeartbeat.Start(images, taken, progress, clock, cancel);
        try
        {
            StoredImage stored = await upload.Writer.StageAsync(image.Id, progress.Watch(content), promisedBytes, store, share, declared, life.Token);
            await claims.CompleteAsync(taken, current => WithHost(current) with { SizeBytes = stored.SizeBytes });
            return stored.SizeBytes;
        }
        catch (Exception failure)
        {
            if (await UndoAsync(taken) != ImageStatus.Queued) throw new ImageGoneException(image.Id);
            LogStagingFailed(failure, image.Id);
            throw;
        }
    }

    /// <summary>Puts bytes that this service fetches itself aside.</summary>
    /// <param name="sizeBytes">What the source promised; null when it did not.</param>
    /// <param name="declared">Checksums that somebody promised; null when nobody did.</param>
    /// <returns>How many came.</returns>
    /// <exception cref="DeclaredDigestMismatchException">The data has another checksum than promised.</exception>
    public async Task<long> FetchAsync(Image image, Stream content, long? sizeBytes, DeclaredDigests? declared, CancellationToken cancel)
    {
        using StorageShare share = await upload.Writer.ReserveAsync(image, sizeBytes, cancel);
        return (await upload.Writer.StageAsync(image.Id, content, sizeBytes, store, share, declared, cancel)).SizeBytes;
    }

    /// <summary>Opens what was put aside.</summary>
    /// <exception cref="ImageDataMissingException">Nothing was.</exception>
    public Task<Stream> OpenReadAsync(string imageId, CancellationToken cancel) => store.OpenReadAsync(UrlOf(imageId), 0, null, cancel);

    /// <summary>Compares what was put aside with checksums that are declared only now.</summary>
    /// <exception cref="DeclaredDigestMismatchException">It has others.</exception>
    public async Task RequireAsync(string imageId, DeclaredDigests declared, CancellationToken cancel)
    {
        await using Stream staged = await OpenReadAsync(imageId, cancel);
        await upload.Writer.RequireAsync(staged, declared, cancel);
    }

    /// <summary>Bytes put aside.</summary>
    /// <exception cref="ImageDataMissingException">Nothing was.</exception>
    public Task<long> SizeAsync(string imageId, CancellationToken cancel) => store.SizeAsync(UrlOf(imageId), cancel);

    /// <summary>What was put aside, as a file to work on.</summary>
    internal StagedData DataOf(string imageId) => new(options.StagingStore.DataFolders[0].Path, imageId);

    /// <summary>Whether something complete was put aside.</summary>
    public async Task<bool> HasAsync(string imageId, CancellationToken cancel)
    {
        try
        {
            await SizeAsync(imageId, cancel);
            return true;
        }
        catch (ImageDataMissingException)
        {
            return false;
        }
    }

    /// <summary>Removes whatever was put aside for an image, complete or not.</summary>
    public async Task DiscardAsync(string imageId, CancellationToken cancel)
    {
        await store.DiscardPartialAsync(imageId, cancel);
        await store.DiscardOrphanAsync(imageId, cancel);
    }

    /// <summary>Removes what was put aside here for images that are deleted: who deleted them could not reach this worker.</summary>
    public async Task SweepAsync(ImageInventory inventory, CancellationToken cancel)
    {
        await foreach (StoredObject[] staged in store.ListAsync(cancel).Where(staged => staged.IsComplete).Chunk(100).WithCancellation(cancel))
        {
            foreach (string id in await inventory.FindDeletedAsync([.. staged.Select(one => one.ImageId)], cancel))
            {
                await DiscardAsync(id, cancel);
                LogSwept(id);
            }
        }
    }

    private string UrlOf(string imageId) => $"file://{options.StagingStore.DataFolders[0].Path}/{imageId}";

    private Image WithHost(Image image) => options.WorkerSelfReferenceUrl is { } self
        ? image with { Properties = image.Properties.SetItem(ImportProperties.StageHost, self) }
        : image;

    /// <summary>Must work although the request was cancelled, and must not hide what went wrong: what it cannot do is left to <see cref="ImageRecovery"/>.</summary>
    private async Task<ImageStatus?> UndoAsync(Image taken)
    {
        try
        {
            return await claims.GiveBackAsync(taken, () => DiscardAsync(taken.Id, CancellationToken.None));
        }
        catch (Exception e)
        {
            LogUndoFailed(e, taken.Id);
            return ImageStatus.Queued;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Staging data of image {ImageId} failed; it is queued again and nothing was kept")]
    private partial void LogStagingFailed(Exception error, string imageId);

    [LoggerMessage(Level = LogLevel.Information, Message = "Image {ImageId} was deleted while its staged data could not be reached; the data is removed now")]
    private partial void LogSwept(string imageId);

    [LoggerMessage(Level = LogLevel.Error, Message = "The failed staging of image {ImageId} could not be undone; recovery will try again")]
    private partial void LogUndoFailed(Exception error, string imageId);
}
