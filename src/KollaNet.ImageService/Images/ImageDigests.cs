using System.Collections.Immutable;

namespace KollaNet.ImageService.Images;

/// <summary>The checksums computed in one pass over an image, each algorithm once.</summary>
internal sealed class ImageDigests : IDisposable
{
    private readonly ImmutableSortedDictionary<string, ImageDigest> byAlgorithm;

    private ImageDigests(ImmutableSortedDictionary<string, ImageDigest> byAlgorithm) => this.byAlgorithm = byAlgorithm;

    /// <summary>What <see cref="UploadContent"/> feeds.</summary>
    public ImmutableArray<IContentDigest> All => [.. byAlgorithm.Values];

    /// <param name="algorithms">As in <c>hashing_algorithm</c>; an MD5 that the platform forbids is left out.</param>
    public static ImageDigests Of(IEnumerable<string> algorithms) => new(algorithms.Distinct()
        .Select(name => (Name: name, Digest: name == "md5" ? ImageDigest.TryCreateMd5() : ImageDigest.Create(name)))
        .Where(one => one.Digest is not null)
        .ToImmutableSortedDictionary(one => one.Name, one => one.Digest!));

    /// <returns>Algorithm → lower-case hex.</returns>
    public ImmutableSortedDictionary<string, string> Finish() => byAlgorithm.ToImmutableSortedDictionary(one => one.Key, one => one.Value.Finish());

    public void Dispose()
    {
        foreach (ImageDigest digest in byAlgorithm.Values) digest.Dispose();
    }
}
