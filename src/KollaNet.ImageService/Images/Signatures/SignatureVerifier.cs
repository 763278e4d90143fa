namespace KollaNet.ImageService.Images.Signatures;

/// <summary>Checks a signature over bytes that pass by. Through OpenSSL, which .NET uses too: .NET itself has neither SHA-224 nor all of the curves.</summary>
internal sealed class SignatureVerifier : IContentDigest, IDisposable
{
    private readonly byte[] signature;
    private readonly PublicKeyHandle key;
    private readonly DigestContextHandle context;

    /// <param name="publicKey">SubjectPublicKeyInfo, DER.</param>
    /// <exception cref="SignatureRefusedException">The key is of another kind than the image says.</exception>
    public SignatureVerifier(ImageSignature image, byte[] publicKey)
    {
        signature = image.Value;
        key = LibCrypto.ReadPublicKey(publicKey);
        context = LibCrypto.NewDigestContext();
        if (!LibCrypto.IsKey(key, image.Key.Algorithm, image.Key.Curve)) throw Unusable($"the certificate's key is not of the kind {image.Key.Curve ?? image.Key.Algorithm}");
        if (!LibCrypto.BeginVerification(context, key, image.HashName, pss: image.Key.Algorithm == "RSA")) throw Unusable("the certificate's key cannot be used");
    }

    public void Append(ReadOnlySpan<byte> bytes) => LibCrypto.Append(context, bytes);

    /// <summary>After the last byte.</summary>
    /// <exception cref="SignatureRefusedException">The bytes are not those that were signed.</exception>
    public void Verify()
    {
        if (!LibCrypto.Verify(context, signature)) throw new SignatureRefusedException("the signature does not belong to the data");
    }

    public void Dispose()
    {
        context.Dispose();
        key.Dispose();
    }

    private SignatureRefusedException Unusable(string why)
    {
        Dispose();
        return new SignatureRefusedException(why);
    }
}
