using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Images;

/// <summary>Takes an image from queued to active with its data, or back to queued with nothing kept.</summary>
public sealed class ImageUpload(StoreCatalog stores, IImageRepository images, GlanceOptions options, TimeProvider clock, ILogger<ImageUpload> log)
{
    /// <summary>Streams <paramref name="content"/> into a store.</summary>
    /// <param name="declaredSizeBytes">What the client promised; null or 0 when it did not.</param>
    /// <param name="storeId">Null for the default store.</param>
    /// <returns>The active image.</returns>
    public Task<Image> UploadAsync(Image image, Stream content, long? declaredSizeBytes, string? storeId, Caller caller, CancellationToken cancel) =>
        throw new NotSupportedException($"{stores}{images}{options}{clock}{log}");
}
