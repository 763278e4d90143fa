using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;

namespace KollaNet.ImageService.Caching;

/// <summary>Finds an image's bytes: in this host's cache if they are there, else in the stores, caching them on the way when all of them are read.</summary>
/// <param name="cache">Null without: the deployment's flavor does not cache.</param>
public sealed class CachedDownload(ImageDownload download, ImageCache? cache)
{
    /// <inheritdoc cref="ImageDownload.OpenAsync"/>
    public async Task<ImageContent> OpenAsync(Image image, long offsetBytes, long? lengthBytes, IReadOnlyList<string> preferredStores, CancellationToken cancel, Caller? caller = null)
    {
        // Whoever names a store wants to read that store.
        if (cache is null || preferredStores.Count > 0) return await download.OpenAsync(image, offsetBytes, lengthBytes, preferredStores, cancel, caller);
        if (await cache.TryOpenAsync(image, offsetBytes, lengthBytes, cancel) is { } cached) return new ImageContent(cached);
        ImageContent content = await download.OpenAsync(image, offsetBytes, lengthBytes, preferredStores, cancel, caller);
        return offsetBytes == 0 && lengthBytes is null ? new ImageContent(cache.Fill(image, content.Stream)) : content;
    }
}
