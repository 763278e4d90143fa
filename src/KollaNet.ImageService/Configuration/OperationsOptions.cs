using System.Collections.Immutable;

namespace KollaNet.ImageService.Configuration;

/// <summary>How the service listens, logs, stops and is watched.</summary>
public sealed record OperationsOptions
{
    /// <summary><c>[DEFAULT] cert_file</c> and its companions; null to speak plain HTTP.</summary>
    public TlsOptions? Tls { get; init; }

    /// <summary><c>[DEFAULT] graceful_shutdown_timeout</c>.</summary>
    public TimeSpan Grace { get; init; }

    /// <summary><c>[DEFAULT] use_json</c>.</summary>
    public bool UseJson { get; init; }

    /// <summary><c>[cors]</c> and every <c>[cors.NAME]</c>, those with allowed origins only.</summary>
    public ImmutableArray<CorsOptions> Cors { get; init; } = [];

    /// <summary><c>[healthcheck]</c>.</summary>
    public required HealthOptions Health { get; init; }

    /// <summary><c>[metrics]</c>.</summary>
    public required MetricsOptions Metrics { get; init; }
}

/// <summary>Files for HTTPS, all PEM.</summary>
/// <param name="CertFile"><c>cert_file</c>: certificate and chain.</param>
/// <param name="KeyFile"><c>key_file</c>.</param>
/// <param name="CaFile"><c>ca_file</c>: who signs clients' certificates; null when clients need none.</param>
public sealed record TlsOptions(string CertFile, string KeyFile, string? CaFile);

/// <summary>One section of <c>[cors]</c>.</summary>
/// <param name="AllowedOrigins"><c>scheme://host[:port]</c>, or <c>*</c>.</param>
/// <param name="AllowCredentials"><c>allow_credentials</c>.</param>
/// <param name="ExposeHeaders"><c>expose_headers</c>.</param>
/// <param name="MaxAgeSeconds"><c>max_age</c>; zero or less says nothing to browsers.</param>
/// <param name="AllowMethods"><c>allow_methods</c>.</param>
/// <param name="AllowHeaders"><c>allow_headers</c>.</param>
public sealed record CorsOptions(
    ImmutableArray<string> AllowedOrigins, bool AllowCredentials, ImmutableArray<string> ExposeHeaders, int MaxAgeSeconds, ImmutableArray<string> AllowMethods, ImmutableArray<string> AllowHeaders)
{
    /// <summary>Sections that begin so override <c>[cors]</c> for origins of their own.</summary>
    internal const string MoreSections = "cors.";
}

/// <summary><c>[healthcheck]</c>.</summary>
/// <param name="Detailed"><c>detailed</c>.</param>
/// <param name="DisableFiles"><c>disable_by_file_path</c> and, as far as they are for our port, <c>disable_by_file_paths</c>.</param>
/// <param name="DrainDelay"><c>drain_delay</c>.</param>
public sealed record HealthOptions(bool Detailed, ImmutableArray<string> DisableFiles, TimeSpan DrainDelay);

/// <summary><c>[metrics]</c>.</summary>
/// <param name="OnApi"><c>enabled</c>: whether <c>/metrics</c> is served beside the API.</param>
/// <param name="BindHost"><c>bind_host</c>.</param>
/// <param name="BindPort"><c>bind_port</c>; null for no listener of its own.</param>
public sealed record MetricsOptions(bool OnApi, string BindHost, int? BindPort);

/// <summary><c>[oslo_policy]</c>.</summary>
/// <param name="DefaultRule"><c>policy_default_rule</c>.</param>
/// <param name="Folders"><c>policy_dirs</c>, absolute; they need not exist.</param>
/// <param name="EnforceScope"><c>enforce_scope</c>.</param>
/// <param name="EnforceNewDefaults"><c>enforce_new_defaults</c>.</param>
public sealed record PolicyOptions(string DefaultRule, ImmutableArray<string> Folders, bool EnforceScope, bool EnforceNewDefaults);

/// <summary><c>[oslo_limit]</c>: who reads limits, and which service they are registered for.</summary>
public sealed record LimitOptions
{
    /// <summary><c>auth_url</c>.</summary>
    public string? AuthUrl { get; init; }

    /// <summary><c>username</c>.</summary>
    public string? Username { get; init; }

    /// <summary><c>password</c>.</summary>
    public string? Password { get; init; }

    /// <summary><c>system_scope</c>.</summary>
    public string? SystemScope { get; init; }

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

    /// <summary><c>cafile</c>.</summary>
    public string? CaFile { get; init; }

    /// <summary><c>insecure</c>.</summary>
    public bool Insecure { get; init; }

    /// <summary><c>endpoint_id</c>.</summary>
    public string? EndpointId { get; init; }

    /// <summary><c>endpoint_service_type</c>.</summary>
    public string? ServiceType { get; init; }

    /// <summary><c>endpoint_service_name</c>.</summary>
    public string? ServiceName { get; init; }

    /// <summary><c>endpoint_region_name</c>.</summary>
    public string? EndpointRegionName { get; init; }

    /// <summary>Leaves the password out, so that options can be logged.</summary>
    public override string ToString() => $"{Username}@{AuthUrl}";
}
