using System.Collections.Immutable;
using System.Net.NetworkInformation;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Hosting.Logging;
using KollaNet.ImageService.Hosting.Tls;
using KollaNet.ImageService.Imports.Plugins;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Hosting;

/// <summary>What keeps a service from starting, as far as it can be known without starting: nothing is made, opened for others or asked over a network but the addresses of names.
/// <c>serve</c> and <c>config validate</c> share it. Folders of images are left to the start, which makes them, and to <c>stores test</c>.</summary>
internal static class StartChecks
{
    /// <summary>Whether this machine is not the one that will serve: it has no network. So is the container in which <c>kollanet</c> tries a configuration, which has no volumes either.</summary>
    public static bool IsElsewhere => !NetworkInterface.GetIsNetworkAvailable();

    /// <summary>Everything that is wrong, a sentence each.</summary>
    /// <param name="isElsewhere">What may be there on the machine that will serve is not missed: addresses of names, certificates, the file with users, the folder of the log file.
    /// What is there is looked at all the same.</param>
    public static ImmutableArray<string> Find(GlanceOptions options, bool isElsewhere) =>
    [
        .. AuthenticationChoice.FindProblems(options, isElsewhere),
        .. KeystoneAccess.MissingForLimits(options),
        .. FindDatabaseProblem(options) is { } database ? [database] : Array.Empty<string>(),
        .. StoreCatalog.FindProblems(options),
        .. ImportPlugins.FindProblems(options),
        .. CacheParts.FindProblems(options),
        .. options.Operations.Tls is { } tls ? ServerCertificates.FindProblems(tls, isElsewhere) : [],
        .. FindTrustProblems(options, isElsewhere),
        .. options.LogFile is { } log && !isElsewhere && LogFile.FindProblem(log) is { } why ? [why] : Array.Empty<string>(),
        .. Listeners.FindProblems(options, isElsewhere),
    ];

    /// <exception cref="ConfigurationInvalidException">Something is wrong.</exception>
    public static void ThrowIfAny(GlanceOptions options)
    {
        ImmutableArray<string> problems = Find(options, isElsewhere: false);
        if (problems.Length > 0) throw new ConfigurationInvalidException(problems);
    }

    /// <summary>Opening it connects to nothing.</summary>
    private static string? FindDatabaseProblem(GlanceOptions options)
    {
        try
        {
            ImageDatabase.Open(options).DisposeAsync().AsTask().GetAwaiter().GetResult();
            return null;
        }
        catch (Exception e) when (e is FormatException or ConfigurationInvalidException)
        {
            return e.Message;
        }
    }

    /// <summary>Authorities whose certificates other services have to show.</summary>
    private static IEnumerable<string> FindTrustProblems(GlanceOptions options, bool isElsewhere)
    {
        bool asksKeystone = options.Flavor?.StartsWith("keystone", StringComparison.Ordinal) == true || options.UseKeystoneLimits;
        (string Option, string? File)[] files =
        [
            ("[keystone_authtoken] cafile", asksKeystone && !options.KeystoneAuthtoken.Insecure ? options.KeystoneAuthtoken.Cafile : null),
            ("[oslo_limit] cafile", options.UseKeystoneLimits && !options.Limit.Insecure ? options.Limit.CaFile : null),
            ("[barbican] verify_ssl_path", options.Barbican.VerifySsl ? options.Barbican.CaFile : null),
        ];
        foreach ((string option, string? file) in files)
        {
            if (file is null || (isElsewhere && !File.Exists(file))) continue;
            if (FindTrustProblem(file) is { } why) yield return $"{option}: {file} cannot be used: {why}";
        }
    }

    private static string? FindTrustProblem(string file)
    {
        try
        {
            new X509Certificate2Collection().ImportFromPemFile(file);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return e.Message;
        }
    }
}
