namespace KollaNet.ImageService.Stores.Swift;

/// <summary>Where an image lies in Swift, as its url says. Source: image-api reference 7, location urls.</summary>
/// <param name="Reference">Section of <c>swift_store_config_file</c>; null for urls of other forms.</param>
/// <param name="Login">Credentials in the url; null without.</param>
/// <param name="StorageUrl">The account in the url; null without.</param>
internal sealed record SwiftLocation(string? Reference, SwiftReference? Login, string? StorageUrl, string Container, string Object)
{
    private const string ConfigScheme = "swift+config://", HttpScheme = "swift+http://", HttpsScheme = "swift+https://", OldScheme = "swift://";

    public static string UrlOf(string reference, string container, string id) => $"{ConfigScheme}{reference}/{container}/{id}";

    /// <summary>The old form, with credentials.</summary>
    public static string UrlOf(SwiftReference login, string container, string id)
    {
        string address = login.AuthAddress, scheme = address.StartsWith("http://", StringComparison.Ordinal) ? HttpScheme : HttpsScheme;
        return $"{scheme}{Uri.EscapeDataString(login.User)}:{Uri.EscapeDataString(login.Key)}@{address[(address.IndexOf("://", StringComparison.Ordinal) + 3)..]}/{container}/{id}";
    }

    /// <summary>Of the multi-tenant mode.</summary>
    public static string UrlOfAccount(string storageUrl, string container, string id) => $"swift+{storageUrl}/{container}/{id}";

    /// <summary>Null when it is no url of Swift's.</summary>
    /// <param name="usualVersion">Of logins in urls whose path does not say.</param>
    public static SwiftLocation? Find(string url, int usualVersion)
    {
        string? scheme = new[] { ConfigScheme, HttpScheme, HttpsScheme, OldScheme }.FirstOrDefault(known => url.StartsWith(known, StringComparison.Ordinal));
        if (scheme is null) return null;
        string[] parts = url[scheme.Length..].Split('/');
        if (parts.Length < 3 || parts[^1].Length == 0 || parts[^2].Length == 0 || parts[0].Length == 0) return null;
        string container = parts[^2], name = parts[^1], rest = string.Join('/', parts[..^2]);
        if (scheme == ConfigScheme) return parts.Length == 3 ? new SwiftLocation(parts[0], null, null, container, name) : null;
        string web = scheme == HttpScheme ? "http://" : "https://";
        int at = rest.LastIndexOf('@');
        if (at < 0) return new SwiftLocation(null, null, web + rest, container, name);
        return FindLogin(rest[..at], web + rest[(at + 1)..], usualVersion) is { } login ? new SwiftLocation(null, login, null, container, name) : null;
    }

    private static SwiftReference? FindLogin(string credentials, string address, int usualVersion)
    {
        int colon = credentials.LastIndexOf(':');
        if (colon < 0) return null;
        int version = address.EndsWith("/v3", StringComparison.Ordinal) ? 3 : address.EndsWith("/v1.0", StringComparison.Ordinal) ? 1 : usualVersion;
        return new SwiftReference(address, version, Uri.UnescapeDataString(credentials[..colon]), Uri.UnescapeDataString(credentials[(colon + 1)..])) { UserDomainId = "default", ProjectDomainId = "default" };
    }

    /// <summary>A url that may be shown: without the credentials it may hold.</summary>
    public static string Redact(string url)
    {
        int start = url.IndexOf("://", StringComparison.Ordinal) + 3, at = url.LastIndexOf('@');
        return at < start ? url : $"{url[..start]}{url[(at + 1)..]}";
    }
}
