using System.Collections.Immutable;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Images;

/// <summary>Deletes the data of locations that an image has given up. Source: image-api reference 2.5, /locations.</summary>
public sealed class LocationRemoval(StoreCatalog stores, IImageRepository images)
{
    /// <summary>The locations that an image does not have any more, nor others with their urls.</summary>
    public static ImmutableArray<ImageLocation> Between(Image before, Image after) => [.. before.Locations.Where(old => after.Locations.All(kept => kept.Url != old.Url))];

    /// <summary>Deletes their data in stores that can be written to. When one does not let go, the image gets back that location and those that had not had
    /// their turn, whatever else was changed with it. Data that is not there any more is no error.</summary>
    /// <param name="given">As the image had them; saved without.</param>
    /// <param name="caller">Whose rights count on backends that ask for them.</param>
    /// <exception cref="ImageDataInUseException">A backend still needs the data.</exception>
    /// <exception cref="StoreUnreachableException">A backend does not answer; other failures of a store come through as well.</exception>
    public async Task DeleteDataAsync(string imageId, ImmutableArray<ImageLocation> given, Caller caller)
    {
        ImmutableArray<ImageLocation> left = given;
        try
        {
            foreach (ImageLocation location in given)
            {
                await stores.DeleteDataAsync(location, caller, CancellationToken.None);
                left = left.Remove(location);
            }
        }
        catch (Exception)
        {
            await images.ChangeAsync(imageId, current => Task.FromResult(current with { Locations = [.. current.Locations, .. NewRows(left, current)] }), CancellationToken.None);
            throw;
        }
    }

    private static IEnumerable<ImageLocation> NewRows(ImmutableArray<ImageLocation> locations, Image image) =>
        locations.Where(location => image.Locations.All(there => there.Url != location.Url)).Select(location => location with { RowId = 0 });
}
