using KollaNet.ImageService.Caching;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Metadata;

namespace KollaNet.ImageService.Api.Caching;

/// <summary><c>/v2/cache</c>: what this node has cached, for administrators. Source: image-api reference 2.14, Cache.</summary>
/// <param name="cache">Null without <c>image_cache_dir</c>.</param>
public sealed class CacheApi(ImageCache? cache, ImageAccess access, IImageRepository images)
{
    private const string TargetHeader = "x-image-cache-clear-target";

    /// <summary><c>GET /v2/cache</c></summary>
    public Task ListAsync(ApiRequest request) => request.WithCacheAsync(cache, access, async usable =>
    {
        using var json = new PythonJsonWriter(asciiOnly: true);
        json.BeginObject();
        CacheDocument.WriteCached(json, await usable.ListAsync(request.Cancel));
        CacheDocument.WriteQueued(json, usable.Queued);
        json.EndObject();
        await request.JsonAsync(StatusCodes.Status200OK, json);
    });

    /// <summary><c>PUT /v2/cache/{id}</c>: the image is cached behind the request.</summary>
    public async Task QueueAsync(ApiRequest request)
    {
        Image image = await FindAsync(request);
        await request.WithCacheAsync(cache, access, async usable =>
        {
            if (image.Status != ImageStatus.Active) throw ApiException.Malformed("Only images with status active can be targeted for queueing");
            usable.Enqueue(image.Id);
            await request.EmptyAsync(StatusCodes.Status202Accepted);
        });
    }

    /// <summary><c>DELETE /v2/cache/{id}</c>: out of the cache and of the queue. A deleted image that is still there can be named too.</summary>
    public Task DeleteAsync(ApiRequest request) => request.WithCacheAsync(cache, access, async usable =>
    {
        string id = request.ImageId;
        bool held = usable.Has(id) || usable.Queued.Contains(id);
        if (!held && await images.FindAsync(id, request.Caller, request.Cancel) is null) throw new ApiException(404, $"Image {id} not found.");
        await usable.ForgetAsync(id);
        await request.EmptyAsync(StatusCodes.Status204NoContent);
    });

    /// <summary><c>DELETE /v2/cache</c>: everything, or what the header says.</summary>
    public Task ClearAsync(ApiRequest request) => request.WithCacheAsync(cache, access, async usable =>
    {
        string target = request.Header(TargetHeader)?.ToLowerInvariant() ?? "";
        if (target is not ("" or "cache" or "queue")) throw ApiException.Malformed($"If provided '{TargetHeader}' must be 'cache', 'queue' or empty string.");
        if (target is "" or "queue") usable.ClearQueue();
        if (target is "" or "cache") await usable.ClearAsync(request.Cancel);
        await request.EmptyAsync(StatusCodes.Status204NoContent);
    });

    /// <summary><c>GET /v2/cache/nodes/{id}</c>: which nodes have the image.</summary>
    public Task ListNodesAsync(ApiRequest request) => request.WithCacheAsync(cache, access, async usable =>
    {
        Image image = await access.FindAsync(request);
        IReadOnlyList<string> nodes = await usable.FindNodesAsync(image.Id, request.Cancel)
            ?? throw ApiException.Conflict("Which nodes have an image is known with the image_cache_driver centralized_db only.");
        using var json = new PythonJsonWriter(asciiOnly: true);
        json.BeginArray();
        foreach (string url in nodes) json.Text(url);
        json.EndArray();
        await request.JsonAsync(StatusCodes.Status200OK, json);
    });

    /// <summary><c>POST /v2/cache/clean</c></summary>
    public Task CleanAsync(ApiRequest request) => request.WithCacheAsync(cache, access, async usable =>
    {
        await usable.CleanAsync(request.Cancel);
        await request.EmptyAsync(StatusCodes.Status200OK);
    });

    /// <summary><c>POST /v2/cache/prune</c></summary>
    public Task PruneAsync(ApiRequest request) => request.WithCacheAsync(cache, access, async usable =>
    {
        PrunedCache pruned = await usable.PruneAsync(request.Cancel);
        using var json = new PythonJsonWriter(asciiOnly: true);
        json.BeginObject();
        json.Name("total_files_pruned");
        json.Number(pruned.Files);
        json.Name("total_bytes_pruned");
        json.Number(pruned.Bytes);
        json.EndObject();
        await request.JsonAsync(StatusCodes.Status200OK, json);
    });

    /// <summary>In Glance's words for these routes, which clients print.</summary>
    private async Task<Image> FindAsync(ApiRequest request)
    {
        try
        {
            return await access.GetAsync(request);
        }
        catch (ApiException e) when (e.Status == StatusCodes.Status404NotFound)
        {
            throw new ApiException(404, $"Image {request.ImageId} not found.");
        }
    }
}
