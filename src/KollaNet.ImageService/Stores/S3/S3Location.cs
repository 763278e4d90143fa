namespace KollaNet.ImageService.Stores.S3;

/// <summary>Where an image lies in S3, as its url says. Source: image-api reference 7, location urls.</summary>
/// <param name="Endpoint">The server.</param>
/// <param name="AccessKey">Null when the store's own is meant.</param>
internal sealed record S3Location(Uri Endpoint, string? AccessKey, string? SecretKey, string Bucket, string Key)
{
    private const string PlainScheme = "s3://", HttpScheme = "s3+http://", HttpsScheme = "s3+https://";

    /// <summary>Without credentials, as the newest Glance has it.</summary>
    public static string UrlOf(Uri endpoint, string bucket, string key) =>
        $"{(endpoint.Scheme == "https" ? HttpsScheme : PlainScheme)}{endpoint.Authority}{endpoint.AbsolutePath.TrimEnd('/')}/{bucket}/{key}";

    /// <summary>Null when it is no url of S3's. Nothing in it is percent-encoded: the secret may hold slashes, colons, at signs and more.</summary>
    public static S3Location? Find(string url)
    {
        string? scheme = new[] { PlainScheme, HttpScheme, HttpsScheme }.FirstOrDefault(known => url.StartsWith(known, StringComparison.Ordinal));
        if (scheme is null) return null;
        string rest = url[scheme.Length..];
        string? access = null, secret = null;
        if (SplitCredentials(rest) is { } credentials) (access, secret, rest) = credentials;
        string[] parts = rest.Split('/');
        if (parts.Length < 3 || parts.Any(part => part.Length == 0)) return null;
        string web = scheme == HttpsScheme ? "https://" : "http://";
        return Uri.TryCreate(web + string.Join('/', parts[..^2]), UriKind.Absolute, out Uri? endpoint) ? new S3Location(endpoint, access, secret, parts[^2], parts[^1]) : null;
    }

    /// <summary>A url that may be shown: without the credentials it may hold.</summary>
    public static string Redact(string url)
    {
        int start = url.IndexOf("://", StringComparison.Ordinal) + 3;
        return start > 2 && SplitCredentials(url[start..]) is { } credentials ? url[..start] + credentials.Place : url;
    }

    /// <summary>Host, bucket and key hold no at sign, so the last one ends the secret; an access key holds no colon, so the first one begins it. (Tempauth's
    /// access keys, <c>account:user</c>, do: there the url cannot say where they end, and the store's own credentials count.)</summary>
    private static (string AccessKey, string SecretKey, string Place)? SplitCredentials(string text)
    {
        int at = text.LastIndexOf('@'), colon = text.IndexOf(':');
        return at > 0 && colon > 0 && colon < at ? (text[..colon], text[(colon + 1)..at], text[(at + 1)..]) : null;
    }
}
