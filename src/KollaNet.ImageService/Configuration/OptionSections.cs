using System.Collections.Immutable;
using KollaNet.ImageService.Stores.Files;
using KollaNet.ImageService.Stores.Rbd;
using KollaNet.ImageService.Stores.S3;
using KollaNet.ImageService.Stores.Swift;

namespace KollaNet.ImageService.Configuration;

/// <summary><c>[database]</c>.</summary>
/// <param name="Connection">SQLAlchemy's form: <c>mysql+pymysql://user:password@host/glance</c> or <c>sqlite:////absolute/path</c>.</param>
/// <param name="MaxPoolSize">Null when not set.</param>
/// <param name="MaxOverflow">Null when not set.</param>
/// <param name="MaxRetries">Attempts to reach the database at start; -1 for no end.</param>
/// <param name="ConnectionRecycleTime">Negative for never.</param>
public sealed record DatabaseOptions(string Connection, int? MaxPoolSize, int? MaxOverflow, int MaxRetries, TimeSpan RetryInterval, TimeSpan ConnectionRecycleTime)
{
    /// <summary>Leaves the password out, so that options can be logged.</summary>
    public override string ToString() => Connection[..Math.Max(0, Connection.IndexOf(':'))];
}

/// <summary>The section of one store.</summary>
public sealed record StoreOptions
{
    /// <summary>As in <c>enabled_backends</c>.</summary>
    public required string Id { get; init; }

    /// <summary><c>file</c>, <c>rbd</c>, …</summary>
    public required string Type { get; init; }

    /// <summary><c>store_description</c>.</summary>
    public string Description { get; init; } = "";

    /// <summary><c>weight</c>.</summary>
    public int Weight { get; init; }

    /// <summary>Whether <c>retiring_backends</c> names it: what is in it stays readable, and nothing new goes there.</summary>
    public bool IsRetiring { get; init; }

    /// <summary>Folders of a file store with their priorities, highest first; empty for other types.</summary>
    public ImmutableArray<DataFolder> DataFolders { get; init; } = [];

    /// <summary><c>filesystem_store_required_mounts</c>.</summary>
    public ImmutableArray<RequiredFileSystem> RequiredMounts { get; init; } = [];

    /// <summary><c>filesystem_store_file_perm</c>; null leaves it to the umask.</summary>
    public UnixFileMode? FileMode { get; init; }

    /// <summary>What stands in <c>filesystem_store_metadata_file</c>.</summary>
    public ImmutableArray<LocationMetadata> LocationMetadata { get; init; } = [];

    /// <summary><c>filesystem_thin_provisioning</c>.</summary>
    public bool ThinProvisioning { get; init; }

    /// <summary>The options of a store of type <c>swift</c>; null for other types.</summary>
    public SwiftStoreOptions? Swift { get; init; }

    /// <summary>The options of a store of type <c>s3</c>; null for other types.</summary>
    public S3StoreOptions? S3 { get; init; }

    /// <summary>The options of a store of type <c>rbd</c>; null for other types.</summary>
    public RbdStoreOptions? Rbd { get; init; }

