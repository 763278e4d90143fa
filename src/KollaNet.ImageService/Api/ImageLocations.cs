using KollaNet.ImageService.Images;

namespace KollaNet.ImageService.Api;

/// <summary>What an image's documents and answers say about where its bytes are.</summary>
public static class ImageLocations
{
    /// <summary>The location shown as <c>direct_url</c>; null without one.</summary>
    public static ImageLocation? Best(Image image) => image.Locations.Length == 0 ? null : image.Locations[0];

    /// <summary>Store ids of the live locations, comma-joined in their order; empty when none is known.</summary>
    public static string StoreIds(Image image)
    {
        if (image.Locations.Length == 1) return image.Locations[0].Metadata.GetValueOrDefault("store", "");
        return string.Join(',', image.Locations.Select(location => location.Metadata.GetValueOrDefault("store", "")).Where(store => store.Length > 0).Distinct());
    }
}
