using KollaNet.ImageService.Images;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Api;

/// <summary><c>DELETE /v2/stores/{store}/{image}</c>: one copy of an image goes. Source: image-api reference 2.14, Delete from store.</summary>
public sealed class StoreDataApi(IImageRepository images, ImageAccess access, StoreCatalog stores, LocationRemoval removal, TimeProvider time)
{
    /// <summary><c>DELETE</c></summary>
    public async Task DeleteAsync(ApiRequest request)
    {
        if (!stores.StoresEnabled) throw new ApiException(404, "Multi backend is not supported at this site.");
        ConfiguredStore store = stores.Find(request.Arguments[0]) ?? throw ApiException.Conflict($"Store for identifier {request.Arguments[0]} not found");
        Image image = await access.FindAsync(request with { Arguments = [request.Arguments[1]] });
        access.Require("get_image_location", image, request.Caller);
        access.Require(request.Route.Policy!, image, request.Caller);

        // Not promised first, gone then: of two that delete the last two copies, the second finds the only one.
        ImageLocation? taken = null;
        await images.ChangeAsync(image.Id, current => Task.FromResult(Without(current, taken = Find(current, store))), request.Cancel);
        await removal.DeleteDataAsync(image.Id, [taken!], request.Caller);
        await request.EmptyAsync(StatusCodes.Status204NoContent);
    }

    private ImageLocation Find(Image image, ConfiguredStore store)
    {
        if (image.Status != ImageStatus.Active) throw ApiException.Conflict($"Data can only be removed from a store while the image is active; it is '{image.Status.Name()}'.");
        if (image.Locations.Length == 1) throw ApiException.Forbidden("Cannot delete image data from the only store containing it. Consider deleting the image instead.");
        return image.Locations.FirstOrDefault(location => stores.FindFor(location)?.Id == store.Id) ?? throw new ApiException(404, $"Image {image.Id} is not stored in {store.Id}");
    }

    private Image Without(Image image, ImageLocation location) => image with { Locations = image.Locations.Remove(location), UpdatedAt = WholeSeconds.Now(time) };
}
