using System.Text.RegularExpressions;

namespace KollaNet.ImageService.Hosting.Logging;

/// <summary>Keeps secrets out of logs: credentials in URLs (of stores, databases, imports), tokens, and whatever is called a password.</summary>
internal static partial class Secrets
{
    private const string Masked = "${name}***";

    /// <summary>The text with stars in place of secrets.</summary>
    public static string Mask(string text) =>
        MayHoldSome(text) ? Named().Replace(InUrl().Replace(text, Masked), Masked) : text;

    /// <summary>Most lines hold none, and this is quicker than looking closely.</summary>
    private static bool MayHoldSome(string text) =>
        text.Contains('@') || text.Contains("pass", StringComparison.OrdinalIgnoreCase) || text.Contains("token", StringComparison.OrdinalIgnoreCase) || text.Contains("secret", StringComparison.OrdinalIgnoreCase);

    // To the last @ before white space: an S3 secret key may hold slashes.
    [GeneratedRegex(@"(?<name>[A-Za-z][A-Za-z0-9+.-]*://)[^\s""'<>]+(?=@)")]
    private static partial Regex InUrl();

    [GeneratedRegex(@"(?<name>(?:x-auth-token|x-service-token|x-subject-token|password|passwd|secret|secret_key)[""']?\s*[:=]\s*[""']?)[^\s""',;&]+", RegexOptions.IgnoreCase)]
    private static partial Regex Named();
}
