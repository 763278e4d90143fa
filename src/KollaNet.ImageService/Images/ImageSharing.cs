using System.Collections.Immutable;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Images;

/// <summary>Tells backends that keep rights of their own who may read an image there: as the image's visibility and members have it. Source: image-api
/// reference 8, swift, multi-tenant.</summary>
public sealed class ImageSharing(StoreCatalog stores, IImageRepository images)
{
    /// <summary>To be called when an image gets data, another visibility or other members.</summary>
    public async Task ApplyAsync(Image image, Caller caller, CancellationToken cancel)
    {
        (ConfiguredStore Store, string Url)[] places =
            [.. image.Locations.Select(location => (Store: stores.FindFor(location), location.Url)).Where(place => place.Store?.Store.Abilities.KnowsReaders == true).Select(place => (place.Store!, place.Url))];
        if (places.Length == 0) return;
        ImageAudience audience = await AudienceOfAsync(image, cancel);
        foreach ((ConfiguredStore store, string url) in places) await store.For(caller).Store.ShareAsync(url, audience, cancel);
    }

    private async Task<ImageAudience> AudienceOfAsync(Image image, CancellationToken cancel) => image.Visibility switch
    {
        ImageVisibility.Public or ImageVisibility.Community => new ImageAudience(true, []),
        ImageVisibility.Shared => new ImageAudience(false, [.. (await images.ListMembersAsync(image.Id, cancel)).Select(member => member.MemberId)]),
        _ => new ImageAudience(false, ImmutableArray<string>.Empty),
    };
}
