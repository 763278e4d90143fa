using System.Collections.Immutable;

namespace KollaNet.ImageService.Images;

/// <summary>Checksums that a client says its data has; the data is refused when it has others.</summary>
/// <param name="HexByAlgorithm"><c>md5</c>, <c>sha256</c> or <c>sha512</c> → lower-case hex. At least one.</param>
public sealed record DeclaredDigests(ImmutableSortedDictionary<string, string> HexByAlgorithm)
{
    /// <param name="found">Algorithm → lower-case hex, of what came.</param>
    /// <exception cref="DeclaredDigestMismatchException">One differs, or could not be computed here.</exception>
    public void Require(IReadOnlyDictionary<string, string> found)
    {
        foreach ((string algorithm, string declared) in HexByAlgorithm)
        {
            string? real = found.GetValueOrDefault(algorithm);
            if (real != declared) throw new DeclaredDigestMismatchException(algorithm, declared, real);
        }
    }
}

/// <summary>The data is not what the client said it would send.</summary>
public sealed class DeclaredDigestMismatchException(string algorithm, string declared, string? found) : Exception(found is null
    ? $"The declared {algorithm} cannot be verified here; declare sha-256 or sha-512."
    : $"Checksum mismatch: {algorithm} {declared} was declared, the data that came has {found}. Nothing was kept; send it again.");
