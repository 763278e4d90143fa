using System.Globalization;
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
        return request.Http.Request.Body;
    }
}
