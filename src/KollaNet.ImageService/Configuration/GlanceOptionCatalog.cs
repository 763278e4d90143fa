using System.Collections.Frozen;
using System.Collections.Immutable;
using static KollaNet.ImageService.Configuration.OptionTypes;

namespace KollaNet.ImageService.Configuration;

/// <summary>Every option that <c>glance-api.conf</c> may hold, by Glance's own name. Source: Glance 2026.2 configuration reference.</summary>
internal static partial class GlanceOptionCatalog
{
    private const string Default = "DEFAULT", Auth = "keystone_authtoken", Db = "database", Filters = "import_filtering_opts", Store = OptionDefinition.StoreSection;

    // [DEFAULT]: listening
    public static readonly Option<string> BindHost = Text(Default, "bind_host", "0.0.0.0", "Address to listen on; several, separated by commas, are our own addition.");
    public static readonly Option<int> BindPort = Whole(Default, "bind_port", 9292, "Port to listen on.", 0, 65535);
    public static readonly Option<int?> Workers = OptionalWhole(Default, "workers", "Processes in Glance. This service is one process with many threads; the value is accepted and has no effect.", 0);
    public static readonly Option<string?> PublicEndpoint = OptionalText(Default, "public_endpoint", "Base URL to give out in version documents; unset takes it from the request, as Location headers always do.");
    public static readonly Option<int> MaxRequestIdLength = Whole(Default, "max_request_id_length", 64, "Longest X-Openstack-Request-ID accepted.", 0);
    public static readonly Option<bool> AllowAnonymousAccess = Flag(Default, "allow_anonymous_access", false, "Requests without a token may read public images.");
    public static readonly Option<string?> WorkerSelfReferenceUrl = OptionalText(Default, "worker_self_reference_url", "Where other image services reach this one.");
    public static readonly Option<string?> HttpBasicAuthUserFile = OptionalText(Default, "http_basic_auth_user_file", "htpasswd file with bcrypt entries, for paste_deploy flavor http_basic.");
    public static readonly Option<string> HttpBasicAuthProjectId = Text(Default, "http_basic_auth_project_id", "admin", "Project that owns every image with paste_deploy flavor http_basic.");

    // [DEFAULT]: logging
    public static readonly Option<string?> LogFile = OptionalText(Default, "log_file", "File to log to; unset logs to standard output.") with { OlderNames = ["logfile"] };
    public static readonly Option<string?> LogDir = OptionalText(Default, "log_dir", "Folder of log_file when that is relative.") with { OlderNames = ["logdir"] };
    public static readonly Option<bool> Debug = Flag(Default, "debug", false, "Log more.");

