namespace KollaNet.ImageService.Api;

/// <summary>The address under which a client reached this service.</summary>
/// <param name="publicEndpoint">Option <c>public_endpoint</c>; null to take it from each request.</param>
/// <param name="trustProxyHeaders">Option <c>enable_proxy_headers_parsing</c>.</param>
public sealed class RequestOrigin(string? publicEndpoint, bool trustProxyHeaders)
{
    /// <summary>The base of version links, without a trailing slash.</summary>
    public string BaseUrl(HttpContext http) => string.IsNullOrEmpty(publicEndpoint) ? HostUrl(http) + Prefix(http) : publicEndpoint.TrimEnd('/');

    /// <summary><c>scheme://host</c> as the client wrote it, for <c>Location</c>.</summary>
    public string HostUrl(HttpContext http)
    {
        string scheme = http.Request.Scheme;
        string host = http.Request.Host.HasValue ? http.Request.Host.Value! : "localhost";
        if (trustProxyHeaders)
        {
            IHeaderDictionary headers = http.Request.Headers;
            (string? forwardedScheme, string? forwardedHost, _) = Forwarded(headers["Forwarded"].ToString());
            scheme = forwardedScheme ?? First(headers["X-Forwarded-Proto"].ToString()) ?? scheme;
            host = forwardedHost ?? First(headers["X-Forwarded-Host"].ToString()) ?? host;
        }

        return $"{scheme}://{host}";
    }

    /// <summary>The path prefix a proxy took away; empty without one.</summary>
    public string Prefix(HttpContext http) =>
        trustProxyHeaders && First(http.Request.Headers["X-Forwarded-Prefix"].ToString()) is { } prefix ? $"/{prefix.Trim('/')}" : "";

    /// <summary>The client's address, for logs.</summary>
    public string Client(HttpContext http)
    {
        string? forwarded = trustProxyHeaders ? Forwarded(http.Request.Headers["Forwarded"].ToString()).For ?? First(http.Request.Headers["X-Forwarded-For"].ToString()) : null;
        return forwarded ?? http.Connection.RemoteIpAddress?.ToString() ?? "-";
    }

    private static string? First(string list)
    {
        string first = list.Split(',')[0].Trim();
        return first.Length == 0 || !IsSendable(first) ? null : first;
    }

    /// <summary>Whether a proxy's value may become part of a link in a header: what no proxy sends is ignored.</summary>
    private static bool IsSendable(string text) => !text.AsSpan().ContainsAnyExceptInRange('!', '~') && text.AsSpan().IndexOfAny("\"<>\\") < 0;

    /// <summary>Source: RFC 7239; the first element is the proxy nearest to the client.</summary>
    private static (string? Scheme, string? Host, string? For) Forwarded(string header)
    {
        string? scheme = null, host = null, client = null;
        foreach (string pair in header.Split(',')[0].Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = pair.IndexOf('=');
            if (equals < 0) continue;
            string value = pair[(equals + 1)..].Trim('"', ' ');
            if (!IsSendable(value)) continue;
            if (pair.StartsWith("proto=", StringComparison.OrdinalIgnoreCase)) scheme = value;
            if (pair.StartsWith("host=", StringComparison.OrdinalIgnoreCase)) host = value;
            if (pair.StartsWith("for=", StringComparison.OrdinalIgnoreCase)) client = value;
        }

        return (scheme, host, client);
    }
}
