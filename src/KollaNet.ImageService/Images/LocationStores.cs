using System.Data.Common;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Images;

/// <summary>Gives locations the id of their store when they have none, as those from before <c>enabled_backends</c>, or that of a store which is not configured any
/// more. Glance does so too when an image is read. Source: image-api reference 7, reading old rows.</summary>
public sealed class LocationStores(StoreCatalog stores, IImageRepository images)
{
    /// <summary>The image with its stores named, now and in the database. Locations that no configured store holds stay as they are.</summary>
    public async Task<Image> NameAsync(Image image, CancellationToken cancel)
    {
        if (!stores.StoresEnabled || !image.Locations.Any(IsUnnamed)) return image;
        try
        {
            return await images.ChangeAsync(image.Id, current => Task.FromResult(Named(current)), cancel);
        }
        catch (Exception e) when (e is ImageMissingException or DbException)
        {
            return Named(image);   // Who only reads shall not fail of it.
        }
    }

    private bool IsUnnamed(ImageLocation location) => stores.FindFor(location) is { } store && location.Metadata.GetValueOrDefault("store") != store.Id;

    private Image Named(Image image) => image with
    {
        Locations = [.. image.Locations.Select(location => IsUnnamed(location) ? location with { Metadata = location.Metadata.SetItem("store", stores.FindFor(location)!.Id) } : location)],
    };
}
