using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using KollaNet.ImageService.Configuration;

namespace KollaNet.ImageService.Metadata;

/// <summary>How location urls stand in the database. With <c>[DEFAULT] metadata_encryption_key</c> they are encrypted; rows from before that stay plain and readable.
/// Source: image-api reference 7, location urls.</summary>
internal sealed class LocationCipher
{
    private const int BlockBytes = 16;

    private readonly byte[]? key;

    private LocationCipher(byte[]? key) => this.key = key;

    /// <summary>Urls as they are.</summary>
    public static LocationCipher None { get; } = new(null);

    /// <param name="key">16, 24 or 32 bytes in UTF-8; null or empty for none.</param>
    /// <exception cref="ConfigurationInvalidException">Another length.</exception>
    public static LocationCipher Of(string? key)
    {
        if (string.IsNullOrEmpty(key)) return None;
        byte[] bytes = Encoding.UTF8.GetBytes(key);
        return bytes.Length is 16 or 24 or 32
            ? new LocationCipher(bytes)
            : throw new ConfigurationInvalidException([$"[DEFAULT] metadata_encryption_key has {bytes.Length} bytes; AES keys have 16, 24 or 32"]);
    }

    /// <summary>A url as it goes into a row. Two of the same differ: each has a vector of its own.</summary>
    public string Write(string url)
    {
        if (key is null) return url;
        byte[] text = Encoding.UTF8.GetBytes(url), padded = new byte[((text.Length / BlockBytes) + 1) * BlockBytes];
        text.CopyTo(padded, 0);

        // A zero byte ends the text, so none may be in the padding.
        for (int i = text.Length + 1; i < padded.Length; i++) padded[i] = (byte)RandomNumberGenerator.GetInt32(1, 256);
        byte[] vector = RandomNumberGenerator.GetBytes(BlockBytes);
        using Aes aes = Open();
        return Encode([.. vector, .. aes.EncryptCbc(padded, vector, PaddingMode.None)]);
    }

    /// <summary>The url in a row: plain or encrypted. What can be neither, as with another key, comes back as it is and points into no store.</summary>
    public string Read(string stored)
    {
        if (key is null || stored.Contains("://", StringComparison.Ordinal) || Decode(stored) is not { } bytes || bytes.Length % BlockBytes != 0 || bytes.Length < 2 * BlockBytes) return stored;
        using Aes aes = Open();
        byte[] padded = aes.DecryptCbc(bytes.AsSpan(BlockBytes), bytes.AsSpan(0, BlockBytes), PaddingMode.None);
        int end = padded.AsSpan().LastIndexOf((byte)0);
        string url = end < 0 ? "" : Encoding.UTF8.GetString(padded, 0, end);
        return url.Contains("://", StringComparison.Ordinal) ? url : stored;
    }

    private Aes Open()
    {
        Aes aes = Aes.Create();
        aes.Key = key!;
        return aes;
    }

    /// <summary>Glance's decoder insists on the padding, which .NET's URL-safe encoder leaves out.</summary>
    private static string Encode(byte[] bytes)
    {
        string text = Base64Url.EncodeToString(bytes);
        return text.PadRight((text.Length + 3) / 4 * 4, '=');
    }

    private static byte[]? Decode(string text) => Base64Url.IsValid(text) ? Base64Url.DecodeFromChars(text) : null;
}
