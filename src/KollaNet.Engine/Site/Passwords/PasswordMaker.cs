using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace KollaNet.Engine.Site.Passwords;

/// <summary>Makes secrets from the system's random source.</summary>
internal static class PasswordMaker
{
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const string LettersAndDigits = Letters + "0123456789";

    /// <summary>A value of a kind that fits on one line.</summary>
    public static string Make(PasswordKind kind) => kind switch
    {
        // A letter first: no YAML reader can take it for a number.
        PasswordKind.Password => RandomNumberGenerator.GetString(Letters, 1) + RandomNumberGenerator.GetString(LettersAndDigits, 39),
        PasswordKind.Uuid => Guid.NewGuid().ToString(),
        PasswordKind.FernetKey => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)).Replace('+', '-').Replace('/', '_'),
        PasswordKind.HmacMd5 => RandomNumberGenerator.GetString("abcdef", 1) + RandomNumberGenerator.GetHexString(31, true),
        // 16 bytes are 128 bits, so of the last character's six only two count.
        PasswordKind.BcryptSalt => RandomNumberGenerator.GetString(Letters, 1) + RandomNumberGenerator.GetString("./" + LettersAndDigits, 20) + RandomNumberGenerator.GetString(".Oeu", 1),
        PasswordKind.CephxKey => MakeCephxKey(),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "this kind is not made on one line"),
    };

    /// <summary>Type 1 (AES), the time it was made in seconds and nanoseconds, and 16 bytes with their number before them, all little-endian, in base64. Source: CryptoKey of Ceph.</summary>
    private static string MakeCephxKey()
    {
        byte[] key = [1, 0, .. new byte[8], 16, 0, .. RandomNumberGenerator.GetBytes(16)];
        BinaryPrimitives.WriteUInt32LittleEndian(key.AsSpan(2), (uint)DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        return Convert.ToBase64String(key);
    }

    /// <summary>An RSA-4096 pair: the private key as PKCS #8 PEM, the public key as one line of <c>authorized_keys</c>.</summary>
    public static (string PrivateKey, string PublicKey) MakeSshKey()
    {
        using var rsa = RSA.Create(4096);
        RSAParameters parameters = rsa.ExportParameters(false);
        using var blob = new MemoryStream();
        byte[] length = new byte[4];
        foreach (byte[] part in new[] { "ssh-rsa"u8.ToArray(), Positive(parameters.Exponent!), Positive(parameters.Modulus!) })
        {
            BinaryPrimitives.WriteInt32BigEndian(length, part.Length);
            blob.Write(length);
            blob.Write(part);
        }
        return (rsa.ExportPkcs8PrivateKeyPem(), "ssh-rsa " + Convert.ToBase64String(blob.ToArray()));
    }

    /// <summary>The lines of an entry, with everything but its indentation.</summary>
    public static string Entry(string key, PasswordKind kind)
    {
        if (kind != PasswordKind.SshKey) return $"{key}: {Make(kind)}";
        (string privateKey, string publicKey) = MakeSshKey();
        var text = new StringBuilder($"{key}:\n  private_key: |\n");
        foreach (string line in privateKey.Split('\n', StringSplitOptions.RemoveEmptyEntries)) text.Append("    ").Append(line).Append('\n');
        return text.Append("  public_key: ").Append(publicKey).ToString();
    }

    /// <summary>SSH's mpint: a leading zero where the first bit would read as a sign.</summary>
    private static byte[] Positive(byte[] number) => (number[0] & 0x80) == 0 ? number : [0, .. number];
}
