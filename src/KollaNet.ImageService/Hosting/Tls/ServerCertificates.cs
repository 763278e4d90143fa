using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KollaNet.ImageService.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging.Abstractions;

namespace KollaNet.ImageService.Hosting.Tls;

/// <summary>The certificate the service shows, and whose certificates it wants of clients. New connections use the files as they are now; connections that
/// exist go on. Files that cannot be used are not: what was read before stays, and the log says so.</summary>
internal sealed partial class ServerCertificates : IWatchedFiles
{
    private readonly TlsOptions options;
    private readonly ILogger log;
    private volatile SslServerAuthenticationOptions current;

    /// <exception cref="ConfigurationInvalidException">The files cannot be used.</exception>
    public ServerCertificates(TlsOptions options, ILogger log)
    {
        (this.options, this.log) = (options, log);
        try
        {
            current = Read(options);
        }
        catch (Exception e) when (IsUnusable(e))
        {
            throw new ConfigurationInvalidException([$"[DEFAULT] cert_file, key_file, ca_file: {e.Message}"]);
        }
    }

    /// <summary>What Kestrel asks for every connection.</summary>
    public TlsHandshakeCallbackOptions Handshake => new() { OnConnection = _ => ValueTask.FromResult(current) };

    /// <inheritdoc/>
    public string Name => "certificates";

    /// <inheritdoc/>
    public IEnumerable<string> Files => [options.CertFile, options.KeyFile, .. options.CaFile is { } ca ? [ca] : Array.Empty<string>()];

    /// <inheritdoc/>
    public bool Reload()
    {
        try
        {
            current = Read(options);
            LogReloaded(options.CertFile);
            return true;
        }
        catch (Exception e) when (IsUnusable(e))
        {
            LogUnusable(options.CertFile, e.Message);
            return false;
        }
    }

    /// <summary>What is wrong with the files, a sentence each.</summary>
    /// <param name="isElsewhere">Files that are not there may be on the machine that they are for.</param>
    public static IEnumerable<string> FindProblems(TlsOptions options, bool isElsewhere)
    {
        (string Name, string? Path)[] files = [("cert_file", options.CertFile), ("key_file", options.KeyFile), ("ca_file", options.CaFile)];
        string[] missing = [.. files.Where(file => file.Path is not null && !File.Exists(file.Path)).Select(file => $"[DEFAULT] {file.Name}: there is no file {file.Path}")];
        if (missing.Length > 0) return isElsewhere ? [] : missing;
        try
        {
            _ = new ServerCertificates(options, NullLogger.Instance);
            return [];
        }
        catch (ConfigurationInvalidException e)
        {
            return e.Problems;
        }
    }

    private static bool IsUnusable(Exception e) => e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException;

    private static SslServerAuthenticationOptions Read(TlsOptions options)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(options.CertFile);
        X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(options.CertFile, options.KeyFile);
        var made = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate, chain, offline: true),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        };
        if (options.CaFile is not { } ca) return made;
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.ImportFromPemFile(ca);
        if (trust.CustomTrustStore.Count == 0) throw new CryptographicException($"{ca} holds no certificate.");
        (made.ClientCertificateRequired, made.CertificateChainPolicy) = (true, trust);
        return made;
    }

    [LoggerMessage(LogLevel.Information, "New connections use {File} as it is now")]
    private partial void LogReloaded(string file);

    [LoggerMessage(LogLevel.Error, "{File} or a file that belongs to it has changed and cannot be used, so the certificate from before stays: {Why}")]
    private partial void LogUnusable(string file, string why);
}
