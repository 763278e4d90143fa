using System.Collections.Immutable;

namespace KollaNet.ImageService.Configuration;

/// <summary>What <c>glance-api.conf</c> says, typed, by Glance's own names: <c>bind_port</c> is <see cref="BindPort"/>, <c>[database] connection</c> is
/// <c>Database.Connection</c>. What each one means is its help text in <see cref="Describe"/>. A file that says nothing gives a stand-alone service.</summary>
public sealed record GlanceOptions
{
    private static readonly string[] DefaultFileNames = ["/etc/glance/glance-cache.conf", "/etc/glance/glance-image-import.conf", "/etc/glance/glance-api.conf"];

    /// <summary><c>[DEFAULT] bind_host</c>.</summary>
    public required string BindHost { get; init; }

    /// <summary><c>[DEFAULT] bind_port</c>.</summary>
    public required int BindPort { get; init; }

    /// <summary><c>[DEFAULT] workers</c>; has no effect.</summary>
    public int? Workers { get; init; }

    /// <summary><c>[DEFAULT] public_endpoint</c>, without a slash at the end.</summary>
    public string? PublicEndpoint { get; init; }

    /// <summary><c>[DEFAULT] max_request_id_length</c>.</summary>
    public required int MaxRequestIdLength { get; init; }

    /// <summary><c>[DEFAULT] allow_anonymous_access</c>.</summary>
    public bool AllowAnonymousAccess { get; init; }

    /// <summary><c>[DEFAULT] worker_self_reference_url</c>.</summary>
    public string? WorkerSelfReferenceUrl { get; init; }

    /// <summary><c>[DEFAULT] http_basic_auth_user_file</c>.</summary>
    public string? HttpBasicAuthUserFile { get; init; }

    /// <summary><c>[DEFAULT] http_basic_auth_project_id</c>.</summary>
    public required string HttpBasicAuthProjectId { get; init; }

    /// <summary><c>[DEFAULT] log_file</c>, below <c>log_dir</c> when relative; null logs to standard output.</summary>
    public string? LogFile { get; init; }

    /// <summary><c>[DEFAULT] debug</c>.</summary>
    public bool Debug { get; init; }

    /// <summary><c>[DEFAULT] limit_param_default</c>.</summary>
    public required int LimitParamDefault { get; init; }

    /// <summary><c>[DEFAULT] api_limit_max</c>.</summary>
    public required int ApiLimitMax { get; init; }

    /// <summary><c>[DEFAULT] image_property_quota</c>; negative for no limit.</summary>
    public required int ImagePropertyQuota { get; init; }

    /// <summary><c>[DEFAULT] image_tag_quota</c>; negative for no limit.</summary>
    public required int ImageTagQuota { get; init; }

    /// <summary><c>[DEFAULT] image_member_quota</c>; negative for no limit.</summary>
    public required int ImageMemberQuota { get; init; }

    /// <summary><c>[DEFAULT] image_location_quota</c>; negative for no limit.</summary>
    public required int ImageLocationQuota { get; init; }

    /// <summary><c>[DEFAULT] image_size_cap</c>, in bytes.</summary>
    public required long ImageSizeCapBytes { get; init; }

    /// <summary><c>[DEFAULT] user_storage_quota</c>, in bytes; 0 for no limit.</summary>
    public required long UserStorageQuotaBytes { get; init; }

    /// <summary><c>[DEFAULT] show_image_direct_url</c>.</summary>
    public bool ShowImageDirectUrl { get; init; }

    /// <summary><c>[DEFAULT] show_multiple_locations</c>.</summary>
    public bool ShowMultipleLocations { get; init; }

    /// <summary><c>[DEFAULT] hashing_algorithm</c>.</summary>
    public required string HashingAlgorithm { get; init; }

    /// <summary><c>[DEFAULT] use_keystone_limits</c>.</summary>
    public bool UseKeystoneLimits { get; init; }

    /// <summary><c>[DEFAULT] delayed_delete</c>.</summary>
    public bool DelayedDelete { get; init; }

    /// <summary><c>[DEFAULT] scrub_time</c>.</summary>
    public TimeSpan ScrubTime { get; init; }

    /// <summary><c>[DEFAULT] wakeup_time</c>.</summary>
    public TimeSpan WakeupTime { get; init; }

    /// <summary><c>[DEFAULT] enabled_import_methods</c>.</summary>
    public required ImmutableArray<string> EnabledImportMethods { get; init; }

    /// <summary><c>[DEFAULT] property_protection_file</c>, absolute: relative names are looked for beside the last configuration file.</summary>
    public string? PropertyProtectionFile { get; init; }