    // [DEFAULT]: what clients may do and see
    public static readonly Option<int> LimitParamDefault = Whole(Default, "limit_param_default", 25, "Images in a page when the request does not say.", 1);
    public static readonly Option<int> ApiLimitMax = Whole(Default, "api_limit_max", 1000, "Most images in a page.", 1);
    public static readonly Option<int> ImagePropertyQuota = Whole(Default, "image_property_quota", 128, "Most properties of an image; negative for no limit.");
    public static readonly Option<int> ImageTagQuota = Whole(Default, "image_tag_quota", 128, "Most tags of an image; negative for no limit.");
    public static readonly Option<int> ImageMemberQuota = Whole(Default, "image_member_quota", 128, "Most members of an image; negative for no limit.");
    public static readonly Option<int> ImageLocationQuota = Whole(Default, "image_location_quota", 10, "Most locations of an image; negative for no limit.");
    public static readonly Option<long> ImageSizeCap = Long(Default, "image_size_cap", 1L << 40, "Largest image in bytes.", 1, long.MaxValue);
    public static readonly Option<long> UserStorageQuota = StorageQuota(Default, "user_storage_quota", "Most bytes of all images of one owner; 0 for no limit.");
    public static readonly Option<bool> ShowImageDirectUrl = Flag(Default, "show_image_direct_url", false, "Show direct_url to clients.");
    public static readonly Option<bool> ShowMultipleLocations = Flag(Default, "show_multiple_locations", false, "Show and let change locations.");
    public static readonly Option<string> HashingAlgorithm = OneOf(Default, "hashing_algorithm", "sha512", ["sha512", "sha384", "sha256", "sha1", "md5", "sha3_256", "sha3_384", "sha3_512"], "Algorithm of os_hash_value.");
    public static readonly Option<bool> UseKeystoneLimits = Flag(Default, "use_keystone_limits", false, "Take quotas from Keystone's unified limits.");
    public static readonly Option<bool> DelayedDelete = Flag(Default, "delayed_delete", false, "Keep deleted images' data until the scrubber runs.");
    public static readonly Option<int> ScrubTime = Whole(Default, "scrub_time", 0, "Seconds that delayed deletion waits.", 0);
    public static readonly Option<ImmutableArray<string>> EnabledImportMethods = List(Default, "enabled_import_methods", "glance-direct,web-download,copy-image", "Import methods on offer.");
    public static readonly Option<string?> PropertyProtectionFile = OptionalText(Default, "property_protection_file", "Rules for who may touch which property.");
    public static readonly Option<string> PropertyProtectionRuleFormat = OneOf(Default, "property_protection_rule_format", "roles", ["roles", "policies"], "What the property protection file names.");
    public static readonly Option<string?> ImageCacheDir = OptionalText(Default, "image_cache_dir", "Folder of the image cache; unset for none.");
    public static readonly Option<string> ImageCacheDriver = OneOf(Default, "image_cache_driver", "centralized_db", ["centralized_db", "sqlite", "xattr"], "Where the cache keeps its index: centralized_db in the image database, which needs worker_self_reference_url; sqlite and xattr in a SQLite file of its folder.");
    public static readonly Option<long> ImageCacheMaxSize = Long(Default, "image_cache_max_size", 10L << 30, "Bytes the cache is pruned to; larger images are not cached.", 0);
    public static readonly Option<int> ImageCacheStallTime = Whole(Default, "image_cache_stall_time", 86400, "Seconds after which an unfinished cache entry is dropped.", 0);
    public static readonly Option<string> ImageCacheSqliteDb = Text(Default, "image_cache_sqlite_db", "cache.db", "SQLite file of the drivers sqlite and xattr, in image_cache_dir.");
    public static readonly Option<int> CachePrefetcherInterval = Whole(Default, "cache_prefetcher_interval", 300, "Seconds between looks at the cache's queue, and between cleaning and pruning it.", 1);
    public static readonly Option<int> WakeupTime = Whole(Default, "wakeup_time", 300, "Seconds between looks for images to scrub, with delayed_delete.", 1);
    public static readonly Option<string?> MetadataEncryptionKey = OptionalText(Default, "metadata_encryption_key", "16, 24 or 32 bytes that location urls in the database are encrypted with.");
    public static readonly Option<ImmutableArray<KeyValuePair<string, string>>> EnabledBackends = Pairs(Default, "enabled_backends", "Stores as id:type; each has a section named by its id.");
    public static readonly Option<ImmutableArray<string>> RetiringBackends = List(Default, "retiring_backends", "", "Stores of enabled_backends that take no new images, because they are being emptied. Not an option of Glance.");

    // Tasks and imports
    public static readonly Option<int> TaskTimeToLive = Whole("task", "task_time_to_live", 48, "Hours that ended tasks are shown.", 0);
    public static readonly Option<int> TaskWorkers = Whole("taskflow_executor", "max_workers", 10, "Imports that run at the same time.", 1);
    public static readonly Option<bool> DoSecureHash = Flag(Default, "do_secure_hash", true, "Hash the data of locations that services add.");
    public static readonly Option<int> HttpRetries = Whole(Default, "http_retries", 3, "How often reading such data is tried again.", 0);
    public static readonly Option<ImmutableArray<string>> AllowedSchemes = List(Filters, "allowed_schemes", "http,https", "Schemes that web-download may use.");
    public static readonly Option<ImmutableArray<string>> DisallowedSchemes = List(Filters, "disallowed_schemes", "", "Schemes that web-download may not use, when allowed_schemes is empty.");
    public static readonly Option<ImmutableArray<string>> AllowedHosts = List(Filters, "allowed_hosts", "", "Hosts that web-download may speak to; empty for any.");
    public static readonly Option<ImmutableArray<string>> DisallowedHosts = List(Filters, "disallowed_hosts", "", "Hosts that web-download may not speak to, when allowed_hosts is empty.");
    public static readonly Option<ImmutableArray<string>> AllowedPorts = List(Filters, "allowed_ports", "80,443", "Ports that web-download may use.");
    public static readonly Option<ImmutableArray<string>> DisallowedPorts = List(Filters, "disallowed_ports", "", "Ports that web-download may not use, when allowed_ports is empty.");
    public static readonly Option<ImmutableArray<string>> ImportPlugins = List("image_import_opts", "image_import_plugins", "no_op", "What is done to staged images before they are stored, in order.");
    public static readonly Option<ImmutableArray<string>> InjectIgnoredRoles = List("inject_metadata_properties", "ignore_user_roles", "admin", "Roles whose imports inject_image_metadata leaves alone.");
    public static readonly Option<ImmutableArray<KeyValuePair<string, string>>> Inject = Pairs("inject_metadata_properties", "inject", "Properties that inject_image_metadata sets, as name:value.");
    public static readonly Option<string> ConversionFormat = OneOf("image_conversion", "output_format", "raw", ["qcow2", "raw", "vmdk"], "What image_conversion makes of every disk.");
    public static readonly Option<ImmutableArray<string>> GlanceDownloadProperties = List(
        "glance_download_properties", "extra_properties", "hw_,trait:,os_distro,os_secure_boot,os_type", "Beginnings of the names of properties that glance-download copies.");

