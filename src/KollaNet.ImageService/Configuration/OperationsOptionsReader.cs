using System.Collections.Immutable;
using System.Globalization;
using static KollaNet.ImageService.Configuration.GlanceOptionCatalog;
using static KollaNet.ImageService.Configuration.GlanceOptionCatalog.Identity;
using static KollaNet.ImageService.Configuration.GlanceOptionCatalog.Operations;

namespace KollaNet.ImageService.Configuration;

/// <summary>Reads the options of running the service, of policies and of limits.</summary>
internal static class OperationsOptionsReader
{
    public static OperationsOptions Read(OptionValues values, IReadOnlyList<IniEntry> entries, ICollection<string> problems) => new()
    {
        Tls = ReadTls(values, problems),
        Grace = TimeSpan.FromSeconds(values.Get(GracefulShutdownTimeout)),
        UseJson = values.Get(UseJson),
        Cors = ReadCors(values, entries),
        Health = new(values.Get(HealthDetailed), ReadDisableFiles(values, problems), TimeSpan.FromSeconds(values.Get(DrainDelay))),
        Metrics = new(values.Get(MetricsEnabled), values.Get(MetricsHost), values.Get(MetricsPort)),
    };

    public static PolicyOptions ReadPolicy(OptionValues values, string baseFolder)
    {
        IReadOnlyList<string?> folders = values.GetAll(PolicyDirs);
        return new(
            values.Get(PolicyDefaultRule), [.. folders.DefaultIfEmpty("policy.d").OfType<string>().Select(folder => Path.GetFullPath(folder, baseFolder))],
            values.Get(EnforceScope), values.Get(EnforceNewDefaults));
    }

    public static LimitOptions ReadLimit(OptionValues values) => new()
    {
        AuthUrl = NotEmpty(values.Get(LimitAuthUrl)?.TrimEnd('/')),
        Username = NotEmpty(values.Get(LimitUsername)),
        Password = NotEmpty(values.Get(LimitPassword)),
        SystemScope = NotEmpty(values.Get(LimitSystemScope)),
        ProjectName = NotEmpty(values.Get(LimitProjectName)),
        UserDomainName = NotEmpty(values.Get(LimitUserDomainName)),
        UserDomainId = NotEmpty(values.Get(LimitUserDomainId)),
        ProjectDomainName = NotEmpty(values.Get(LimitProjectDomainName)),
        ProjectDomainId = NotEmpty(values.Get(LimitProjectDomainId)),
        RegionName = NotEmpty(values.Get(LimitRegionName)),
        CaFile = NotEmpty(values.Get(LimitCafile)),
        Insecure = values.Get(LimitInsecure),
        EndpointId = NotEmpty(values.Get(EndpointId)),
        ServiceType = NotEmpty(values.Get(EndpointServiceType)),
        ServiceName = NotEmpty(values.Get(EndpointServiceName)),
        EndpointRegionName = NotEmpty(values.Get(EndpointRegionName)),
    };

    private static TlsOptions? ReadTls(OptionValues values, ICollection<string> problems)
    {
        (string? cert, string? key, string? ca) = (NotEmpty(values.Get(CertFile)), NotEmpty(values.Get(KeyFile)), NotEmpty(values.Get(CaFile)));
        if (cert is not null && key is not null) return new TlsOptions(cert, key, ca);
        if ((cert ?? key ?? ca) is not null) problems.Add("[DEFAULT] cert_file and key_file: HTTPS needs both");
        return null;
    }

    /// <summary>What a section of its own does not say, <c>[cors]</c> says. Source: oslo.middleware, CORS.</summary>
    private static ImmutableArray<CorsOptions> ReadCors(OptionValues values, IReadOnlyList<IniEntry> entries)
    {
        IEnumerable<string> more = entries.Select(entry => entry.Section).Where(section => section.StartsWith(CorsOptions.MoreSections, StringComparison.Ordinal)).Distinct();
        return [.. more.Prepend("cors").Select(Of).Where(cors => cors.AllowedOrigins.Length > 0)];

        CorsOptions Of(string section)
        {
            T Get<T>(Option<T> option) => values.Get(option, values.Has(option, section) ? section : "cors");
            return new(values.Get(AllowedOrigin, section), Get(AllowCredentials), Get(ExposeHeaders), Get(MaxAge), Get(AllowMethods), Get(AllowHeaders));
        }
    }

    private static ImmutableArray<string> ReadDisableFiles(OptionValues values, ICollection<string> problems)
    {
        var files = new List<string> { values.Get(DisableByFilePath) };
        foreach (string pair in values.Get(DisableByFilePaths))
        {
            int colon = pair.IndexOf(':');
            if (colon <= 0 || !int.TryParse(pair.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out int port))
                problems.Add($"[healthcheck] disable_by_file_paths: '{pair}' is not port:path");
            else if (port == values.Get(BindPort)) files.Add(pair[(colon + 1)..]);
        }

        return [.. files.Where(file => file.Length > 0)];
    }

    private static string? NotEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
