using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Imports;

/// <summary>What a client says about where an image's data is.</summary>
/// <param name="HashAlgorithm">Of <paramref name="HashValue"/>; null when the client vouches for nothing.</param>
public sealed record LocationOrder(string ImageId, string Url, string? HashAlgorithm, string? HashValue);

/// <summary>An accepted location.</summary>
public sealed class LocationJob(ImageTask task, LocationOrder order, LocationImport work) : TaskJob(task, order.ImageId)
{
    /// <summary>What was said.</summary>
    public LocationOrder Order { get; } = order;

    /// <inheritdoc/>
    public override Task RunAsync(CancellationToken cancel) => work.RunAsync(this, cancel);
}

/// <summary>Gives a queued image data that lies in a store already, hashing it on the way or behind. Source: image-api reference 2.14, Locations API.</summary>
public sealed partial class LocationImport(StoreCatalog stores, ImageUpload upload, IImageRepository images, GlanceOptions options, TimeProvider clock, ILogger<LocationImport> log)
{
    private DateTime Now => clock.GetUtcNow().UtcDateTime;

    /// <summary>Whether the image waits for the hash before it is active.</summary>
    public bool HashesFirst(LocationOrder order) => order.HashValue is not null && options.Imports.DoSecureHash;

    /// <summary>Does all of it; when it throws, the image is queued again.</summary>
    /// <exception cref="ImageTaskLostException">The image was deleted meanwhile, or somebody took it over.</exception>
    public async Task RunAsync(LocationJob job, CancellationToken cancel)
    {
        LocationOrder order = job.Order;
        try
        {
            ConfiguredStore store = FindStore(order.Url);
            long sizeBytes = await SizeAsync(store, order.Url, cancel);
            if (HashesFirst(order)) await HashFirstAsync(job, store, sizeBytes, cancel);
            else await HashBehindAsync(job, store, sizeBytes, cancel);
        }
        catch (Exception failure) when (failure is not ImageTaskLostException)
        {
            LogFailed(failure, job.Task.Id, order.ImageId);
            await ChangeAsync(job, Undone, release: true);
            throw;
        }
    }

    private ConfiguredStore FindStore(string url)
    {
        // Files of this host are nobody's to name.
        bool refused = url.Split(':')[0].ToLowerInvariant() is "file" or "filesystem" or "swift+config";
        return refused ? throw new ImportFailedException("the location's scheme is refused") : stores.All.FirstOrDefault(store => store.Store.Owns(url)) ?? throw new ImportFailedException("no store has that location");
    }

    private static async Task<long> SizeAsync(ConfiguredStore store, string url, CancellationToken cancel)
    {
        try
        {
            return await store.Store.SizeAsync(url, cancel);
        }
        catch (Exception e) when (e is ImageDataMissingException or StoreUnreachableException)
        {
            throw new ImportFailedException("there is nothing at the location", e);
        }
    }

    private async Task HashFirstAsync(LocationJob job, ConfiguredStore store, long sizeBytes, CancellationToken cancel)
    {
        LocationOrder order = job.Order;
        WrittenImage found = await ReadAsync(job, store, order.HashAlgorithm!, cancel);
        if (!found.HashValue.Equals(order.HashValue, StringComparison.OrdinalIgnoreCase)) throw new ImportFailedException("the data does not have the hash that was promised");
        await ChangeAsync(job, image => Freed(found.On(Located(image, job, store)) with { SizeBytes = sizeBytes }), release: true);
    }

    private async Task HashBehindAsync(LocationJob job, ConfiguredStore store, long sizeBytes, CancellationToken cancel)
    {
        LocationOrder order = job.Order;
        bool hashes = options.Imports.DoSecureHash;
        await ChangeAsync(job, image =>
        {
            Image located = Located(image, job, store) with { SizeBytes = sizeBytes, HashAlgorithm = order.HashAlgorithm, HashValue = order.HashValue };
            return hashes ? located : Freed(located);
        }, release: !hashes);
        if (!hashes) return;
        WrittenImage found = await ReadAsync(job, store, options.HashingAlgorithm, cancel);
        await ChangeAsync(job, image => Freed(image with { Checksum = found.Checksum, HashAlgorithm = found.HashAlgorithm, HashValue = found.HashValue }), release: true);
    }

    /// <summary>Reads and hashes everything, again when the store breaks off.</summary>
    private async Task<WrittenImage> ReadAsync(LocationJob job, ConfiguredStore store, string algorithm, CancellationToken cancel)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                await using Stream content = await store.Store.OpenReadAsync(job.Order.Url, 0, null, cancel);
                return await upload.Writer.HashAsync(job.Order.Url, content, algorithm, cancel);
            }
            catch (Exception e) when (attempt < options.Imports.HttpRetries && e is IOException or StoreUnreachableException or HttpRequestException)
            {
                LogAgain(e, job.Task.Id, job.Order.ImageId);
            }
        }
    }

    private Image Located(Image image, LocationJob job, ConfiguredStore store)
    {
        // Until now an upload could begin: the image is queued as long as nothing is known to wait for.
        if (image.Status is not (ImageStatus.Queued or ImageStatus.Importing)) throw new ImportFailedException("the image got data from elsewhere");
        ImageFormatsMissingException.ThrowIfMissing(image);   // They may have been taken away meanwhile.
        return image with { Status = ImageStatus.Active, Locations = image.Locations.Add(new ImageLocation(0, job.Order.Url, stores.MetadataFor(store, job.Order.Url))) };
    }

    private Image Undone(Image image) => image.Status switch
    {
        ImageStatus.Queued or ImageStatus.Importing => UploadOwnership.BackToQueued(image, Now),
        ImageStatus.Active => Freed(image),
        _ => image,
    };

    private static Image Freed(Image image) => UploadOwnership.Leave(image);

    private Task<Image> ChangeAsync(LocationJob job, Func<Image, Image> change, bool release) =>
        images.ChangeForTaskAsync(job.Order.ImageId, job.Task.Id, release, Now, current => change(current) with { UpdatedAt = Now }, CancellationToken.None);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Task {TaskId}: the location for image {ImageId} could not be taken")]
    private partial void LogFailed(Exception error, string taskId, string imageId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Task {TaskId}: reading the location of image {ImageId} broke off; once more")]
    private partial void LogAgain(Exception error, string taskId, string imageId);
}
