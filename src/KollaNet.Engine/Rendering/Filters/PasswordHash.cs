using System.Runtime.InteropServices;
using System.Text;

namespace KollaNet.Engine.Rendering.Filters;

/// <summary>bcrypt by the system's own libcrypt, which every Debian host has. Source: crypt(5), hash method bcrypt.</summary>
internal static partial class PasswordHash
{
    /// <summary>2^10 rounds: the passwords are 40 random characters, and rendering has to stay quick.</summary>
    private const string Method = "$2b$10$";

    /// <summary>Size of <c>struct crypt_data</c>, which begins with the result. Source: crypt(3).</summary>
    private const int WorkAreaBytes = 32768;

    /// <param name="salt">22 characters of bcrypt's alphabet: a fixed salt makes a fixed text, so that rendering twice changes nothing.</param>
    /// <returns>The hash as an htpasswd line holds it; null when the salt is not one.</returns>
    public static string? Bcrypt(string password, string salt)
    {
        byte[] area = new byte[WorkAreaBytes];
        if (Crypt(password, Method + salt, area, area.Length) == 0) return null;
        string hash = Encoding.ASCII.GetString(area, 0, Array.IndexOf(area, (byte)0));
        return hash.StartsWith(Method, StringComparison.Ordinal) ? hash : null;
    }

    [LibraryImport("libcrypt.so.1", EntryPoint = "crypt_rn", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Crypt(string phrase, string setting, byte[] area, int areaBytes);
}
