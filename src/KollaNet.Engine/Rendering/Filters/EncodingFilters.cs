using System.Security.Cryptography;
using System.Text;

namespace KollaNet.Engine.Rendering.Filters;

/// <summary>Base64, hashes and URL encoding, all of UTF-8.</summary>
internal static class EncodingFilters
{
    public static KeyValuePair<string, RegisteredFilter>[] All { get; } =
    [
        Table.Filter("b64encode", static call => Convert.ToBase64String(Encoding.UTF8.GetBytes(call.Text))),
        Table.Filter("b64decode", static call => Decode(call.Text)),
        Table.Filter("hash", static call => Hash(call.Text, call.TextArgument(0, "sha1")), "hashtype?"),
        Table.Filter("sha1", static call => Hash(call.Text, "sha1")),
        Table.Filter("md5", static call => Hash(call.Text, "md5")),
        Table.Filter("checksum", static call => Hash(call.Text, "sha1")),
        Table.Filter("urlencode", UrlEncode),
        Table.Filter("password_hash", PasswordHashed, "hashtype", "salt"),
    ];

    /// <summary>Ansible's <c>password_hash</c>, for bcrypt with a salt of one's own only.</summary>
    private static string PasswordHashed(FilterCall call) => call.TextArgument(0, "") != "bcrypt"
        ? throw FilterCall.Fail("password_hash makes 'bcrypt' only")
        : PasswordHash.Bcrypt(call.Text, call.TextArgument(1, "")) ?? throw FilterCall.Fail("the salt is not 22 characters of bcrypt's alphabet (./A-Za-z0-9)");

    private static string Decode(string text)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Convert.FromBase64String(text));
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw FilterCall.Fail("this is not base64 of UTF-8 text");
        }
    }

    /// <summary>Hashes name things here; nothing is protected by the old ones.</summary>
    private static string Hash(string text, string kind)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
#pragma warning disable CA5350, CA5351 // Templates ask for them by name, as Ansible's do.
        byte[] hash = kind switch
        {
            "md5" => MD5.HashData(bytes),
            "sha1" => SHA1.HashData(bytes),
            "sha256" => SHA256.HashData(bytes),
            "sha384" => SHA384.HashData(bytes),
            "sha512" => SHA512.HashData(bytes),
            _ => throw FilterCall.Fail($"unknown hash '{kind}': use md5, sha1, sha256, sha384 or sha512"),
        };
#pragma warning restore CA5350, CA5351
        return Convert.ToHexStringLower(hash);
    }

    private static string UrlEncode(FilterCall call) => call.Value switch
    {
        IReadOnlyDictionary<string, object?> map =>
            string.Join('&', map.Select(pair => ForQuery(pair.Key) + "=" + ForQuery(Values.PythonText.Of(pair.Value, call.Budget)))),
        _ => Quote(call.Text, "/"),
    };

    private static string ForQuery(string text) => Quote(text, "").Replace("%20", "+", StringComparison.Ordinal);

    private static string Quote(string text, string safe)
    {
        var quoted = new StringBuilder();
        foreach (byte b in Encoding.UTF8.GetBytes(text))
        {
            char c = (char)b;
            if (char.IsAsciiLetterOrDigit(c) || "_.-~".Contains(c, StringComparison.Ordinal) || safe.Contains(c, StringComparison.Ordinal)) quoted.Append(c);
            else quoted.Append('%').Append(b.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
        }
        return quoted.ToString();
    }
}
