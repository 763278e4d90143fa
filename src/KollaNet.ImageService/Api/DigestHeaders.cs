using System.Collections.Immutable;
using KollaNet.ImageService.Images;

namespace KollaNet.ImageService.Api;

/// <summary>Reads the checksums a client declares: <c>Repr-Digest</c> of the whole image, <c>Content-Digest</c> and <c>Content-MD5</c> of what this request
/// carries. Source: RFC 9530; RFC 1864, and Glance's own hex form of it.</summary>
public static class DigestHeaders
{
    private static readonly ImmutableSortedDictionary<string, (string Name, int Bytes)> Known = ImmutableSortedDictionary.CreateRange<string, (string, int)>(
        [new("sha-256", ("sha256", 32)), new("sha-512", ("sha512", 64))]);

    /// <summary>Of a request that carries the whole image; null when it declares nothing.</summary>
    /// <exception cref="ApiException">400: cannot be read, or nothing in it that we could verify.</exception>
    public static DeclaredDigests? ReadWhole(ApiRequest request) =>
        Collect([.. ReadDictionary(request, "Repr-Digest"), .. ReadDictionary(request, "Content-Digest"), .. ReadMd5(request)]);

    /// <summary>Of a request that carries a part of the image, or none of it.</summary>
    /// <exception cref="ApiException">400: cannot be read, or declares the part's own checksum, which nobody verifies.</exception>
    public static DeclaredDigests? ReadOfImage(ApiRequest request) => request.Header("Content-MD5") is null && request.Header("Content-Digest") is null
        ? Collect(ReadDictionary(request, "Repr-Digest"))
        : throw ApiException.Malformed("Only Repr-Digest, the digest of the whole image, can be declared with this request.");

    private static DeclaredDigests? Collect(List<(string Algorithm, string Hex)> declared)
    {
        if (declared.Count == 0) return null;
        var byAlgorithm = declared.Distinct().ToLookup(one => one.Algorithm, one => one.Hex);
        if (byAlgorithm.FirstOrDefault(one => one.Count() > 1) is { } twice) throw ApiException.Malformed($"Two different values are declared for {twice.Key}.");
        return new DeclaredDigests(byAlgorithm.ToImmutableSortedDictionary(one => one.Key, one => one.Single()));
    }

    private static List<(string Algorithm, string Hex)> ReadDictionary(ApiRequest request, string header)
    {
        if (request.Header(header) is not { } text) return [];
        List<(string, string)> read = [];
        foreach (string member in text.Split(',', StringSplitOptions.TrimEntries))
        {
            string[] pair = member.Split(';')[0].Split('=', 2, StringSplitOptions.TrimEntries);
            if (pair is not [{ Length: > 0 } name, [':', .. var base64, ':']]) throw Unreadable(header);
            if (Known.TryGetValue(name, out (string Name, int Bytes) algorithm)) read.Add((algorithm.Name, Hex(header, base64, algorithm.Bytes)));
        }

        return read.Count > 0 ? read : throw ApiException.Malformed($"{header} has no algorithm that can be verified; use sha-256 or sha-512.");
    }

    private static List<(string Algorithm, string Hex)> ReadMd5(ApiRequest request)
    {
        if (request.Header("Content-MD5") is not { } text) return [];
        bool isHex = text.Length == 32 && text.All(char.IsAsciiHexDigit);
        return [("md5", isHex ? text.ToLowerInvariant() : Hex("Content-MD5", text, 16))];
    }

    private static string Hex(string header, string base64, int length)
    {
        Span<byte> bytes = stackalloc byte[64];
        return Convert.TryFromBase64String(base64, bytes, out int count) && count == length ? Convert.ToHexStringLower(bytes[..count]) : throw Unreadable(header);
    }

    private static ApiException Unreadable(string header) =>
        ApiException.Malformed($"{header} cannot be read. {(header == "Content-MD5" ? "It is 16 bytes in base64 or hex." : "It looks like sha-256=:BASE64:.")}");
}
