using System.Collections.Immutable;

namespace KollaNet.ImageService.Identity;

/// <summary>What is needed to talk to Keystone. Mirrors <c>[keystone_authtoken]</c>.</summary>
public sealed record KeystoneOptions
{
    /// <summary>The section that says so, for messages.</summary>
    public string Section { get; init; } = "keystone_authtoken";

    /// <summary>The own token is one of the whole system instead of a project's (<c>system_scope = all</c>).</summary>
    public bool IsForSystem { get; init; }

    /// <summary>Type of this service in access rules of application credentials.</summary>
    public string ServiceType { get; init; } = "image";

    /// <summary>Whether tokens of the whole system or of a domain are refused (<c>enforce_scope</c>).</summary>
    public bool EnforceScope { get; init; } = true;

    /// <summary>With or without <c>/v3</c>.</summary>
    public required string AuthUrl { get; init; }

    /// <summary>Told to clients without a good token.</summary>
    public required string WwwAuthenticateUri { get; init; }

    /// <summary>The service's own user.</summary>
    public required string Username { get; init; }

    /// <summary>Its password.</summary>
    public required string Password { get; init; }

    /// <summary>Its project.</summary>
    public string ProjectName { get; init; } = "service";

    /// <summary>Domain id; null when <see cref="UserDomainName"/> says it.</summary>
    public string? UserDomainId { get; init; }

    /// <summary>Domain name.</summary>
    public string? UserDomainName { get; init; }

    /// <summary>Domain id; null when <see cref="ProjectDomainName"/> says it.</summary>
    public string? ProjectDomainId { get; init; }

    /// <summary>Domain name.</summary>
    public string? ProjectDomainName { get; init; }

    /// <summary>Which entry of the catalog to use; null for any.</summary>
    public string? RegionName { get; init; }

    /// <summary>Which endpoint of the key manager callers' catalogs are searched for.</summary>
    public CatalogEntry KeyManager { get; init; } = new("key-manager", "public", null);

    /// <summary>How long a good token is believed.</summary>
    public TimeSpan TokenCacheTime { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>A service token needs one of these.</summary>
    public ImmutableArray<string> ServiceTokenRoles { get; init; } = ["service"];

    /// <summary>Whether a service token without those roles is refused; otherwise it is accepted as any token.</summary>
    public bool ServiceTokenRolesRequired { get; init; } = true;

    /// <summary>PEM file of the authority that signed Keystone's certificate; null for the system's.</summary>
    public string? CaFile { get; init; }

    /// <summary>Accept any certificate.</summary>
    public bool Insecure { get; init; }

    /// <summary>How long one call may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Requests without a token may read public images (<c>allow_anonymous_access</c>).</summary>
    public bool AllowAnonymous { get; init; }
}
