namespace KollaNet.ImageService.Images;

/// <summary>Sees every byte of an image once, in order, while the bytes go elsewhere.</summary>
internal interface IContentDigest
{
    /// <summary>The next bytes; called by one thread at a time.</summary>
    void Append(ReadOnlySpan<byte> bytes);
}
