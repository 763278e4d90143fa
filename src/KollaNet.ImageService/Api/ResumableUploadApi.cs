using System.Globalization;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Images.Resumable;
using KollaNet.ImageService.Limits;
using KollaNet.ImageService.Monitoring;

namespace KollaNet.ImageService.Api;

/// <summary><c>PUT /v2/images/{id}/file</c> with <c>Content-Range</c>: an upload over several connections. Ours, not Glance's.</summary>
public sealed class ResumableUploadApi(ImageAccess access, ResumableUpload resumable, ProjectQuotas quotas, ServiceMetrics metrics)
{
    private const string OffsetHeader = "Upload-Offset";

    /// <summary><c>PUT</c>: 204 when the image is complete, 202 with the offset while more has to come, 409 with the offset for a part that does not fit.</summary>
    public async Task ReceiveAsync(ApiRequest request)
    {
        UploadPart part = UploadRange.Read(request, out bool asks);
        DeclaredDigests? declared = DigestHeaders.ReadOfImage(request);
        Image image = await access.GetAsync(request);
        Image? active = asks ? await AskAsync(request, image, part, declared) : await AddAsync(request, image, part, declared);
        if (active is null) SayOffset(request, resumable.FindOffset(image, part.TotalBytes));
        await request.EmptyAsync(active is null ? StatusCodes.Status202Accepted : StatusCodes.Status204NoContent);
    }

    /// <summary>Forgets parts that came before a plain upload.</summary>
    public void Forget(Image image) => resumable.Forget(image.Id);

    private async Task<Image?> AddAsync(ApiRequest request, Image image, UploadPart part, DeclaredDigests? declared)
    {
        using IDisposable admitted = await quotas.AdmitUploadAsync(request.Caller, isStaged: false, part.TotalBytes, request.Cancel);
        try
        {
            Image? active = await resumable.ReceiveAsync(image, part, UploadBody.Open(request), request.Header("x-image-meta-store"), declared, request.Caller, request.Cancel);
            metrics.Received(part.LengthBytes);
            return active;
        }
        catch (UploadOffsetException e)
        {
            throw new ApiException(StatusCodes.Status409Conflict, e.Message) { Headers = [new(OffsetHeader, Text(e.OffsetBytes))] };
        }
    }

    /// <summary>An image that is complete here but was not finished, be it that the service died or that it is empty, is finished now.</summary>
    private async Task<Image?> AskAsync(ApiRequest request, Image image, UploadPart part, DeclaredDigests? declared)
    {
        bool isDone = image.Status == ImageStatus.Active && image.SizeBytes == part.TotalBytes;
        bool isFinishing = image.Status == ImageStatus.Saving && resumable.HoldsAll(image, part.TotalBytes);
        if (isDone) return image;
        if (isFinishing) return null;
        return image.Status != ImageStatus.Queued || resumable.HoldsAll(image, part.TotalBytes)
            ? await AddAsync(request, image, part with { Start = part.TotalBytes }, declared)
            : null;
    }

    private static void SayOffset(ApiRequest request, long offset) => request.Http.Response.Headers[OffsetHeader] = Text(offset);

    private static string Text(long offset) => offset.ToString(CultureInfo.InvariantCulture);
}
