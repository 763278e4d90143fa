using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Images;

namespace KollaNet.ImageService.Api;

/// <summary><c>PUT /v2/images/{id}/stage</c>: the bytes, up, to be imported later. Source: image-api reference 2.10.</summary>
/// <param name="staging">Null when no import method needs it.</param>
public sealed class ImageStageApi(GlanceOptions options, ImageAccess access, ImageStaging? staging)
{
    /// <summary><c>PUT</c>.</summary>
    public async Task StageAsync(ApiRequest request)
    {
        if (staging is null || !ImportMethods.Enabled(options).Contains("glance-direct")) throw new ApiException(404, "Image staging is not enabled: the import method glance-direct is not.");
        long? declared = UploadBody.ReadDeclaredSize(request);
        Image image = await access.GetAsync(request);
        await staging.StageAsync(image, UploadBody.Open(request), declared, request.Cancel);
        await request.EmptyAsync(StatusCodes.Status204NoContent);
    }
}
