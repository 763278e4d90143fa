using System.Collections.Immutable;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Migration;

/// <summary>Takes copies of images out of a store: no longer promised first, deleted then, with a note in the database in between.</summary>
internal sealed class CopyRetirement(StoreCatalog stores, ImageDatabase database, TimeProvider clock)
{
    /// <summary>Gives up an image's copies in a store, if at that moment another store has one, and deletes their data.</summary>
    /// <returns>False: the other store has none, or the image is not one to be moved any more.</returns>
    /// <exception cref="ImageMissingException">The image is gone.</exception>
    /// <exception cref="ImageDataInUseException">A backend still needs the data; the copy is promised again.</exception>
    public async Task<bool> RetireAsync(string imageId, string fromId, string toId, CancellationToken cancel)
    {
        ImmutableArray<ImageLocation> given = [];
        await database.Images.ChangeAsync(imageId, current =>
        {
            bool isSafe = current.Status is ImageStatus.Active or ImageStatus.Deactivated && current.Locations.Any(location => IsIn(location, toId));
            given = isSafe ? [.. current.Locations.Where(location => IsIn(location, fromId))] : [];
            return Task.FromResult(given.IsEmpty ? current : current with
            {
                Locations = [.. current.Locations.Select(location => given.Contains(location) ? location with { Status = "pending_delete" } : location)],
                UpdatedAt = clock.GetUtcNow().UtcDateTime,
            });
        }, cancel);
        foreach (ImageLocation location in given) await DeleteAsync(imageId, location);
        return !given.IsEmpty;
    }

    /// <summary>Ends what a process that died has begun.</summary>
    public async Task FinishAsync(CancellationToken cancel)
    {
        foreach ((string imageId, ImageLocation location) in await database.RetiredLocations.ListAsync(cancel))
        {
            Image? image = await database.Images.FindAsync(imageId, UploadOwnership.Itself, cancel);
            if (image?.Locations.Any(live => live.Url == location.Url) == true) await database.RetiredLocations.EndAsync(location, cancel);   // Promised again.
            else if (stores.FindFor(location) is not null) await TryDeleteAsync(imageId, location);
        }
    }

    /// <summary>What a backend does not let go of yet is left to the next run.</summary>
    private async Task TryDeleteAsync(string imageId, ImageLocation location)
    {
        try
        {
            await DeleteAsync(imageId, location);
        }
        catch (Exception e) when (e is ImageDataInUseException or ImageMissingException)
        {
            // Promised again, or still noted.
        }
    }

    private bool IsIn(ImageLocation location, string storeId) => stores.FindFor(location)?.Id == storeId;

    private async Task DeleteAsync(string imageId, ImageLocation location)
    {
        try
        {
            await stores.DeleteDataAsync(location, caller: null, CancellationToken.None);
        }
        catch (ImageDataInUseException)
        {
            if (await database.Images.FindAsync(imageId, UploadOwnership.Itself, CancellationToken.None) is null) throw new ImageMissingException(imageId);
            await database.Images.ChangeAsync(imageId, current => Task.FromResult(current with { Locations = current.Locations.Add(location with { RowId = 0, Status = "active" }) }), CancellationToken.None);
            await database.RetiredLocations.EndAsync(location, CancellationToken.None);
            throw;
        }

        await database.RetiredLocations.EndAsync(location, CancellationToken.None);
    }
}