    /// <summary><c>[DEFAULT] property_protection_rule_format</c>: <c>roles</c> or <c>policies</c>.</summary>
    public required string PropertyProtectionRuleFormat { get; init; }

    /// <summary><c>[DEFAULT] metadata_encryption_key</c>.</summary>
    public string? MetadataEncryptionKey { get; init; }

    /// <summary>The options of the image cache.</summary>
    public required ImageCacheOptions ImageCache { get; init; }

    /// <summary><c>[database]</c>.</summary>
    public required DatabaseOptions Database { get; init; }

    /// <summary>How imports and other tasks run.</summary>
    public required ImportOptions Imports { get; init; }

    /// <summary><c>[import_filtering_opts]</c>.</summary>
    public required ImportFilterOptions ImportFilter { get; init; }

    /// <summary>True when <c>enabled_backends</c> is set: stores have ids that clients see.</summary>
    public bool StoresEnabled { get; init; }

    /// <summary>The stores in their written order; in single-store days one per type of <c>[glance_store] stores</c>, with the type as id.</summary>
    public required ImmutableArray<StoreOptions> Stores { get; init; }

    /// <summary><c>[glance_store] default_backend</c>, or <c>default_store</c> in single-store days.</summary>
    public required string DefaultStoreId { get; init; }

    /// <summary><c>[os_glance_staging_store]</c>.</summary>
    public required StoreOptions StagingStore { get; init; }

    /// <summary><c>[os_glance_tasks_store]</c>.</summary>
    public required StoreOptions TasksStore { get; init; }

    /// <summary><c>[keystone_authtoken]</c>.</summary>
    public required KeystoneAuthtokenOptions KeystoneAuthtoken { get; init; }

    /// <summary><c>[barbican]</c>.</summary>
    public required BarbicanOptions Barbican { get; init; }

    /// <summary><c>[paste_deploy] flavor</c>; null is no authentication: everyone is administrator.</summary>
    public string? Flavor { get; init; }

    /// <summary>Whether the flavor puts the image cache between clients and stores: <c>+caching</c> or <c>+cachemanagement</c>.</summary>
    public bool CachesDownloads => FlavorSays("caching") || ManagesCache;

    /// <summary>Whether the flavor has the old routes to the cache: <c>+cachemanagement</c>.</summary>
    public bool ManagesCache => FlavorSays("cachemanagement");

    /// <summary><c>[oslo_middleware] enable_proxy_headers_parsing</c>.</summary>
    public bool EnableProxyHeadersParsing { get; init; }

    /// <summary><c>[oslo_policy] policy_file</c>, absolute: relative names are looked for beside the last configuration file. It need not exist.</summary>
    public required string PolicyFile { get; init; }

    /// <summary><c>[image_format]</c>.</summary>
    public required ImageFormatOptions ImageFormat { get; init; }

    /// <summary>How it listens, logs, stops and is watched.</summary>
    public required OperationsOptions Operations { get; init; }

    /// <summary><c>[oslo_policy]</c>, but for <see cref="PolicyFile"/>.</summary>
    public required PolicyOptions Policy { get; init; }

    /// <summary><c>[oslo_limit]</c>.</summary>
    public required LimitOptions Limit { get; init; }

    /// <summary>Options that no Glance knows, with what was probably meant. They have no effect.</summary>
    public ImmutableArray<string> Warnings { get; init; } = [];

    /// <summary>Reads configuration files, then the <c>*.conf</c> files of folders in name order; later ones win.</summary>
    /// <exception cref="ConfigurationInvalidException">Everything that is wrong with them.</exception>
    public static GlanceOptions Load(IReadOnlyList<string> files, IReadOnlyList<string> folders) => GlanceOptionsReader.Read(files, folders);

    /// <summary>The options as if no file said anything.</summary>
    public static GlanceOptions Defaults => GlanceOptionsReader.Read([], []);

    /// <summary>The files Glance reads when the command line names none, as far as they exist.</summary>
    public static IReadOnlyList<string> DefaultFiles =>
        [.. DefaultFileNames.Where(File.Exists)];

    /// <summary>Every option there is, with section, name, type, default and help.</summary>
    public static IReadOnlyList<OptionDefinition> Describe() => GlanceOptionCatalog.All;

    private bool FlavorSays(string part) => Flavor?.Split('+', StringSplitOptions.TrimEntries).Contains(part) ?? false;

    /// <summary>Only the address: the rest holds secrets that must not reach a log.</summary>
    public override string ToString() => $"{BindHost}:{BindPort}";
}
