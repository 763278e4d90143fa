using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace KollaNet.MariaDb.Protocol;

/// <summary>
/// <c>client_ed25519</c>: signs the server's challenge with a key made from the password. It is Ed25519 except that the secret is the password's SHA-512
/// instead of that of a random seed. Sources: RFC 8032, section 5.1; MariaDB documentation, "Authentication plugin - ed25519".
/// </summary>
/// <remarks>Plain big-number arithmetic: milliseconds per login, and its duration depends on the secret, which somebody on this same machine could measure.</remarks>
internal static class Ed25519Password
{
    public const string Plugin = "client_ed25519";

    private static readonly BigInteger P = BigInteger.Pow(2, 255) - 19;
    private static readonly BigInteger L = BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493", System.Globalization.CultureInfo.InvariantCulture);
    private static readonly BigInteger D = Mod(-121665 * Invert(121666));
    private static readonly Point Base = BasePoint();

    /// <summary>A point as X/Z, Y/Z with T = XY/Z.</summary>
    private readonly record struct Point(BigInteger X, BigInteger Y, BigInteger Z, BigInteger T);

    public static byte[] Answer(string password, ReadOnlySpan<byte> challenge)
    {
        byte[] hash = SHA512.HashData(Encoding.UTF8.GetBytes(password));
        byte[] clamped = hash[..32];
        clamped[0] &= 0xf8;
        clamped[31] = (byte)((clamped[31] & 0x3f) | 0x40);
        BigInteger secret = Number(clamped);
        byte[] publicKey = Encode(Multiply(Base, secret));

        BigInteger nonce = Number(SHA512.HashData([.. hash.AsSpan(32), .. challenge])) % L;
        byte[] commitment = Encode(Multiply(Base, nonce));
        BigInteger digest = Number(SHA512.HashData([.. commitment, .. publicKey, .. challenge])) % L;
        return [.. commitment, .. Bytes((nonce + digest * secret) % L)];
    }

    // Source: RFC 8032, section 5.1.4.
    private static Point Add(Point p, Point q)
    {
        BigInteger a = Mod((p.Y - p.X) * (q.Y - q.X));
        BigInteger b = Mod((p.Y + p.X) * (q.Y + q.X));
        BigInteger c = Mod(2 * p.T * q.T * D);
        BigInteger d = Mod(2 * p.Z * q.Z);
        (BigInteger e, BigInteger f, BigInteger g, BigInteger h) = (b - a, d - c, d + c, b + a);
        return new Point(Mod(e * f), Mod(g * h), Mod(f * g), Mod(e * h));
    }

    private static Point Multiply(Point point, BigInteger by)
    {
        var sum = new Point(0, 1, 1, 0);
        for (; by > 0; by >>= 1)
        {
            if (!by.IsEven)
                sum = Add(sum, point);
            point = Add(point, point);
        }
        return sum;
    }

    // y = 4/5, and the even root of x² = (y² - 1) / (dy² + 1).
    private static Point BasePoint()
    {
        BigInteger y = Mod(4 * Invert(5));
        BigInteger square = Mod((y * y - 1) * Invert(D * y * y + 1));
        BigInteger x = BigInteger.ModPow(square, (P + 3) / 8, P);
        if (Mod(x * x - square) != 0)
            x = Mod(x * BigInteger.ModPow(2, (P - 1) / 4, P));
        if (!x.IsEven)
            x = P - x;
        return new Point(x, y, 1, Mod(x * y));
    }

    private static byte[] Encode(Point point)
    {
        BigInteger z = Invert(point.Z);
        BigInteger x = Mod(point.X * z);
        byte[] bytes = Bytes(Mod(point.Y * z));
        bytes[31] |= (byte)(x.IsEven ? 0 : 0x80);
        return bytes;
    }

    private static BigInteger Mod(BigInteger value)
    {
        BigInteger rest = value % P;
        return rest.Sign < 0 ? rest + P : rest;
    }

    private static BigInteger Invert(BigInteger value) => BigInteger.ModPow(Mod(value), P - 2, P);

    private static BigInteger Number(ReadOnlySpan<byte> littleEndian) => new(littleEndian, isUnsigned: true);

    private static byte[] Bytes(BigInteger value)
    {
        byte[] bytes = new byte[32];
        value.TryWriteBytes(bytes, out _, isUnsigned: true);
        return bytes;
    }
}
