namespace KollaNet.ImageService.Api;

/// <summary>Every request behind authentication has an id that is logged and sent back.</summary>
public static class RequestIds
{
    /// <summary>The header, both ways.</summary>
    public const string Header = "X-Openstack-Request-Id";

    /// <summary>The client's own id (with <c>req-</c> in front), or a new one where it sent none, or none that a header could carry back.</summary>
    /// <exception cref="ApiException">431: longer than <c>max_request_id_length</c>.</exception>
    public static string Of(HttpContext http, int limit)
    {
        string sent = http.Request.Headers[Header].ToString();
        if (sent.Length == 0) return $"req-{Guid.NewGuid():D}";
        if (sent.Length > limit) throw new ApiException(StatusCodes.Status431RequestHeaderFieldsTooLarge, $"x-openstack-request-id is too long, max size {limit}");
        if (sent.AsSpan().ContainsAnyExceptInRange('!', '~')) return $"req-{Guid.NewGuid():D}";
        return sent.StartsWith("req-", StringComparison.Ordinal) ? sent : $"req-{sent}";
    }
}
