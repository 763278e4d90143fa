using System.Security.Cryptography;

namespace KollaNet.ImageService.Images;

/// <summary>A checksum of an image, computed while its bytes pass.</summary>
internal sealed class ImageDigest : IContentDigest, IDisposable
{
    private readonly IncrementalHash hash;

    private ImageDigest(HashAlgorithmName name) => hash = IncrementalHash.CreateHash(name);

    /// <param name="algorithm">As in <c>hashing_algorithm</c>.</param>
    public static ImageDigest Create(string algorithm) => new(algorithm switch
    {
        "sha512" => HashAlgorithmName.SHA512,
        "sha384" => HashAlgorithmName.SHA384,
        "sha256" => HashAlgorithmName.SHA256,
        "sha1" => HashAlgorithmName.SHA1,
        "md5" => HashAlgorithmName.MD5,
        "sha3_256" => HashAlgorithmName.SHA3_256,
        "sha3_384" => HashAlgorithmName.SHA3_384,
        "sha3_512" => HashAlgorithmName.SHA3_512,
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "Not a value of hashing_algorithm."),
    });

    /// <summary>Null where the platform forbids MD5 (FIPS mode): the checksum then stays null, as in Glance.</summary>
    public static ImageDigest? TryCreateMd5()
    {
        try
        {
            return Create("md5");
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    public void Append(ReadOnlySpan<byte> bytes) => hash.AppendData(bytes);

    /// <returns>Lower-case hex.</returns>
    public string Finish() => Convert.ToHexStringLower(hash.GetHashAndReset());

    public void Dispose() => hash.Dispose();
}
