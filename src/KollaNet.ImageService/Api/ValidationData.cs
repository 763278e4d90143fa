using System.Text.Json;
using KollaNet.ImageService.Images;

namespace KollaNet.ImageService.Api;

/// <summary>What a client vouches for of data that it wrote to a backend itself. Source: image-api reference 2.5, /locations, and 2.14, Locations API.</summary>
/// <param name="Algorithm">Of <paramref name="HashValue"/>, as the client names it.</param>
/// <param name="HashValue">In lower case; whether it can be a hash at all says <see cref="FindFault"/>.</param>
/// <param name="Checksum">MD5, 32 characters in lower case; null when the client says nothing of it.</param>
internal sealed record ValidationData(string Algorithm, string HashValue, string? Checksum)
{
    private const int ChecksumDigits = 32;
    private static readonly string[] Members = ["os_hash_algo", "os_hash_value", "checksum"];

    /// <summary>Algorithm and hash; whatever else there is does not count.</summary>
    /// <exception cref="ApiException">400: one is missing, or no text.</exception>
    public static ValidationData Read(JsonElement data) =>
        data.ValueKind == JsonValueKind.Object && Text(data, "os_hash_algo") is { } algorithm && Text(data, "os_hash_value") is { } value
            ? new ValidationData(algorithm, value.ToLowerInvariant(), null)
            : throw ApiException.Malformed("validation_data needs os_hash_algo and os_hash_value.");

    /// <summary>Algorithm and hash, a checksum if there is one, and nothing else.</summary>
    /// <exception cref="ApiException">400: one is missing, no text, or unknown, or the checksum has another length.</exception>
    public static ValidationData ReadWithChecksum(JsonElement data)
    {
        ValidationData read = Read(data);
        if (data.EnumerateObject().Select(member => member.Name).FirstOrDefault(name => !Members.Contains(name)) is { } unknown) throw ApiException.Malformed($"validation_data may not have {unknown}.");
        if (!data.TryGetProperty("checksum", out _)) return read;
        return Text(data, "checksum") is { Length: ChecksumDigits } checksum
            ? read with { Checksum = checksum.ToLowerInvariant() }
            : throw ApiException.Malformed($"checksum must have {ChecksumDigits} characters.");
    }

    /// <summary>Why no data can have these digests, for whoever sent them; null when some can.</summary>
    public string? FindFault()
    {
        int digits = Algorithm switch
        {
            "md5" => 32,
            "sha1" => 40,
            "sha256" or "sha3_256" => 64,
            "sha384" or "sha3_384" => 96,
            "sha512" or "sha3_512" => 128,
            _ => throw new InvalidOperationException($"Nobody checked whether {Algorithm} is known."),
        };
        if (HashValue.Length != digits || !HashValue.All(char.IsAsciiHexDigit)) return $"os_hash_value must be {digits} hexadecimal digits for {Algorithm}.";
        return Checksum?.All(char.IsAsciiHexDigit) == false ? $"checksum must be {ChecksumDigits} hexadecimal digits." : null;
    }

    /// <summary>Whether an image has these digests.</summary>
    public bool IsOf(Image image) =>
        image.HashAlgorithm == Algorithm && HashValue.Equals(image.HashValue, StringComparison.OrdinalIgnoreCase) && (Checksum is null || Checksum.Equals(image.Checksum, StringComparison.OrdinalIgnoreCase));

    private static string? Text(JsonElement data, string name) => data.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