    /// <summary>Everything the section holds, as written, for store types with options of their own.</summary>
    public ImmutableSortedDictionary<string, string> Values { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

/// <summary>One folder of a file store.</summary>
/// <param name="Path">Absolute, without a slash at the end.</param>
/// <param name="Priority">Higher is filled first.</param>
public sealed record DataFolder(string Path, int Priority = 0);

/// <summary>The options of the image cache.</summary>
/// <param name="Folder"><c>image_cache_dir</c>; null for no cache.</param>
/// <param name="Driver"><c>image_cache_driver</c>.</param>
/// <param name="MaxSizeBytes"><c>image_cache_max_size</c>.</param>
/// <param name="StallTime"><c>image_cache_stall_time</c>.</param>
/// <param name="SqliteFile"><c>image_cache_sqlite_db</c>, below <paramref name="Folder"/> when relative.</param>
/// <param name="Interval"><c>cache_prefetcher_interval</c>.</param>
public sealed record ImageCacheOptions(string? Folder, string Driver, long MaxSizeBytes, TimeSpan StallTime, string SqliteFile, TimeSpan Interval);

/// <summary><c>[image_format]</c>.</summary>
/// <param name="DiskFormats"><c>disk_formats</c>.</param>
/// <param name="ContainerFormats"><c>container_formats</c>.</param>
/// <param name="RequireMatch"><c>require_image_format_match</c>.</param>
/// <param name="VmdkAllowedTypes"><c>vmdk_allowed_types</c>.</param>
/// <param name="GptSafetyChecksNonfatal"><c>gpt_safety_checks_nonfatal</c>.</param>
public sealed record ImageFormatOptions(
    ImmutableArray<string> DiskFormats, ImmutableArray<string> ContainerFormats, bool RequireMatch, ImmutableArray<string> VmdkAllowedTypes, ImmutableArray<string> GptSafetyChecksNonfatal);

/// <summary>How imports and other tasks run.</summary>
/// <param name="Workers"><c>[taskflow_executor] max_workers</c>: so many at the same time.</param>
/// <param name="TimeToLive"><c>[task] task_time_to_live</c>: how long ended tasks are shown.</param>
/// <param name="Plugins"><c>[image_import_opts] image_import_plugins</c>, in order.</param>
/// <param name="InjectIgnoredRoles"><c>[inject_metadata_properties] ignore_user_roles</c>.</param>
/// <param name="Inject"><c>[inject_metadata_properties] inject</c>.</param>
/// <param name="ConversionFormat"><c>[image_conversion] output_format</c>.</param>
/// <param name="DoSecureHash"><c>[DEFAULT] do_secure_hash</c>.</param>
/// <param name="HttpRetries"><c>[DEFAULT] http_retries</c>.</param>
public sealed record ImportOptions(
    int Workers, TimeSpan TimeToLive, ImmutableArray<string> Plugins, ImmutableArray<string> InjectIgnoredRoles, ImmutableArray<KeyValuePair<string, string>> Inject,
    string ConversionFormat, bool DoSecureHash, int HttpRetries)
{
    /// <summary><c>[glance_download_properties] extra_properties</c>.</summary>
    public ImmutableArray<string> GlanceDownloadProperties { get; init; } = [];
}

/// <summary><c>[barbican]</c>.</summary>
/// <param name="Endpoint"><c>barbican_endpoint</c>; null takes it from the caller's catalog.</param>
/// <param name="EndpointType"><c>barbican_endpoint_type</c>: which interface of the catalog.</param>
/// <param name="RegionName"><c>barbican_region_name</c>; null for any.</param>
/// <param name="VerifySsl"><c>verify_ssl</c>.</param>
/// <param name="CaFile"><c>verify_ssl_path</c>; null for the system's certificates.</param>
public sealed record BarbicanOptions(string? Endpoint, string EndpointType, string? RegionName, bool VerifySsl, string? CaFile);

/// <summary><c>[import_filtering_opts]</c>: where web-download may go. A list of what is allowed makes the list of what is not unused.</summary>
public sealed record ImportFilterOptions(
    ImmutableArray<string> AllowedSchemes, ImmutableArray<string> DisallowedSchemes, ImmutableArray<string> AllowedHosts, ImmutableArray<string> DisallowedHosts,
    ImmutableArray<string> AllowedPorts, ImmutableArray<string> DisallowedPorts);

/// <summary><c>[keystone_authtoken]</c>.</summary>
public sealed record KeystoneAuthtokenOptions
{
    /// <summary><c>auth_url</c>, without a slash at the end.</summary>
    public string? AuthUrl { get; init; }

    /// <summary><c>www_authenticate_uri</c>; <c>auth_url</c> when not set.</summary>
    public string? WwwAuthenticateUri { get; init; }

    /// <summary><c>username</c>.</summary>
    public string? Username { get; init; }

    /// <summary><c>password</c>.</summary>
    public string? Password { get; init; }

    /// <summary><c>project_name</c>.</summary>
    public string? ProjectName { get; init; }

    /// <summary><c>user_domain_name</c>.</summary>
    public string? UserDomainName { get; init; }

    /// <summary><c>user_domain_id</c>.</summary>
    public string? UserDomainId { get; init; }

    /// <summary><c>project_domain_name</c>.</summary>
    public string? ProjectDomainName { get; init; }

    /// <summary><c>project_domain_id</c>.</summary>
    public string? ProjectDomainId { get; init; }

    /// <summary><c>region_name</c>.</summary>
    public string? RegionName { get; init; }

    /// <summary><c>token_cache_time</c>; negative validates every time.</summary>
    public TimeSpan TokenCacheTime { get; init; }

    /// <summary><c>service_token_roles</c>.</summary>
    public ImmutableArray<string> ServiceTokenRoles { get; init; } = [];

    /// <summary><c>service_token_roles_required</c>.</summary>
    public bool ServiceTokenRolesRequired { get; init; }

    /// <summary><c>service_type</c>.</summary>
    public string? ServiceType { get; init; }

    /// <summary><c>http_connect_timeout</c>; null when not set.</summary>
    public TimeSpan? HttpConnectTimeout { get; init; }

    /// <summary><c>auth_type</c>; only passwords are known.</summary>
    public string AuthType { get; init; } = "password";

    /// <summary><c>cafile</c>.</summary>
    public string? Cafile { get; init; }

    /// <summary><c>insecure</c>.</summary>
    public bool Insecure { get; init; }

    /// <summary>Leaves the password out, so that options can be logged.</summary>
    public override string ToString() => $"{Username}@{AuthUrl}";
}
