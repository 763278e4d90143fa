using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace KollaNet.Engine.Planning;

/// <summary>Takes the values of passwords out of texts that people or logs will see.</summary>
public sealed class Redactor
{
    /// <summary>Shorter values (an operator's <c>no</c>) would tear holes into ordinary words; they are taken out only where they stand alone.</summary>
    private const int ShortestSecret = 6;

    private readonly ImmutableArray<string> secrets;
    private readonly ImmutableHashSet<string> whole;

    /// <param name="secrets">Values, not names; empty ones are ignored.</param>
    public Redactor(IEnumerable<string> secrets)
    {
        whole = [.. secrets.Where(secret => secret.Length > 0)];
        this.secrets = [.. whole.SelectMany(Lines).Where(secret => secret.Length >= ShortestSecret).Distinct().OrderByDescending(secret => secret.Length).ThenBy(secret => secret, StringComparer.Ordinal)];
    }

    /// <summary>Knows no secrets.</summary>
    public static Redactor None { get; } = new([]);

    /// <summary>The text with every secret replaced by <c>***</c>.</summary>
    public string Redact(string text) => whole.Contains(text) ? "***" : secrets.Aggregate(text, (current, secret) => current.Replace(secret, "***", StringComparison.Ordinal));

    /// <summary>The text with every secret replaced by a fingerprint, so that a changed secret still shows as a difference.</summary>
    public string Fingerprint(string text) => whole.Contains(text) ? Mark(text)
        : secrets.Aggregate(text, (current, secret) => current.Contains(secret, StringComparison.Ordinal) ? current.Replace(secret, Mark(secret), StringComparison.Ordinal) : current);

    /// <summary>True when the text holds one of the secrets.</summary>
    public bool Holds(string text) => secrets.Any(secret => text.Contains(secret, StringComparison.Ordinal));

    private static string Mark(string secret) => $"secret-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)))[..8]}";

    private static IEnumerable<string> Lines(string value) =>
        value.Contains('\n') ? value.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Where(line => !line.StartsWith("-----", StringComparison.Ordinal)) : [value];
}
