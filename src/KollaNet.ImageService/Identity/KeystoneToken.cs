using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace KollaNet.ImageService.Identity;

/// <summary>What Keystone says about a token.</summary>
public sealed record KeystoneToken
{
    /// <summary>The user's id.</summary>
    public string? UserId { get; init; }

    /// <summary>Null for tokens without a project.</summary>
    public string? ProjectId { get; init; }

    /// <summary>Scoped to the system or to a domain.</summary>
    public bool IsForeignScope { get; init; }

    /// <summary>Lower case.</summary>
    public ImmutableHashSet<string> Roles { get; init; } = [];

    /// <summary>When it stops being good.</summary>
    public DateTimeOffset ExpiresAt { get; init; }

    /// <summary>What an application credential may be used for; null when it is not restricted.</summary>
    public ImmutableArray<AccessRule>? AccessRules { get; init; }

    /// <summary>Internal address of the identity service in the token's catalog; null without one.</summary>
    public string? IdentityUrl { get; init; }

    /// <summary>Address of the key manager in the token's catalog; null without one.</summary>
    public string? KeyManagerUrl { get; init; }

    /// <summary>Image services of every region in the token's catalog.</summary>
    public ImmutableArray<ImageEndpoint> ImageEndpoints { get; init; } = [];

    /// <summary>Reads the document of <c>/v3/auth/tokens</c>.</summary>
    /// <param name="region">Option <c>region_name</c>; null for any.</param>
    /// <param name="keyManager">Which endpoint of the key manager is wanted.</param>
    /// <exception cref="IdentityServiceException">Not such a document.</exception>
    public static KeystoneToken Parse(ReadOnlyMemory<byte> document, string? region, CatalogEntry keyManager)
    {
        try
        {
            using var json = JsonDocument.Parse(document);
            JsonElement token = json.RootElement.GetProperty("token");
            return new KeystoneToken
            {
                UserId = Find(token, "user", "id"),
                ProjectId = Find(token, "project", "id"),
                IsForeignScope = token.TryGetProperty("system", out _) || token.TryGetProperty("domain", out _),
                Roles = ReadRoles(token),
                ExpiresAt = DateTimeOffset.Parse(token.GetProperty("expires_at").GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal),
                AccessRules = ReadAccessRules(token),
                IdentityUrl = FindUrl(token, new CatalogEntry("identity", "internal", region)),
                KeyManagerUrl = FindUrl(token, keyManager),
                ImageEndpoints = ReadImageEndpoints(token),
            };
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new IdentityServiceException("The identity service sent a token document that cannot be read.", e);
        }
    }

    private static string? Find(JsonElement token, string part, string name) =>
        token.TryGetProperty(part, out JsonElement found) && found.ValueKind == JsonValueKind.Object && found.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

    private static ImmutableHashSet<string> ReadRoles(JsonElement token) =>
        token.TryGetProperty("roles", out JsonElement roles) ? [.. roles.EnumerateArray().Select(role => role.GetProperty("name").GetString()!.ToLowerInvariant())] : [];

    private static ImmutableArray<AccessRule>? ReadAccessRules(JsonElement token)
    {
        if (!token.TryGetProperty("application_credential", out JsonElement credential) || !credential.TryGetProperty("access_rules", out JsonElement rules) || rules.ValueKind == JsonValueKind.Null) return null;
        return [.. rules.EnumerateArray().Select(rule => new AccessRule(
            rule.GetProperty("service").GetString()!, rule.GetProperty("method").GetString()!, rule.GetProperty("path").GetString()!))];
    }

    private static ImmutableArray<ImageEndpoint> ReadImageEndpoints(JsonElement token)
    {
        if (!token.TryGetProperty("catalog", out JsonElement catalog)) return [];
        IEnumerable<JsonElement> endpoints = catalog.EnumerateArray().Where(service => service.GetProperty("type").GetString() == "image").SelectMany(service => service.GetProperty("endpoints").EnumerateArray());
        return [.. endpoints.Select(endpoint => new ImageEndpoint(endpoint.GetProperty("region_id").GetString() ?? "", endpoint.GetProperty("interface").GetString()!, endpoint.GetProperty("url").GetString()!))];
    }

    private static string? FindUrl(JsonElement token, CatalogEntry wanted)
    {
        if (!token.TryGetProperty("catalog", out JsonElement catalog)) return null;
        foreach (JsonElement service in catalog.EnumerateArray().Where(service => service.GetProperty("type").GetString() == wanted.ServiceType))
        {
            foreach (JsonElement endpoint in service.GetProperty("endpoints").EnumerateArray())
            {
                bool here = wanted.Region is null || endpoint.GetProperty("region_id").GetString() == wanted.Region;
                if (here && endpoint.GetProperty("interface").GetString() == wanted.Interface) return endpoint.GetProperty("url").GetString();
            }
        }

        return null;
    }
}

/// <summary>An endpoint in a token's catalog.</summary>
/// <param name="ServiceType"><c>key-manager</c>.</param>
/// <param name="Interface"><c>public</c>, <c>internal</c> or <c>admin</c>.</param>
/// <param name="Region">Null for any.</param>
public sealed record CatalogEntry(string ServiceType, string Interface, string? Region);

/// <summary>One thing an application credential may be used for.</summary>
/// <param name="Service">Service type, <c>image</c>.</param>
/// <param name="Method">Upper case.</param>
/// <param name="Path"><c>*</c> and <c>{name}</c> stand for one character or more without a slash, <c>**</c> for any number of any. Source: keystonemiddleware, access rules.</param>
public sealed partial record AccessRule(string Service, string Method, string Path)
{
    private readonly Lazy<Regex> path = new(() => new Regex($"^{Wildcard.Replace(Regex.Escape(Path), found => found.Value == AnyPath ? ".*" : "[^/]+")}\\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant));

    /// <summary><c>**</c>, escaped.</summary>
    private const string AnyPath = @"\*\*";

    /// <summary>Wildcards of an escaped path.</summary>
    [GeneratedRegex(@"\\\*\\\*|\\\*|\\\{[^}]*}")]
    private static partial Regex Wildcard { get; }

    /// <summary>Whether a request to a service of this type is covered.</summary>
    public bool Covers(string serviceType, string method, string path) => Service == serviceType && Method == method && this.path.Value.IsMatch(path);
}
