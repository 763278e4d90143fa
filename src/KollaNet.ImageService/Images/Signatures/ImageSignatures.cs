using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.KeyManager;

namespace KollaNet.ImageService.Images.Signatures;

/// <summary>Prepares the check of signed images: fetches the certificate as the caller, so that data can be checked as it passes.</summary>
/// <param name="barbican">Null: there is no key manager, and signed images are refused.</param>
public sealed class ImageSignatures(BarbicanClient? barbican, TimeProvider clock)
{
    /// <returns>Null: the image is not signed.</returns>
    /// <exception cref="SignatureRefusedException">Its signature cannot be checked.</exception>
    internal async Task<SignatureVerifier?> OpenAsync(Image image, Caller caller, CancellationToken cancel)
    {
        if (ImageSignature.Of(image) is not { } signature) return null;
        try
        {
            byte[] secret = await (barbican ?? throw new KeyManagerException("there is no key manager")).ReadAsync(signature.CertificateId, caller, cancel);
            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(secret);
            DateTime now = clock.GetUtcNow().UtcDateTime;
            if (now < certificate.NotBefore.ToUniversalTime()) throw new SignatureRefusedException("the certificate is not valid yet");
            if (now > certificate.NotAfter.ToUniversalTime()) throw new SignatureRefusedException("the certificate has expired");
            return new SignatureVerifier(signature, certificate.PublicKey.ExportSubjectPublicKeyInfo());
        }
        catch (KeyManagerException e)
        {
            throw new SignatureRefusedException(e.Message, e);
        }
        catch (CryptographicException e)
        {
            throw new SignatureRefusedException("the secret is not an X.509 certificate", e);
        }
    }
}