    // [database]
    public static readonly Option<string> Connection = Text(Db, "connection", "sqlite:////var/lib/glance/glance.sqlite", "Database URL: mysql+pymysql://user:password@host[:port]/name or sqlite:///path.");
    public static readonly Option<int?> MaxPoolSize = OptionalWhole(Db, "max_pool_size", "Most idle connections kept.", 0);
    public static readonly Option<int?> MaxOverflow = OptionalWhole(Db, "max_overflow", "Connections beyond max_pool_size under load.");
    public static readonly Option<int> MaxRetries = Whole(Db, "max_retries", 10, "Attempts to reach the database at start; -1 for no end.", -1);
    public static readonly Option<int> RetryInterval = Whole(Db, "retry_interval", 10, "Seconds between these attempts.", 0);
    public static readonly Option<int> ConnectionRecycleTime = Whole(Db, "connection_recycle_time", 3600, "Seconds after which an idle connection is replaced.", -1) with { OlderNames = ["idle_timeout"] };

    // [glance_store] and the stores' own sections
    public static readonly Option<string?> DefaultBackend = OptionalText("glance_store", "default_backend", "Store that takes uploads which name none.");
    public static readonly Option<ImmutableArray<string>> SingleStores = List("glance_store", "stores", "file,http", "Store types when enabled_backends is not set.");
    public static readonly Option<string> SingleDefaultStore = Text("glance_store", "default_store", "file", "Store type that takes uploads when enabled_backends is not set.");
    public static readonly Option<string> StoreDescription = Text(Store, "store_description", "", "What the stores API says about a store.");
    public static readonly Option<int> Weight = Whole(Store, "weight", 0, "Of an image's copies the one in the store with the highest weight is read first.");
    public static readonly Option<string?> FilesystemStoreDatadir = OptionalText(Store, "filesystem_store_datadir", "Folder of a file store; /var/lib/glance/images when neither this nor filesystem_store_datadirs is set.");
    public static readonly Option<string?> FilesystemStoreDatadirs = OptionalText(Store, "filesystem_store_datadirs", "Folder:priority; of those with room the one with the highest priority is written to.") with { IsMulti = true };
    public static readonly Option<int> FilesystemStoreFilePerm = Whole(Store, "filesystem_store_file_perm", 0, "Mode of image files, in octal digits as for chmod; 0 leaves it to the umask.", 0);
    public static readonly Option<string?> FilesystemStoreMetadataFile = OptionalText(Store, "filesystem_store_metadata_file", "File with JSON objects, each with an id and a mountpoint, that are added to the metadata of a file store's locations below that.");
    public static readonly Option<ImmutableArray<KeyValuePair<string, string>>> FilesystemStoreRequiredMounts = Pairs(Store, "filesystem_store_required_mounts",
        "Folder:type of file systems that must be mounted, or the service does not start: nfs, another type, or any. Not an option of Glance's.");
    public static readonly Option<bool> FilesystemThinProvisioning = Flag(Store, "filesystem_thin_provisioning", false, "Leave holes where an image holds zeros.");

