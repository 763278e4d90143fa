using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Metadata;

namespace KollaNet.ImageService.Api;

/// <summary><c>/v2/images/{id}/tags/{tag}</c>. Source: image-api reference 2.12.</summary>
public sealed class TagsApi(GlanceOptions options, IImageRepository images, ImageAccess access, TimeProvider time)
{
    /// <summary><c>PUT</c>: also when it is there already.</summary>
    public async Task AddAsync(ApiRequest request)
    {
        string tag = request.Arguments[1];
        if (tag.Length > 255) throw ApiException.Malformed("Tags may have at most 255 characters.");
        if (tag.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') >= 0) throw ApiException.Malformed("Tags may not contain 4 byte Unicode characters.");
        Image image = await access.GetAsync(request);
        if (!image.Tags.Contains(tag))
        {
            Quotas.Require("tags", image.Tags.Length + 1, options.ImageTagQuota);
            await images.AddTagAsync(image.Id, tag, WholeSeconds.Now(time), request.Cancel);
        }

        await request.EmptyAsync(StatusCodes.Status204NoContent);
    }

    /// <summary><c>DELETE</c></summary>
    public async Task RemoveAsync(ApiRequest request)
    {
        Image image = await access.GetAsync(request);
        if (!await images.RemoveTagAsync(image.Id, request.Arguments[1], WholeSeconds.Now(time), request.Cancel)) throw new ApiException(404);
        await request.EmptyAsync(StatusCodes.Status204NoContent);
    }
}
