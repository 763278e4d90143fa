using KollaNet.ImageService.Metadata;

namespace KollaNet.ImageService.Images;

/// <summary>Takes a queued image for somebody who brings data, and gives it back when that did not work.</summary>
internal sealed class ImageClaims(IImageRepository images, TimeProvider clock)
{
    private DateTime Now => clock.GetUtcNow().UtcDateTime;

    /// <param name="working">Saving or uploading.</param>
    /// <exception cref="ImageStatusTransitionException">Somebody was faster.</exception>
    /// <exception cref="ImageGoneException">The image was deleted.</exception>
    public async Task<Image> TakeAsync(Image image, ImageStatus working, CancellationToken cancel)
    {
        try
        {
            return await images.SaveAsync(UploadOwnership.Take(image with { Status = working, UpdatedAt = Now }), ImageStatus.Queued, cancel);
        }
        catch (ImageStatusConflictException lost) when (lost.Found is { } found)
        {
            throw new ImageStatusTransitionException(found, working);
        }
        catch (ImageStatusConflictException)
        {
            throw new ImageGoneException(image.Id);
        }
    }

    /// <summary>Saves what came of it on the image as it is now: its name or properties may have been changed meanwhile. The data is complete, so a
    /// client that leaves now does not undo it.</summary>
    public async Task<Image> CompleteAsync(string id, ImageStatus working, Func<Image, Image> complete)
    {
        Image current = await images.FindAsync(id, UploadOwnership.Itself, CancellationToken.None) ?? throw new ImageGoneException(id);
        return await images.SaveAsync(UploadOwnership.Leave(complete(current) with { UpdatedAt = Now }), working, CancellationToken.None);
    }

    /// <summary>Makes the image queued again, if it still is what it was taken as.</summary>
    /// <returns>The status it found; null when the image is gone.</returns>
    public async Task<ImageStatus?> GiveBackAsync(string id, ImageStatus working)
    {
        try
        {
            Image? current = await images.FindAsync(id, UploadOwnership.Itself, CancellationToken.None);
            if (current?.Status == working) await images.SaveAsync(UploadOwnership.BackToQueued(current, Now), working, CancellationToken.None);
            return current?.Status;
        }
        catch (ImageStatusConflictException e)
        {
            return e.Found;
        }
    }
}
