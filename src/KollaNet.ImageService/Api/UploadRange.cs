using System.Globalization;
using KollaNet.ImageService.Images.Resumable;

namespace KollaNet.ImageService.Api;

/// <summary>Reads the <c>Content-Range</c> of an upload that may resume. Source: RFC 9110, 14.4 and 14.5.</summary>
public static class UploadRange
{
    /// <summary>Whether the request is part of an upload that may resume.</summary>
    public static bool IsPart(ApiRequest request) => request.Header("Content-Range") is not null;

    /// <summary><c>bytes FIRST-LAST/TOTAL</c>, or <c>bytes */TOTAL</c> for a part without bytes, which asks how far the upload is. An empty image, which has no first byte, can only be asked for.</summary>
    /// <param name="asks">It has no bytes.</param>
    /// <exception cref="ApiException">400.</exception>
    public static UploadPart Read(ApiRequest request, out bool asks)
    {
        string text = request.Header("Content-Range")!;
        string[] halves = text.StartsWith("bytes ", StringComparison.OrdinalIgnoreCase) ? text[6..].Split('/') : [];
        if (halves is not [var range, var size] || !TryNumber(size, out long total)) throw Malformed();
        asks = range == "*";
        UploadPart part = asks ? new UploadPart(0, 0, total) : ReadRange(range, total);
        long? promised = UploadBody.ReadDeclaredSize(request);
        bool isWhole = request.Header("x-openstack-image-size") is not null;
        if (isWhole && promised != total) throw ApiException.Malformed("x-openstack-image-size and Content-Range disagree about the size of the image.");
        if (request.Http.Request.ContentLength is { } length && length != part.LengthBytes) throw ApiException.Malformed("Content-Length and Content-Range disagree about the size of this part.");
        return part;
    }

    private static UploadPart ReadRange(string range, long total) =>
        range.Split('-') is [var first, var last] && TryNumber(first, out long start) && TryNumber(last, out long end) && start <= end && end < total
            ? new UploadPart(start, end - start + 1, total)
            : throw Malformed();

    private static bool TryNumber(string text, out long number) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static ApiException Malformed() => ApiException.Malformed("Content-Range must be 'bytes FIRST-LAST/TOTAL', or 'bytes */TOTAL' to ask for the offset; TOTAL is the size of the image.");
}
