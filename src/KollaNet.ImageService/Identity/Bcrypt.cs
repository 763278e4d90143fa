using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace KollaNet.ImageService.Identity;

/// <summary>Verifies bcrypt hashes, as <c>htpasswd -B</c> writes them, by the system's own libcrypt, which every Debian host has.
/// Source: crypt(5), hash method bcrypt.</summary>
public static partial class Bcrypt
{
    /// <summary><c>$2y$10$</c>, 22 characters of salt, 31 of digest.</summary>
    private const int HashLength = 60;

    /// <summary>More takes minutes.</summary>
    private const int HighestCost = 20;

    /// <summary>Size of <c>struct crypt_data</c>, which begins with the result. Source: crypt(3).</summary>
    private const int WorkAreaBytes = 32768;

    /// <summary>Whether a text is such a hash, of a cost that can be borne.</summary>
    public static bool IsHash(string text) => text.Length == HashLength && text.StartsWith("$2", StringComparison.Ordinal) && text[2] is 'a' or 'b' or 'y'
        && int.TryParse(text.AsSpan(4, 2), out int cost) && cost <= HighestCost;

    /// <summary>False for a wrong password and for anything that is not a bcrypt hash.</summary>
    public static bool Verify(string password, string hash)
    {
        if (!IsHash(hash) || password.Contains('\0')) return false;   // C would end the password there
        byte[] area = new byte[WorkAreaBytes];
        if (Crypt(password, hash, area, area.Length) == 0) return false;
        ReadOnlySpan<byte> made = area.AsSpan(0, Array.IndexOf(area, (byte)0));
        return CryptographicOperations.FixedTimeEquals(made, Encoding.UTF8.GetBytes(hash));
    }

    [LibraryImport("libcrypt.so.1", EntryPoint = "crypt_rn", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Crypt(string phrase, string setting, byte[] area, int areaBytes);
}
