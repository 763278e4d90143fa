using System.Collections.Immutable;
using KollaNet.ImageService.Monitoring;

namespace KollaNet.ImageService.Identity;

/// <summary>Authentication by Keystone tokens. Whatever identity headers a client sends are never read. Source: image-api reference 5.</summary>
public sealed partial class KeystoneAuthentication(KeystoneOptions options, KeystoneClient client, Policies policies, ServiceMetrics metrics, TimeProvider time, ILogger<KeystoneAuthentication> log)
    : IAuthentication
{
    private const int LongestToken = 16 * 1024;

    private readonly TokenCache cache = new(options.TokenCacheTime, metrics, time);
    private readonly ImmutableHashSet<string> serviceRoles = [.. options.ServiceTokenRoles.Select(role => role.ToLowerInvariant())];

    /// <inheritdoc/>
    public async ValueTask<Caller> AuthenticateAsync(HttpContext http, CancellationToken cancel)
    {
        string text = Header(http, "X-Auth-Token") ?? Header(http, "X-Storage-Token") ?? "";
        string? serviceText = Header(http, "X-Service-Token");
        if (text.Length == 0) return options.AllowAnonymous ? Anonymous() : throw Refused();
        if (!CanBeToken(text) || (serviceText is not null && !CanBeToken(serviceText))) throw Refused();

        KeystoneToken? service = serviceText is null ? null : await ServiceTokenAsync(serviceText);
        bool isForOthers = service is not null && IsOfService(service);
        KeystoneToken token = await AskAsync(text, allowExpired: isForOthers) ?? throw Refused();
        if (token.IsForeignScope && options.EnforceScope) throw new ScopeRefusedException();
        // A service that asks on somebody's behalf follows a request that the rules have let through.
        if (!isForOthers && token.AccessRules is { } rules && !rules.Any(rule => rule.Covers(options.ServiceType, http.Request.Method, http.Request.Path.Value ?? ""))) throw Refused();
        return ToCaller(text, token, service);
    }

    private static string? Header(HttpContext http, string name) => http.Request.Headers[name].ToString() is { Length: > 0 } value ? value : null;

    /// <summary>Anything else Keystone cannot even be asked about.</summary>
    private static bool CanBeToken(string text) => text.Length <= LongestToken && text.All(letter => letter is > ' ' and <= '~');

    private static Caller Anonymous() => new() { IsReadOnly = true, Roles = ["reader", "member"] };

    private NotAuthenticatedException Refused() => new($"Keystone uri=\"{options.WwwAuthenticateUri}\"");

    private Caller ToCaller(string text, KeystoneToken token, KeystoneToken? service)
    {
        var caller = new Caller
        {
            UserId = token.UserId,
            ProjectId = token.ProjectId,
            Roles = token.Roles,
            ServiceRoles = service?.Roles ?? [],
            Token = text,
            KeyManagerUrl = token.KeyManagerUrl,
            ImageEndpoints = token.ImageEndpoints,
        };
        return caller with { IsAdmin = policies.Allows("context_is_admin", caller, PolicyTarget.Of(caller)) };
    }

    /// <exception cref="NotAuthenticatedException">Not good, or without the role services must have.</exception>
    private async Task<KeystoneToken> ServiceTokenAsync(string text)
    {
        KeystoneToken token = await AskAsync(text, allowExpired: false) ?? throw Refused();
        return !options.ServiceTokenRolesRequired || IsOfService(token) ? token : throw Refused();
    }

    private bool IsOfService(KeystoneToken token) => serviceRoles.Overlaps(token.Roles);

    /// <exception cref="IdentityServiceException">Keystone is away. A 401 instead would make clients ask for new tokens, and get none.</exception>
    private async Task<KeystoneToken?> AskAsync(string text, bool allowExpired)
    {
        try
        {
            // The answer is shared between requests, so no single client's leaving may end the question; the client has its own time limit.
            return await cache.GetAsync(text, allowExpired, () => client.ValidateAsync(text, allowExpired, CancellationToken.None));
        }
        catch (IdentityServiceException e)
        {
            LogIdentityService(e.Message);
            throw;
        }
    }

    [LoggerMessage(LogLevel.Error, "No token can be validated: {Why}")]
    private partial void LogIdentityService(string why);
}
