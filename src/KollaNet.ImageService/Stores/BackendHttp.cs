using System.Security.Cryptography.X509Certificates;

namespace KollaNet.ImageService.Stores;

/// <summary>Connections to storage services: never through a proxy of the environment, never waiting for ever to be made.</summary>
internal static class BackendHttp
{
    /// <param name="insecure">Accept any certificate.</param>
    /// <param name="caFile">PEM file of the authorities to trust; null or empty for the system's.</param>
    public static HttpMessageHandler Handler(bool insecure, string? caFile)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(10),
            // Long enough for a proxy to have asked its own backend whether it wants the body at all.
            Expect100ContinueTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
        };
#pragma warning disable CA5359 // An "insecure" option: the operator asked for it.
        if (insecure) handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        else if (caFile is { Length: > 0 })
        {
            var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            trust.CustomTrustStore.ImportFromPemFile(caFile);
            handler.SslOptions.CertificateChainPolicy = trust;
        }

        return new HangUpHandler(handler);
    }
}
