using System.Globalization;
using KollaNet.ImageService.Caching;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Limits;
using KollaNet.ImageService.Monitoring;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Api;

/// <summary><c>/v2/images/{id}/file</c>: the bytes, up and down, streamed.</summary>
public sealed class ImageDataApi(
    ImageAccess access, ImageUpload upload, ResumableUploadApi resumable, CachedDownload download, StoreCatalog stores, ProjectQuotas quotas, ServiceMetrics metrics)
{
    /// <summary><c>PUT</c>. Source: image-api reference 2.8.</summary>
    public async Task UploadAsync(ApiRequest request)
    {
        if (UploadRange.IsPart(request))
        {
            await resumable.ReceiveAsync(request);
            return;
        }

        long? declared = UploadBody.ReadDeclaredSize(request);
        DeclaredDigests? promised = DigestHeaders.ReadWhole(request);
        Image image = await access.GetAsync(request);
        using IDisposable admitted = await quotas.AdmitUploadAsync(request.Caller, isStaged: false, declared, request.Cancel);
        Image active = await upload.UploadAsync(image, UploadBody.Open(request), declared, request.Header("x-image-meta-store"), request.Caller, request.Cancel, promised);
        metrics.Received(active.SizeBytes ?? 0);
        resumable.Forget(image);
        await request.EmptyAsync(StatusCodes.Status204NoContent);
    }

    /// <summary><c>GET</c>. Source: image-api reference 2.9.</summary>
    public async Task DownloadAsync(ApiRequest request)
    {
        Image image = await access.GetAsync(request);
        string[] preferred = ReadPreferred(request, image);
        if (image.Status == ImageStatus.Deactivated && !request.Caller.IsAdmin)
            throw ApiException.Forbidden("The requested image has been deactivated. Image data download is forbidden.");
        if (image.Status is not (ImageStatus.Active or ImageStatus.Deactivated) || image.Locations.Length == 0 || image.SizeBytes is not { } sizeBytes)
        {
            SendNothing(request);
            return;
        }

        ByteRange? range = ByteRange.Read(request.Header("Range"), request.Header("Content-Range"), sizeBytes);
        try
        {
            await using ImageContent content = await download.OpenAsync(image, range?.Start ?? 0, range?.Length, preferred, request.Cancel, request.Caller);
            WriteHeaders(request.Http.Response, image, range, sizeBytes);
            await content.WriteToAsync(request.Http.Response.BodyWriter, request.Http.Features.Get<IFileOutput>(), request.Cancel);
            metrics.Sent(range?.Length ?? sizeBytes);
        }
        catch (ImageHasNoDataException)
        {
            SendNothing(request);
        }
    }

    private string[] ReadPreferred(ApiRequest request, Image image)
    {
        string? prefer = QueryParameters.Parse(request.Http.Request.QueryString.Value ?? "").LastOrDefault(parameter => parameter.Key == "prefer").Value;
        if (prefer is null) return [];
        if (!stores.StoresEnabled) throw ApiException.Malformed("prefer needs several stores to be enabled.");
        access.Require("download_from_store", image, request.Caller);
        return prefer.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    }

    private static void SendNothing(ApiRequest request) => request.Http.Response.StatusCode = StatusCodes.Status204NoContent;

    private static void WriteHeaders(HttpResponse response, Image image, ByteRange? range, long sizeBytes)
    {
        response.ContentType = "application/octet-stream";
        if (image.Checksum is { } checksum) response.Headers["Content-MD5"] = checksum;
        response.ContentLength = range?.Length ?? sizeBytes;
        if (range is not { } part) return;
        response.StatusCode = StatusCodes.Status206PartialContent;
        response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {part.Start}-{part.Start + part.Length - 1}/{sizeBytes}");
    }
}
