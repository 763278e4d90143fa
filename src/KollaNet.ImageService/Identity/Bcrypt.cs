using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace KollaNet.ImageService.Identity;

/// <summary>Verifies bcrypt hashes as <c>htpasswd -B</c> writes them. Source: Provos and Mazières, "A Future-Adaptable Password Scheme", 1999. Blowfish's
/// tables are the fraction of pi, so they are computed instead of being listed.</summary>
public static class Bcrypt
{
    private const string Alphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private static readonly SearchValues<char> AlphabetValues = SearchValues.Create(Alphabet);
    private static readonly Lazy<uint[]> Pi = new(PiWords);

    /// <summary>False for a wrong password and for anything that is not a bcrypt hash.</summary>
    public static bool Verify(string password, string hash)
    {
        // $2y$10$ + 22 characters of salt + 31 of digest
        if (hash.Length != 60 || hash[0] != '$' || hash[1] != '2' || hash[2] is not ('a' or 'b' or 'y') || hash[3] != '$' || hash[6] != '$') return false;
        if (!int.TryParse(hash.AsSpan(4, 2), out int cost) || cost is < 4 or > 20) return false;
        if (hash.AsSpan(7).IndexOfAnyExcept(AlphabetValues) >= 0) return false;
        byte[] key = [.. Encoding.UTF8.GetBytes(password).Take(72), 0];
        byte[] digest = Digest(key.Length > 72 ? key[..72] : key, Decode(hash.AsSpan(7, 22), 16), cost);
        return CryptographicOperations.FixedTimeEquals(digest, Decode(hash.AsSpan(29), 23));
    }

    private static byte[] Digest(byte[] key, byte[] salt, int cost)
    {
        uint[] state = [.. Pi.Value];
        Expand(state, key, salt);
        byte[] none = new byte[16];
        for (long round = 1L << cost; round > 0; round--)
        {
            Expand(state, key, none);
            Expand(state, salt, none);
        }

        byte[] digest = Encoding.ASCII.GetBytes("OrpheanBeholderScryDoubt");
        for (int block = 0; block < 24; block += 8)
        {
            uint left = BinaryPrimitives.ReadUInt32BigEndian(digest.AsSpan(block));
            uint right = BinaryPrimitives.ReadUInt32BigEndian(digest.AsSpan(block + 4));
            for (int i = 0; i < 64; i++) Encipher(state, ref left, ref right);
            BinaryPrimitives.WriteUInt32BigEndian(digest.AsSpan(block), left);
            BinaryPrimitives.WriteUInt32BigEndian(digest.AsSpan(block + 4), right);
        }

        return digest[..23];
    }

    /// <summary>Mixes the key into the 18 subkeys, then replaces subkeys and boxes by running the cipher over the salt.</summary>
    private static void Expand(uint[] state, byte[] key, byte[] salt)
    {
        int at = 0;
        for (int i = 0; i < 18; i++) state[i] ^= NextWord(key, ref at);
        uint left = 0, right = 0;
        at = 0;
        for (int i = 0; i < state.Length; i += 2)
        {
            left ^= NextWord(salt, ref at);
            right ^= NextWord(salt, ref at);
            Encipher(state, ref left, ref right);
            state[i] = left;
            state[i + 1] = right;
        }
    }

    private static uint NextWord(byte[] bytes, ref int at)
    {
        uint word = 0;
        for (int i = 0; i < 4; i++, at++) word = (word << 8) | bytes[at % bytes.Length];
        return word;
    }

    private static void Encipher(uint[] state, ref uint left, ref uint right)
    {
        left ^= state[0];
        for (int i = 1; i <= 16; i += 2)
        {
            right ^= Round(state, left) ^ state[i];
            left ^= Round(state, right) ^ state[i + 1];
        }

        (left, right) = (right ^ state[17], left);
    }

    private static uint Round(uint[] state, uint x) =>
        ((state[18 + (x >> 24)] + state[274 + ((x >> 16) & 255)]) ^ state[530 + ((x >> 8) & 255)]) + state[786 + (x & 255)];

    private static byte[] Decode(ReadOnlySpan<char> text, int count)
    {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++)
        {
            int bit = i * 8, first = bit / 6;
            int pair = (Alphabet.IndexOf(text[first]) << 6) | Alphabet.IndexOf(text[first + 1]);
            bytes[i] = (byte)(pair >> (4 - (bit % 6)));
        }

        return bytes;
    }

    /// <summary>18 subkeys and 4 × 256 box words: the first 1042 × 32 bits of pi's fraction, by Machin's formula.</summary>
    private static uint[] PiWords()
    {
        const int words = 18 + 1024, guard = 64;
        BigInteger one = BigInteger.One << ((words * 32) + guard);
        BigInteger pi = ((16 * ArcTangentOfInverse(5, one)) - (4 * ArcTangentOfInverse(239, one))) >> guard;
        byte[] bytes = pi.ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. Enumerable.Range(0, words).Select(i => BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(bytes.Length - (words * 4) + (i * 4))))];
    }

    private static BigInteger ArcTangentOfInverse(int x, BigInteger one)
    {
        BigInteger power = one / x, sum = power;
        for (int n = 3; !power.IsZero; n += 2)
        {
            power /= x * x;
            sum += n % 4 == 3 ? -(power / n) : power / n;
        }

        return sum;
    }
}
