using System.Security.Cryptography;
using System.Text;

namespace KollaNet.MariaDb.Protocol;

/// <summary><c>mysql_native_password</c>: proves knowledge of a password's SHA-1. Source: MariaDB documentation, "Connection: mysql_native_password".</summary>
internal static class NativePassword
{
    public const string Plugin = "mysql_native_password";

    // The protocol fixes the algorithm.
#pragma warning disable CA5350
    public static byte[] Answer(string password, ReadOnlySpan<byte> challenge)
    {
        if (password.Length == 0)
            return [];
        byte[] once = SHA1.HashData(Encoding.UTF8.GetBytes(password));
        byte[] answer = SHA1.HashData([.. challenge[..20], .. SHA1.HashData(once)]);
        for (int at = 0; at < answer.Length; at++)
            answer[at] ^= once[at];
        return answer;
    }
#pragma warning restore CA5350
}
