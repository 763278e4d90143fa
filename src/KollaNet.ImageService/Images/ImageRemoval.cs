using System.Collections.Immutable;
using KollaNet.ImageService.Caching;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Images;

/// <summary>Deletes images with their data.</summary>
public sealed class ImageRemoval(StoreCatalog stores, IImageRepository images, GlanceOptions options, TimeProvider clock)
{
    /// <summary>Holds data of images that are not active yet; null without.</summary>
    public ImageStaging? Staging { get; init; }

    /// <summary>Holds copies of images; null without.</summary>
    public ImageCache? Cache { get; init; }

    /// <summary>Deletes an image: its data first, so that a failure leaves something to repeat the deletion on. Meanwhile nobody sees it, so that a crash never
    /// leaves an image without its data; <see cref="ImageRecovery"/> goes on then, and always with one whose upload runs. With <c>delayed_delete</c> only its
    /// status changes, if it has data. Data that is not there any more is no error. Whether the caller may is decided elsewhere.</summary>
    /// <param name="caller">Whose rights count on backends that ask for them; null for the service's own.</param>
    /// <exception cref="ImageDataInUseException">A backend still needs the data; the image keeps its status and what data is left.</exception>
    /// <exception cref="ImageStatusTransitionException">An image in this status cannot be deleted.</exception>
    /// <exception cref="ImageStatusConflictException">Somebody changed its status meanwhile.</exception>
    /// <exception cref="ImageMissingException">Somebody deleted it meanwhile.</exception>
    public async Task DeleteAsync(Image image, CancellationToken cancel, Caller? caller = null)
    {
        try
        {
            await DeleteOnceAsync(image, caller, cancel);
            if (Cache is not null) await Cache.ForgetAsync(image.Id);
        }
        catch (ImageStatusConflictException) when (image.Status == ImageStatus.Importing)
        {
            // The import ended while its first copies went: what it left must not look like an image.
            if (await images.FindAsync(image.Id, UploadOwnership.Itself, CancellationToken.None) is { } ended) await DeleteOnceAsync(ended, caller, CancellationToken.None);
        }
    }

    private async Task DeleteOnceAsync(Image image, Caller? caller, CancellationToken cancel)
    {
        // What may not wait, as deactivated images may not, goes at once.
        bool delayed = options.DelayedDelete && image.Locations.Length > 0 && image.Status.MayBecome(ImageStatus.PendingDelete);
        ImageStatus next = delayed ? ImageStatus.PendingDelete : ImageStatus.Deleted;
        if (!image.Status.MayBecome(next)) throw new ImageStatusTransitionException(image.Status, next);
        DateTime now = clock.GetUtcNow().UtcDateTime;
        if (delayed)
        {
            await images.DeleteLaterAsync(image.Id, image.Status, now, cancel);
            return;
        }

        if (image.Status == ImageStatus.Saving)
        {
            // Its writer may be dead, and only recovery knows when: that looks in every store for what was written.
            await images.ChangeAsync(image.Id, current => Task.FromResult(Hidden(current, image.Status, now)), cancel);
            return;
        }

        Image seen = image, going = image;
        if (image.Status is ImageStatus.Active or ImageStatus.Deactivated)
        {
            // As it is now: a copy that has just ended goes as well, and none is added from here on.
            going = await images.ChangeAsync(image.Id, current => Task.FromResult(Hidden(seen = current, image.Status, now)), cancel);
        }

        await DeleteDataAsync(going.Status, seen, now, caller, cancel);
        await images.DeleteAsync(image.Id, going.Status, now, CancellationToken.None);

        // After the row: an import that still runs finds its image gone, and nobody can stage again.
        if (Staging is not null && image.Status is ImageStatus.Uploading or ImageStatus.Importing) await Staging.DiscardAsync(image.Id, CancellationToken.None);
    }

    /// <summary>Ends a deletion whose process died.</summary>
    /// <exception cref="ImageStatusConflictException">Another service was faster.</exception>
    internal async Task FinishAsync(Image image, CancellationToken cancel)
    {
        DateTime now = clock.GetUtcNow().UtcDateTime;
        await DeleteDataAsync(image.Status, image, now, caller: null, cancel);
        await images.DeleteAsync(image.Id, image.Status, now, cancel);
    }

    private static Image Hidden(Image image, ImageStatus expected, DateTime now) => image.Status == expected
        ? UploadOwnership.Take(image) with { Status = ImageStatus.PendingDelete, UpdatedAt = now }
        : throw new ImageStatusConflictException(image.Id, expected, image.Status);

    /// <param name="going">The status it has while its data goes.</param>
    /// <param name="image">As it was before, which is what it becomes again when its data cannot go.</param>
    private async Task DeleteDataAsync(ImageStatus going, Image image, DateTime now, Caller? caller, CancellationToken cancel)
    {
        ImmutableArray<ImageLocation> left = image.Locations;
        foreach (ImageLocation location in image.Locations)
        {
            try
            {
                await stores.DeleteDataAsync(location, caller, cancel);
                left = left.Remove(location);
            }
            catch (Exception) when (left.Length < image.Locations.Length || going != image.Status)
            {
                // It is an image again, but for copies that are gone already.
                bool isWhole = left.Length == image.Locations.Length;
                await images.SaveAsync(image with { Locations = left, UpdatedAt = isWhole ? image.UpdatedAt : now }, going, CancellationToken.None);
                throw;
            }
        }
    }
}
