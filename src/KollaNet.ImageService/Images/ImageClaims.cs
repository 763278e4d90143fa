using KollaNet.ImageService.Metadata;

namespace KollaNet.ImageService.Images;

/// <summary>Takes a queued image for somebody who brings data, and gives it back when that did not work.</summary>
internal sealed class ImageClaims(IImageRepository images, TimeProvider clock)
{
    private DateTime Now => clock.GetUtcNow().UtcDateTime;

    /// <param name="working">Saving or uploading.</param>
    /// <returns>The image with the mark of this claim.</returns>
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
    /// <param name="taken">What <see cref="TakeAsync"/> gave.</param>
    /// <exception cref="ImageStatusConflictException">This worker stood still for so long that the image went to somebody else.</exception>
    /// <exception cref="ImageGoneException">The image was deleted.</exception>
    public async Task<Image> CompleteAsync(Image taken, Func<Image, Image> complete)
    {
        try
        {
            return await images.ChangeAsync(
                taken.Id, current => Task.FromResult(UploadOwnership.Leave(complete(UploadOwnership.Held(current, taken)) with { UpdatedAt = Now })), CancellationToken.None);
        }
        catch (ImageMissingException)
        {
            throw new ImageGoneException(taken.Id);
        }
    }

    /// <summary>Removes what was written and makes the image queued again. When somebody else has it by now, what was written is gone already and
    /// what is there is theirs: then nothing is done.</summary>
    /// <param name="taken">What <see cref="TakeAsync"/> gave.</param>
    /// <param name="discard">Removes what was written.</param>
    /// <returns>The image's status after that; null when it is gone.</returns>
    public async Task<ImageStatus?> GiveBackAsync(Image taken, Func<Task> discard)
    {
        try
        {
            // From here on nobody takes this worker for dead while it removes data.
            await images.ChangeAsync(taken.Id, current => Task.FromResult(UploadOwnership.Held(current, taken) with { UpdatedAt = Now }), CancellationToken.None);
            await discard();
            return (await images.ChangeAsync(taken.Id, current => Task.FromResult(UploadOwnership.BackToQueued(UploadOwnership.Held(current, taken), Now)), CancellationToken.None)).Status;
        }
        catch (ImageMissingException)
        {
            await discard();
            return null;
        }
        catch (ImageStatusConflictException lost)
        {
            return lost.Found;
        }
    }
}
