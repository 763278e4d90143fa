using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using KollaNet.ImageService.Stores;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace KollaNet.ImageService.Api;

/// <summary>A request body that is image data. Source: image-api reference 2.8.</summary>
public static class UploadBody
{
    /// <summary>How many bytes the client promises; null when it does not.</summary>
    /// <exception cref="ApiException">415 not octets, 400 not a number.</exception>
    public static long? ReadDeclaredSize(ApiRequest request)
    {
        HttpRequest http = request.Http.Request;
        if (http.ContentType is not "application/octet-stream") throw new ApiException(StatusCodes.Status415UnsupportedMediaType);
        string? promised = request.Header("x-openstack-image-size");
        if (promised is null) return http.ContentLength;
        return long.TryParse(promised, NumberStyles.None, CultureInfo.InvariantCulture, out long size)
            ? size
            : throw ApiException.Malformed("x-openstack-image-size must be a non-negative whole number.");
    }

    /// <summary>The bytes. An image may be larger than any limit, and a slow link is no attack on its own: the client holds a token.</summary>
    public static Stream Open(ApiRequest request)
    {
        request.Http.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = null;
        if (request.Http.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate) rate.MinDataRate = null;
        return new LeavableBody(request.Http.Request.BodyReader);
    }

    /// <summary>A body whose reader may stop waiting for bytes, and leaves it as it should be then. After a read of Kestrel's own stream that ended by its token, Kestrel could not read the rest of
    /// the body away and would close the connection at once: who still sends would mostly not see why the upload was refused.</summary>
    private sealed class LeavableBody(PipeReader body) : ForwardStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using CancellationTokenRegistration leaving = cancellationToken.UnsafeRegister(static body => ((PipeReader)body!).CancelPendingRead(), body);
            while (true)
            {
                ReadResult read = await body.ReadAsync(CancellationToken.None);
                int count = read.IsCanceled ? 0 : (int)Math.Min(read.Buffer.Length, buffer.Length);
                read.Buffer.Slice(0, count).CopyTo(buffer.Span);
                body.AdvanceTo(read.Buffer.GetPosition(count));
                if (count > 0 || (read.IsCompleted && !read.IsCanceled)) return count;
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }
}
