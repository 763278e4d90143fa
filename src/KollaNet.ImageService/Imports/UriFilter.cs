using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using KollaNet.ImageService.Configuration;

namespace KollaNet.ImageService.Imports;

/// <summary>Where this service may be sent to fetch images: <c>[import_filtering_opts]</c>. Source: image-api reference 2.11.</summary>
public sealed class UriFilter(ImportFilterOptions options)
{
    /// <summary>The uri, if it may be fetched from.</summary>
    /// <exception cref="ImportUriRefusedException">It may not, cannot be parsed, or its host's name cannot be resolved.</exception>
    public async Task<Uri> CheckAsync(string text, CancellationToken cancel)
    {
        if (text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c == '\\') || !Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) || uri.Host.Length == 0)
            throw new ImportUriRefusedException("it cannot be parsed");
        if (!Passes(uri.Scheme, options.AllowedSchemes, options.DisallowedSchemes)) throw new ImportUriRefusedException("its scheme is not allowed");
        string host = HostAsWritten(text);
        if (IsDisguised(host)) throw new ImportUriRefusedException("its host is an address in an unusual notation");
        if (!Passes(host, options.AllowedHosts, options.DisallowedHosts)) throw new ImportUriRefusedException("its host is not allowed");
        if (!Passes(uri.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), options.AllowedPorts, options.DisallowedPorts))
            throw new ImportUriRefusedException("its port is not allowed");
        return (await ResolveAsync(host, cancel)).Any(address => MayLeadTo(host, address)) ? uri : throw new ImportUriRefusedException("its host leads to addresses that are not allowed");
    }

    /// <summary>Whether a host may stand for an address: a name must not lead where its address may not, and to this machine and its link, where other
    /// services trust whoever asks, only a host leads that <c>allowed_hosts</c> names. Source: Debian's Glance 25.1, common/utils.</summary>
    public bool MayLeadTo(string host, IPAddress address)
    {
        if (options.AllowedHosts.Contains(host, StringComparer.OrdinalIgnoreCase)) return true;
        IPAddress meant = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        bool isNear = IPAddress.IsLoopback(meant) || meant.IsIPv6LinkLocal || meant.Equals(IPAddress.Any) || meant.Equals(IPAddress.IPv6Any)
            || (meant.AddressFamily == AddressFamily.InterNetwork && meant.GetAddressBytes() is [169, 254, ..]);
        return !isNear && !options.DisallowedHosts.Contains(address.ToString());
    }

    /// <summary>The addresses of a host that <see cref="MayLeadTo"/> allows, for whoever connects later than the check: a name may lead elsewhere by then.</summary>
    /// <exception cref="ImportUriRefusedException">There are none.</exception>
    public async Task<IPAddress[]> ResolveAllowedAsync(string host, CancellationToken cancel)
    {
        IPAddress[] allowed = [.. (await ResolveAsync(host, cancel)).Where(address => MayLeadTo(host, address))];
        return allowed.Length > 0 ? allowed : throw new ImportUriRefusedException("its host leads to addresses that are not allowed");
    }

    private static bool Passes(string value, ImmutableArray<string> allowed, ImmutableArray<string> disallowed) => allowed.Length > 0
        ? allowed.Contains(value, StringComparer.OrdinalIgnoreCase)
        : !disallowed.Contains(value, StringComparer.OrdinalIgnoreCase);

    /// <summary>Not <see cref="Uri.Host"/>, which has made <c>127.0.0.1</c> of <c>0x7f.1</c> already.</summary>
    private static string HostAsWritten(string text)
    {
        int start = text.IndexOf("://", StringComparison.Ordinal) + 3;
        int end = text.AsSpan(start).IndexOfAny('/', '?', '#');
        string authority = end < 0 ? text[start..] : text.Substring(start, end);
        authority = authority[(authority.LastIndexOf('@') + 1)..];
        if (authority.StartsWith('[')) return authority[1..Math.Max(1, authority.IndexOf(']'))];
        int colon = authority.IndexOf(':');
        return (colon < 0 ? authority : authority[..colon]).TrimEnd('.');
    }

    /// <summary>A host whose last part is a number is an IPv4 address to whoever connects; only four plain decimal parts are taken for one here.</summary>
    private static bool IsDisguised(string host)
    {
        if (host.Contains(':') || host.Contains('%')) return !IPAddress.TryParse(host, out IPAddress? v6) || v6.AddressFamily != AddressFamily.InterNetworkV6 || v6.IsIPv4MappedToIPv6;
        string last = host[(host.LastIndexOf('.') + 1)..];
        bool isNumber = last.Length == 0 || last.All(char.IsAsciiDigit) || (last.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && last[2..].All(char.IsAsciiHexDigit));
        return isNumber && !(IPAddress.TryParse(host, out IPAddress? address) && address.ToString() == host);
    }

    private static async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancel)
    {
        try
        {
            return await Dns.GetHostAddressesAsync(host, cancel);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            throw new ImportUriRefusedException("its host cannot be resolved");
        }
    }
}
