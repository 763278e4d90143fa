using KollaNet.ImageService.Caching;

namespace KollaNet.ImageService.Api.Caching;

/// <summary><c>/v2/cached_images</c> and <c>/v2/queued_images</c>: the old way to look after the cache. What says nothing says <c>null</c> here, as Glance does.
/// Source: image-api reference 2.14, Cache.</summary>
/// <param name="cache">Null without <c>image_cache_dir</c>.</param>
public sealed class CacheManagementApi(ImageCache? cache, ImageAccess access)
{
    /// <summary><c>GET /v2/cached_images</c></summary>
    public Task ListCachedAsync(ApiRequest request) => request.WithCacheAsync(cache, access, async usable =>
    {
        IReadOnlyList<CacheEntry> entries = await usable.ListAsync(request.Cancel);
        await SendAsync(request, json => CacheDocument.WriteCached(json, entries));
    });

    /// <summary><c>DELETE /v2/cached_images</c></summary>
    public Task ClearCachedAsync(ApiRequest request) => request.WithCacheAsync(cache, access, async usable => await SendCountAsync(request, await usable.ClearAsync(request.Cancel)));

    /// <summary><c>DELETE /v2/cached_images/{id}</c></summary>
    public Task DeleteCachedAsync(ApiRequest request) => request.WithCacheAsync(cache, access, async usable =>
    {
        await usable.RemoveAsync(request.ImageId);
        await SendNullAsync(request);
    });

    /// <summary><c>GET /v2/queued_images</c></summary>
    public Task ListQueuedAsync(ApiRequest request) => request.WithCacheAsync(cache, access, usable => SendAsync(request, json => CacheDocument.WriteQueued(json, usable.Queued)));

    /// <summary><c>DELETE /v2/queued_images</c></summary>
    public Task ClearQueuedAsync(ApiRequest request) => request.WithCacheAsync(cache, access, usable => SendCountAsync(request, usable.ClearQueue()));

    /// <summary><c>PUT /v2/queued_images/{id}</c>: whether there is such an image is found out when its turn comes.</summary>
    public Task QueueAsync(ApiRequest request) => request.WithCacheAsync(cache, access, usable =>
    {
        usable.Enqueue(request.ImageId);
        return SendNullAsync(request);
    });

    /// <summary><c>DELETE /v2/queued_images/{id}</c></summary>
    public Task DeleteQueuedAsync(ApiRequest request) => request.WithCacheAsync(cache, access, usable =>
    {
        usable.Dequeue(request.ImageId);
        return SendNullAsync(request);
    });

    private static Task SendCountAsync(ApiRequest request, int deleted) => SendAsync(request, json =>
    {
        json.Name("num_deleted");
        json.Number(deleted);
    });

    private static async Task SendAsync(ApiRequest request, Action<PythonJsonWriter> write)
    {
        using var json = new PythonJsonWriter(asciiOnly: true);
        json.BeginObject();
        write(json);
        json.EndObject();
        await request.JsonAsync(StatusCodes.Status200OK, json);
    }

    private static async Task SendNullAsync(ApiRequest request)
    {
        using var json = new PythonJsonWriter(asciiOnly: true);
        json.Null();
        await request.JsonAsync(StatusCodes.Status200OK, json);
    }
}