    // [keystone_authtoken]
    public static readonly Option<string?> AuthUrl = OptionalText(Auth, "auth_url", "Keystone, for the service's own login.") with { OlderNames = ["identity_uri"] };
    public static readonly Option<string?> WwwAuthenticateUri = OptionalText(Auth, "www_authenticate_uri", "Keystone as clients reach it; sent with 401.") with { OlderNames = ["auth_uri"] };
    public static readonly Option<string?> Username = OptionalText(Auth, "username", "The service's user.") with { OlderNames = ["user_name", "user-name", "user"] };
    public static readonly Option<string?> Password = OptionalText(Auth, "password", "Its password.");
    public static readonly Option<string?> ProjectName = OptionalText(Auth, "project_name", "Its project.") with { OlderNames = ["tenant_name", "project-name"] };
    public static readonly Option<string?> UserDomainName = OptionalText(Auth, "user_domain_name", "Domain of the user, by name.") with { OlderNames = ["user-domain-name"] };
    public static readonly Option<string?> UserDomainId = OptionalText(Auth, "user_domain_id", "Domain of the user, by id.") with { OlderNames = ["user-domain-id"] };
    public static readonly Option<string?> ProjectDomainName = OptionalText(Auth, "project_domain_name", "Domain of the project, by name.") with { OlderNames = ["project-domain-name"] };
    public static readonly Option<string?> ProjectDomainId = OptionalText(Auth, "project_domain_id", "Domain of the project, by id.") with { OlderNames = ["project-domain-id"] };
    public static readonly Option<string?> RegionName = OptionalText(Auth, "region_name", "Region to look for Keystone in.");
    public static readonly Option<int> TokenCacheTime = Whole(Auth, "token_cache_time", 300, "Seconds a validated token is trusted; -1 validates every time.", -1);
    public static readonly Option<ImmutableArray<string>> ServiceTokenRoles = List(Auth, "service_token_roles", "service", "Roles of which a service token must have one for an expired user token to pass with it.");
    public static readonly Option<bool> ServiceTokenRolesRequired = Flag(Auth, "service_token_roles_required", false, "Refuse service tokens that have none of service_token_roles.");
    public static readonly Option<string?> ServiceType = OptionalText(Auth, "service_type", "Type of this service, checked against access rules of application credentials.");
    public static readonly Option<int?> HttpConnectTimeout = OptionalWhole(Auth, "http_connect_timeout", "Seconds to wait for Keystone.", 1);
    public static readonly Option<string> AuthType = OneOf(Auth, "auth_type", "password", ["password", "v3password"], "How the service logs in; this service knows passwords only.");
    public static readonly Option<string?> Cafile = OptionalText(Auth, "cafile", "Certificates to trust when speaking to Keystone over TLS.");
    public static readonly Option<bool> Insecure = Flag(Auth, "insecure", false, "Speak to Keystone without checking its certificate.");

    // [barbican]
    public static readonly Option<string?> BarbicanEndpoint = OptionalText("barbican", "barbican_endpoint", "Key manager with the certificates of signed images; unset takes it from the caller's catalog.");
    public static readonly Option<string> BarbicanEndpointType = OneOf("barbican", "barbican_endpoint_type", "public", ["public", "internal", "admin"], "Interface of the key manager to look for in the catalog.");
    public static readonly Option<string?> BarbicanRegionName = OptionalText("barbican", "barbican_region_name", "Region of the key manager to look for in the catalog.");
    public static readonly Option<bool> BarbicanVerifySsl = Flag("barbican", "verify_ssl", true, "Check the key manager's certificate.");
    public static readonly Option<string?> BarbicanVerifySslPath = OptionalText("barbican", "verify_ssl_path", "Certificates to trust when speaking to the key manager over TLS.");

