using System.Collections.Frozen;

namespace KollaNet.ImageService.Images.Signatures;

/// <summary>What an image says about its signature. Source: image-api reference 9.4.</summary>
/// <param name="Value">The signature's bytes.</param>
/// <param name="HashName">As OpenSSL calls it, <c>SHA256</c>.</param>
/// <param name="Key">What kind of key it was made with.</param>
/// <param name="CertificateId">The certificate's secret in the key manager.</param>
internal sealed record ImageSignature(byte[] Value, string HashName, SigningKey Key, string CertificateId)
{
    private const string SignatureName = "img_signature", HashMethodName = "img_signature_hash_method", KeyTypeName = "img_signature_key_type", CertificateName = "img_signature_certificate_uuid";

    private static readonly FrozenDictionary<string, string> Hashes = new Dictionary<string, string>
    {
        ["SHA-224"] = "SHA224",
        ["SHA-256"] = "SHA256",
        ["SHA-384"] = "SHA384",
        ["SHA-512"] = "SHA512",
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, SigningKey> Keys = new Dictionary<string, SigningKey>
    {
        ["RSA-PSS"] = new("RSA", null),
        ["DSA"] = new("DSA", null),
        ["ECC_SECT571K1"] = new("EC", "sect571k1"),
        ["ECC_SECT409K1"] = new("EC", "sect409k1"),
        ["ECC_SECT571R1"] = new("EC", "sect571r1"),
        ["ECC_SECT409R1"] = new("EC", "sect409r1"),
        ["ECC_SECP521R1"] = new("EC", "secp521r1"),
        ["ECC_SECP384R1"] = new("EC", "secp384r1"),
    }.ToFrozenDictionary();

    /// <returns>Null: the image has no signature, or not all that belongs to one.</returns>
    /// <exception cref="SignatureRefusedException">Something about it is not known.</exception>
    public static ImageSignature? Of(Image image)
    {
        PropertyDictionary properties = image.Properties;
        if (properties.GetValueOrDefault(SignatureName) is not { } text || properties.GetValueOrDefault(HashMethodName) is not { } hash ||
            properties.GetValueOrDefault(KeyTypeName) is not { } key || properties.GetValueOrDefault(CertificateName) is not { } certificate) return null;
        byte[] value = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, value, out int length)) throw new SignatureRefusedException($"{SignatureName} is not base64");
        if (!Hashes.TryGetValue(hash, out string? hashName)) throw new SignatureRefusedException($"{HashMethodName} is not one of {string.Join(", ", Hashes.Keys.Order())}");
        if (!Keys.TryGetValue(key, out SigningKey? known)) throw new SignatureRefusedException($"{KeyTypeName} is not one of {string.Join(", ", Keys.Keys.Order())}");
        return new ImageSignature(value[..length], hashName, known, certificate);
    }
}

/// <summary>A kind of key.</summary>
/// <param name="Algorithm">As OpenSSL calls it.</param>
/// <param name="Curve">As OpenSSL calls it; null for keys without.</param>
internal sealed record SigningKey(string Algorithm, string? Curve);

/// <summary>An image's signature does not hold, or cannot be checked.</summary>
public sealed class SignatureRefusedException(string why, Exception? inner = null) : Exception($"Signature verification failed: {why}", inner);
