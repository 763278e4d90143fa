using KollaNet.ImageService.Caching;
using KollaNet.ImageService.Identity;

namespace KollaNet.ImageService.Api.Caching;

/// <summary>What every request about the cache has to pass: the policy first, then whether there is a cache.</summary>
internal static class CacheAccess
{
    /// <exception cref="ApiException">403, 404; 503 when the cache's folder or index cannot be used.</exception>
    public static async Task WithCacheAsync(this ApiRequest request, ImageCache? cache, ImageAccess access, Func<ImageCache, Task> answer)
    {
        access.Require(request.Route.Policy!, PolicyTarget.Of(request.Caller), request.Caller);
        if (cache is null) throw new ApiException(404, "Caching via API is not supported at this site.");
        try
        {
            await answer(cache);
        }
        catch (Exception e) when (ImageCache.IsTrouble(e))
        {
            throw new ApiException(StatusCodes.Status503ServiceUnavailable, $"The image cache cannot be used: {e.Message}");
        }
    }
}
