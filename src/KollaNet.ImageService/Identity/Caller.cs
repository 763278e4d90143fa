using System.Collections.Immutable;

namespace KollaNet.ImageService.Identity;

/// <summary>Who makes a request, as established by the configured authentication.</summary>
public sealed record Caller
{
    /// <summary>Null for nobody in particular (no authentication, anonymous).</summary>
    public string? UserId { get; init; }

    /// <summary>The token's project; null when it has none.</summary>
    public string? ProjectId { get; init; }

    /// <summary>Lower-cased role names.</summary>
    public ImmutableHashSet<string> Roles { get; init; } = [];

    /// <summary>Lower-cased role names of the accompanying service token.</summary>
    public ImmutableHashSet<string> ServiceRoles { get; init; } = [];

    /// <summary>What policy rule <c>context_is_admin</c> says; sees and may change everything.</summary>
    public bool IsAdmin { get; init; }

    /// <summary>Anonymous callers may only read public images.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Image services of every region in the token's catalog; empty without a catalog.</summary>
    public ImmutableArray<ImageEndpoint> ImageEndpoints { get; init; } = [];

    /// <summary>The token as sent, for calls made on the caller's behalf; null without one.</summary>
    public string? Token { get; init; }

    /// <summary>Where the token's catalog says the key manager is; null when it does not.</summary>
    public string? KeyManagerUrl { get; init; }
}
