using System.Collections.Immutable;
using static KollaNet.ImageService.Configuration.GlanceOptionCatalog;

namespace KollaNet.ImageService.Configuration;

/// <summary>Turns configuration files into <see cref="GlanceOptions"/>.</summary>
internal static class GlanceOptionsReader
{
    public static GlanceOptions Read(IReadOnlyList<string> files, IReadOnlyList<string> folders)
    {
        var problems = new List<string>();
        GlanceOptions? options = TryRead(files, folders, problems);
        return problems.Count == 0 ? options! : throw new ConfigurationInvalidException(problems);
    }

    /// <param name="problems">Takes everything that is wrong.</param>
    /// <returns>The options, with defaults where something is wrong; null when a file or folder could not be read, so that nobody knows what they are.</returns>
    public static GlanceOptions? TryRead(IReadOnlyList<string> files, IReadOnlyList<string> folders, List<string> problems)
    {
        var unread = new List<string>();
        IReadOnlyList<string> all = [.. files, .. folders.SelectMany(folder => ConfFiles(folder, unread))];
        List<IniEntry> entries = [.. all.SelectMany(file => ReadFile(file, unread, problems))];
        problems.AddRange(unread);
        var values = new OptionValues(entries, problems);
        GlanceOptions options = Build(values, entries, problems, all.Count > 0 ? Path.GetDirectoryName(Path.GetFullPath(all[^1]))! : "/etc/glance");
        return unread.Count > 0 ? null : options with { Warnings = [.. UnknownOptions.Find(entries, [.. options.Stores.Select(store => store.Id)])] };
    }

    private static IEnumerable<string> ConfFiles(string folder, List<string> unread)
    {
        if (Directory.Exists(folder)) return Directory.GetFiles(folder, "*.conf").Order(StringComparer.Ordinal);
        unread.Add($"{folder}: no such folder");
        return [];
    }

    private static IReadOnlyList<IniEntry> ReadFile(string file, List<string> unread, List<string> problems)
    {
        try
        {
            return IniFile.Parse(file, File.ReadLines(file), problems);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            unread.Add($"{file}: {e.Message}");
            return [];
        }
    }