    // The small sections
    public static readonly Option<string?> Flavor = OptionalText("paste_deploy", "flavor", "Authentication: keystone, http_basic or none, each with +caching or +cachemanagement.");
    public static readonly Option<bool> EnableProxyHeadersParsing = Flag("oslo_middleware", "enable_proxy_headers_parsing", false, "Believe X-Forwarded-* headers.");
    public static readonly Option<string> PolicyFile = Text("oslo_policy", "policy_file", "policy.yaml", "Rules that replace the default policy; relative to the configuration file.");
    public static readonly Option<ImmutableArray<string>> DiskFormats = List("image_format", "disk_formats", "ami,ari,aki,vhd,vhdx,vmdk,raw,qcow2,vdi,iso,ploop", "Values that disk_format may have.");
    public static readonly Option<ImmutableArray<string>> ContainerFormats = List("image_format", "container_formats", "ami,ari,aki,bare,ovf,ova,docker,compressed", "Values that container_format may have.");
    public static readonly Option<ImmutableArray<string>> VmdkAllowedTypes = List("image_format", "vmdk_allowed_types", "streamOptimized,monolithicSparse", "VMDK kinds that are let in.");
    public static readonly Option<bool> RequireImageFormatMatch = Flag("image_format", "require_image_format_match", true, "Refuse content that is not what disk_format says.");
    public static readonly Option<ImmutableArray<string>> GptSafetyChecksNonfatal = List("image_format", "gpt_safety_checks_nonfatal", "mbr", "Broken partition tables that are let in all the same.");

    /// <summary>All of them, in the order of the sections above, then those that have no effect.</summary>
    public static readonly ImmutableArray<OptionDefinition> All =
    [
        BindHost, BindPort, Workers, PublicEndpoint, MaxRequestIdLength, AllowAnonymousAccess, WorkerSelfReferenceUrl, HttpBasicAuthUserFile, HttpBasicAuthProjectId, LogFile, LogDir, Debug,
        LimitParamDefault, ApiLimitMax, ImagePropertyQuota, ImageTagQuota, ImageMemberQuota, ImageLocationQuota, ImageSizeCap, UserStorageQuota, ShowImageDirectUrl,
        ShowMultipleLocations, HashingAlgorithm, UseKeystoneLimits, DelayedDelete, ScrubTime, EnabledImportMethods, PropertyProtectionFile, PropertyProtectionRuleFormat,
        ImageCacheDir, ImageCacheDriver, ImageCacheMaxSize, ImageCacheStallTime, ImageCacheSqliteDb, CachePrefetcherInterval, WakeupTime, MetadataEncryptionKey, EnabledBackends, RetiringBackends,
        TaskTimeToLive, TaskWorkers, DoSecureHash, HttpRetries, AllowedSchemes, DisallowedSchemes, AllowedHosts, DisallowedHosts, AllowedPorts, DisallowedPorts, ImportPlugins, InjectIgnoredRoles, Inject, ConversionFormat, GlanceDownloadProperties,
        Connection, MaxPoolSize, MaxOverflow, MaxRetries, RetryInterval, ConnectionRecycleTime,
        DefaultBackend, SingleStores, SingleDefaultStore, StoreDescription, Weight, FilesystemStoreDatadir, FilesystemStoreDatadirs, FilesystemStoreRequiredMounts, FilesystemStoreFilePerm,
        FilesystemStoreMetadataFile, FilesystemThinProvisioning, .. SwiftOptionCatalog.All, .. S3OptionCatalog.All, .. RbdOptionCatalog.All,
        AuthUrl, WwwAuthenticateUri, Username, Password, ProjectName, UserDomainName, UserDomainId, ProjectDomainName, ProjectDomainId, RegionName, TokenCacheTime,
        ServiceTokenRoles, ServiceTokenRolesRequired, ServiceType, HttpConnectTimeout, AuthType, Cafile, Insecure,
        BarbicanEndpoint, BarbicanEndpointType, BarbicanRegionName, BarbicanVerifySsl, BarbicanVerifySslPath,
        Flavor, EnableProxyHeadersParsing, PolicyFile, DiskFormats, ContainerFormats, VmdkAllowedTypes, RequireImageFormatMatch, GptSafetyChecksNonfatal,
        .. Operations.All, .. Identity.All, .. WithoutEffect(),
    ];

    private static readonly FrozenDictionary<(string, string), OptionDefinition> ByName = All
        .SelectMany(option => option.OlderNames.Prepend(option.Name), (option, name) => (Key: (option.Section, name), option))
        .ToFrozenDictionary(pair => pair.Key, pair => pair.option);

    /// <summary>Null when Glance has no such option there.</summary>
    public static OptionDefinition? Find(string section, string name) =>
        ByName.GetValueOrDefault((section.Equals(Default, StringComparison.OrdinalIgnoreCase) ? Default : section.StartsWith(CorsOptions.MoreSections, StringComparison.Ordinal) ? "cors" : section, name));
}
