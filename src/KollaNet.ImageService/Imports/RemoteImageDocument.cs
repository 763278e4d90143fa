using System.Collections.Immutable;
using System.Text.Json;
using KollaNet.ImageService.Images;

namespace KollaNet.ImageService.Imports;

/// <summary>What an image service of another region says about an image, as far as it matters here.</summary>
/// <param name="HashAlgorithm">Of <paramref name="Hash"/>; null when the other region knows none that is known here.</param>
/// <param name="Properties">Those that come along.</param>
public sealed record RemoteImageDocument(
    string Status, long SizeBytes, string? DiskFormat, string? ContainerFormat, string? HashAlgorithm, string? Hash, ImmutableArray<KeyValuePair<string, string?>> Properties)
{
    private static readonly string[] KnownAlgorithms = ["sha512", "sha384", "sha256", "sha1", "md5", "sha3_256", "sha3_384", "sha3_512"];

    /// <param name="prefixes">Beginnings of the names of properties that come along.</param>
    /// <exception cref="ImportFailedException">It is no image document.</exception>
    public static RemoteImageDocument Parse(ReadOnlyMemory<byte> text, ImmutableArray<string> prefixes)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            JsonElement root = document.RootElement;
            string? algorithm = Text(root, "os_hash_algo"), hash = Text(root, "os_hash_value"), checksum = Text(root, "checksum");
            bool hashed = hash is not null && KnownAlgorithms.Contains(algorithm);
            return new RemoteImageDocument(
                Text(root, "status") ?? throw new JsonException("no status"),
                root.TryGetProperty("size", out JsonElement size) && size.ValueKind == JsonValueKind.Number ? size.GetInt64() : 0,
                Text(root, "disk_format"), Text(root, "container_format"), hashed ? algorithm : checksum is null ? null : "md5", hashed ? hash : checksum,
                [.. root.EnumerateObject().Where(property => property.Value.ValueKind == JsonValueKind.String && prefixes.Any(prefix => property.Name.StartsWith(prefix, StringComparison.Ordinal)))
                    .Select(property => KeyValuePair.Create(property.Name, property.Value.GetString()))]);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new ImportFailedException("what the image service says about the image cannot be read", e);
        }
    }

    /// <summary>What the data must have: the hash that the other region says, and what the client declared.</summary>
    /// <param name="declared">Null when it declared nothing.</param>
    public DeclaredDigests? DigestsWith(DeclaredDigests? declared)
    {
        if (HashAlgorithm is null || Hash is null) return declared;
        ImmutableSortedDictionary<string, string> own = declared?.HexByAlgorithm ?? ImmutableSortedDictionary<string, string>.Empty;
        return new DeclaredDigests(own.ContainsKey(HashAlgorithm) ? own : own.Add(HashAlgorithm, Hash));
    }

    /// <summary>The image with what comes along.</summary>
    public Image On(Image image) => image with
    {
        DiskFormat = DiskFormat ?? image.DiskFormat,
        ContainerFormat = ContainerFormat ?? image.ContainerFormat,
        Properties = image.Properties.SetItems(Properties),
    };

    private static string? Text(JsonElement root, string name) => root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
