namespace KollaNet.ImageService.Stores.Rbd;

/// <summary>Where an image lies in a cluster. Source: image-api reference 7, location urls.</summary>
/// <param name="Fsid">The cluster; null in the oldest urls, which name neither cluster nor pool.</param>
/// <param name="Pool">Null as <paramref name="Fsid"/>.</param>
/// <param name="Image">The RBD image's name: the image's id.</param>
/// <param name="Snapshot">Null reads the image itself.</param>
internal sealed record RbdLocation(string? Fsid, string? Pool, string Image, string? Snapshot)
{
    private const string Scheme = "rbd://";

    /// <summary>Null for what is no location in Ceph.</summary>
    public static RbdLocation? TryParse(string url)
    {
        if (!url.StartsWith(Scheme, StringComparison.Ordinal)) return null;
        string[] parts = [.. url[Scheme.Length..].Split('/').Select(Uri.UnescapeDataString)];
        if (parts.Any(part => part.Length == 0)) return null;
        return parts switch
        {
            [var image] => new RbdLocation(null, null, image, null),
            [var fsid, var pool, var image, var snapshot] => new RbdLocation(fsid, pool, image, snapshot),
            _ => null,
        };
    }

    /// <inheritdoc/>
    public override string ToString() => Fsid is null ? Scheme + Image : Scheme + string.Join('/', new[] { Fsid, Pool!, Image, Snapshot ?? "" }.Select(Uri.EscapeDataString));
}
