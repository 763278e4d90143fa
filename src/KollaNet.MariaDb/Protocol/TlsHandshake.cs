using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace KollaNet.MariaDb.Protocol;

/// <summary>Encrypts a connection in the middle of its login.</summary>
internal static class TlsHandshake
{
    public static async Task RunAsync(PacketChannel channel, MariaDbSettings settings, CancellationToken cancel)
    {
        var tls = new SslStream(channel.Stream, leaveInnerStreamOpen: false);
        var options = new SslClientAuthenticationOptions { TargetHost = settings.Host };
        if (settings.TlsMode is MariaDbTlsMode.Preferred or MariaDbTlsMode.Required)
        {
            // These modes promise encryption only; their documentation says so.
#pragma warning disable CA5359
            options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else
        {
            if (settings.TlsCaFile is { } file)
                options.CertificateChainPolicy = Trusting(file, settings);
            if (settings.TlsMode == MariaDbTlsMode.VerifyCa)
                options.RemoteCertificateValidationCallback = static (_, _, _, problems) => (problems & ~SslPolicyErrors.RemoteCertificateNameMismatch) == 0;
        }
        try
        {
            await tls.AuthenticateAsClientAsync(options, cancel);
        }
        catch (AuthenticationException e)
        {
            throw Failed(settings, e.Message, e);
        }
        channel.Switch(tls);
    }

    private static X509ChainPolicy Trusting(string file, MariaDbSettings settings)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        try
        {
            policy.CustomTrustStore.ImportFromPemFile(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            throw Failed(settings, $"the authorities in {file} cannot be read: {e.Message}", e);
        }
        return policy;
    }

    private static MariaDbException Failed(MariaDbSettings settings, string why, Exception inner) =>
        new(ErrorNumber.TlsFailed, "HY000", $"TLS with MariaDB at {settings.Address} failed: {why}", isTransient: false, inner);
}
