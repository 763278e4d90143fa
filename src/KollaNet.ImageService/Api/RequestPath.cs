namespace KollaNet.ImageService.Api;

/// <summary>A request's path as decoded segments. An encoded slash stays inside its segment, which the server's own path does not keep apart.</summary>
public static class RequestPath
{
    /// <summary>The part of the request line before <c>?</c>, still encoded.</summary>
    public static string Raw(HttpContext http)
    {
        string target = http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
        if (!target.StartsWith('/')) return http.Request.Path.ToUriComponent();
        int end = target.AsSpan().IndexOfAny('?', '#');
        return end < 0 ? target : target[..end];
    }

    /// <summary><c>/v2/images/x</c> becomes <c>v2</c>, <c>images</c>, <c>x</c>.</summary>
    public static string[] Segments(string rawPath)
    {
        string[] segments = rawPath.TrimStart('/').Length == 0 ? [""] : rawPath[1..].Split('/');
        for (int i = 0; i < segments.Length; i++)
        {
            if (segments[i].Contains('%')) segments[i] = Uri.UnescapeDataString(segments[i]);
        }

        return segments;
    }
}