    private static GlanceOptions Build(OptionValues values, IReadOnlyList<IniEntry> entries, List<string> problems, string baseFolder)
    {
        var storeReader = new StoreOptionsReader(values, entries, problems, baseFolder);
        ImmutableArray<StoreOptions> stores = storeReader.ReadAll();
        return new GlanceOptions
        {
            BindHost = values.Get(BindHost),
            BindPort = values.Get(BindPort),
            Workers = values.Get(Workers),
            PublicEndpoint = TrimSlash(values.Get(PublicEndpoint)),
            MaxRequestIdLength = values.Get(MaxRequestIdLength),
            AllowAnonymousAccess = values.Get(AllowAnonymousAccess),
            WorkerSelfReferenceUrl = TrimSlash(values.Get(WorkerSelfReferenceUrl)),
            HttpBasicAuthUserFile = NotEmpty(values.Get(HttpBasicAuthUserFile)),
            HttpBasicAuthProjectId = values.Get(HttpBasicAuthProjectId),
            LogFile = NotEmpty(values.Get(LogFile)) is { } log ? Path.Combine(values.Get(LogDir) ?? "", log) : null,
            Debug = values.Get(Debug),
            LimitParamDefault = values.Get(LimitParamDefault),
            ApiLimitMax = values.Get(ApiLimitMax),
            ImagePropertyQuota = values.Get(ImagePropertyQuota),
            ImageTagQuota = values.Get(ImageTagQuota),
            ImageMemberQuota = values.Get(ImageMemberQuota),
            ImageLocationQuota = values.Get(ImageLocationQuota),
            ImageSizeCapBytes = values.Get(ImageSizeCap),
            UserStorageQuotaBytes = values.Get(UserStorageQuota),
            ShowImageDirectUrl = values.Get(ShowImageDirectUrl),
            ShowMultipleLocations = values.Get(ShowMultipleLocations),
            HashingAlgorithm = values.Get(HashingAlgorithm),
            UseKeystoneLimits = values.Get(UseKeystoneLimits),
            DelayedDelete = values.Get(DelayedDelete),
            ScrubTime = TimeSpan.FromSeconds(values.Get(ScrubTime)),
            WakeupTime = TimeSpan.FromSeconds(values.Get(WakeupTime)),
            EnabledImportMethods = values.Get(EnabledImportMethods),
            PropertyProtectionFile = NotEmpty(values.Get(PropertyProtectionFile)) is { } protections ? Path.GetFullPath(protections, baseFolder) : null,
            PropertyProtectionRuleFormat = values.Get(PropertyProtectionRuleFormat),
            MetadataEncryptionKey = NotEmpty(values.Get(MetadataEncryptionKey)),
            ImageCache = new(
                NotEmpty(values.Get(ImageCacheDir)), values.Get(ImageCacheDriver), values.Get(ImageCacheMaxSize), TimeSpan.FromSeconds(values.Get(ImageCacheStallTime)),
                values.Get(ImageCacheSqliteDb), TimeSpan.FromSeconds(values.Get(CachePrefetcherInterval))),
            Database = new(
                values.Get(Connection), values.Get(MaxPoolSize), values.Get(MaxOverflow), values.Get(MaxRetries),
                TimeSpan.FromSeconds(values.Get(RetryInterval)), TimeSpan.FromSeconds(values.Get(ConnectionRecycleTime))),
            Imports = new(
                values.Get(TaskWorkers), TimeSpan.FromHours(values.Get(TaskTimeToLive)), values.Get(ImportPlugins), values.Get(InjectIgnoredRoles), values.Get(Inject),
                values.Get(ConversionFormat), values.Get(DoSecureHash), values.Get(HttpRetries))
            {
                GlanceDownloadProperties = values.Get(GlanceDownloadProperties),
            },
            ImportFilter = new(
                values.Get(AllowedSchemes), values.Get(DisallowedSchemes), values.Get(AllowedHosts), values.Get(DisallowedHosts), values.Get(AllowedPorts), values.Get(DisallowedPorts)),
            StoresEnabled = storeReader.StoresEnabled,
            Stores = stores,
            DefaultStoreId = storeReader.DefaultStoreId(stores),
            StagingStore = storeReader.ReadReserved("os_glance_staging_store", "/var/lib/glance/staging"),
            TasksStore = storeReader.ReadReserved("os_glance_tasks_store", "/var/lib/glance/tasks_work_dir"),
            KeystoneAuthtoken = BuildKeystone(values),
            Barbican = new(
                TrimSlash(values.Get(BarbicanEndpoint)), values.Get(BarbicanEndpointType), NotEmpty(values.Get(BarbicanRegionName)), values.Get(BarbicanVerifySsl),
                NotEmpty(values.Get(BarbicanVerifySslPath))),
            Flavor = NotEmpty(values.Get(Flavor)),
            EnableProxyHeadersParsing = values.Get(EnableProxyHeadersParsing),
            PolicyFile = Path.GetFullPath(values.Get(PolicyFile), baseFolder),
            ImageFormat = new(
                values.Get(DiskFormats), values.Get(ContainerFormats), values.Get(RequireImageFormatMatch), values.Get(VmdkAllowedTypes), values.Get(GptSafetyChecksNonfatal)),
            Operations = OperationsOptionsReader.Read(values, entries, problems),
            Policy = OperationsOptionsReader.ReadPolicy(values, baseFolder),
            Limit = OperationsOptionsReader.ReadLimit(values),
        };
    }

    private static KeystoneAuthtokenOptions BuildKeystone(OptionValues values) => new()
    {
        AuthType = values.Get(AuthType),
        AuthUrl = TrimSlash(values.Get(AuthUrl)),
        WwwAuthenticateUri = TrimSlash(values.Get(WwwAuthenticateUri) ?? values.Get(AuthUrl)),
        Username = values.Get(Username),
        Password = values.Get(Password),
        ProjectName = values.Get(ProjectName),
        UserDomainName = NotEmpty(values.Get(UserDomainName)),
        UserDomainId = NotEmpty(values.Get(UserDomainId)),
        ProjectDomainName = NotEmpty(values.Get(ProjectDomainName)),
        ProjectDomainId = NotEmpty(values.Get(ProjectDomainId)),
        RegionName = NotEmpty(values.Get(RegionName)),
        TokenCacheTime = TimeSpan.FromSeconds(values.Get(TokenCacheTime)),
        ServiceTokenRoles = values.Get(ServiceTokenRoles),
        ServiceTokenRolesRequired = values.Get(ServiceTokenRolesRequired),
        ServiceType = NotEmpty(values.Get(ServiceType)),
        HttpConnectTimeout = values.Get(HttpConnectTimeout) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        Cafile = NotEmpty(values.Get(Cafile)),
        Insecure = values.Get(Insecure),
    };

    private static string? NotEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static string? TrimSlash(string? url) => NotEmpty(url?.TrimEnd('/'));
}
