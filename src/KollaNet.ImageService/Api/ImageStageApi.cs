using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Limits;
using KollaNet.ImageService.Monitoring;

namespace KollaNet.ImageService.Api;

/// <summary><c>PUT /v2/images/{id}/stage</c>: the bytes, up, to be imported later. Source: image-api reference 2.10.</summary>
/// <param name="staging">Null when no import method needs it.</param>
public sealed class ImageStageApi(GlanceOptions options, ImageAccess access, ImageStaging? staging, ProjectQuotas quotas, ServiceMetrics metrics)
{
    /// <summary><c>PUT</c>.</summary>
    public async Task StageAsync(ApiRequest request)
    {
        if (staging is null || !ImportMethods.Enabled(options).Contains("glance-direct")) throw new ApiException(404, "Image staging is not enabled: the import method glance-direct is not.");
        long? declared = UploadBody.ReadDeclaredSize(request);
        DeclaredDigests? promised = DigestHeaders.ReadWhole(request);
        Image image = await access.GetAsync(request);
        using IDisposable admitted = await quotas.AdmitUploadAsync(request.Caller, isStaged: true, declared, request.Cancel);
        long sizeBytes = await staging.StageAsync(image, UploadBody.Open(request), declared, promised, request.Cancel);
        metrics.Received(sizeBytes);
        await request.EmptyAsync(StatusCodes.Status204NoContent);
    }
}
