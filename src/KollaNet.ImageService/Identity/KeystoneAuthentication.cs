using System.Collections.Immutable;

namespace KollaNet.ImageService.Identity;

/// <summary>Authentication by Keystone tokens. Whatever identity headers a client sends are never read. Source: image-api reference 5.</summary>
public sealed partial class KeystoneAuthentication(KeystoneOptions options, KeystoneClient client, Policies policies, TimeProvider time, ILogger<KeystoneAuthentication> log)
    : IAuthentication
{
    private readonly TokenCache cache = new(options.TokenCacheTime, time);

    /// <inheritdoc/>
    public async ValueTask<Caller> AuthenticateAsync(HttpContext http, CancellationToken cancel)
    {
        string text = Header(http, "X-Auth-Token") ?? Header(http, "X-Storage-Token") ?? "";
        string? serviceText = Header(http, "X-Service-Token");
        if (text.Length == 0) return options.AllowAnonymous ? Anonymous() : throw Refused();

        KeystoneToken? service = serviceText is null ? null : await ServiceTokenAsync(serviceText);
        KeystoneToken token = await AskAsync(text, allowExpired: service is not null) ?? throw Refused();
        if (token.IsForeignScope) throw new ScopeRefusedException();
        if (token.AccessRules is { } rules && !rules.Any(rule => rule.Covers(http.Request.Method, http.Request.Path.Value ?? ""))) throw Refused();
        return ToCaller(text, token, service);
    }

    private static string? Header(HttpContext http, string name) => http.Request.Headers[name].ToString() is { Length: > 0 } value ? value : null;

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
        };
        return caller with { IsAdmin = policies.Allows("context_is_admin", caller, PolicyTarget.Of(caller)) };
    }

    /// <exception cref="NotAuthenticatedException">Not good, or without the role services must have.</exception>
    private async Task<KeystoneToken> ServiceTokenAsync(string text)
    {
        KeystoneToken token = await AskAsync(text, allowExpired: false) ?? throw Refused();
        ImmutableHashSet<string> wanted = [.. options.ServiceTokenRoles.Select(role => role.ToLowerInvariant())];
        return !options.ServiceTokenRolesRequired || wanted.Overlaps(token.Roles) ? token : throw Refused();
    }

    private async Task<KeystoneToken?> AskAsync(string text, bool allowExpired)
    {
        try
        {
            // The answer is shared between requests, so no single client's leaving may end the question; the client has its own time limit.
            return await cache.GetAsync(text, allowExpired, () => client.ValidateAsync(text, allowExpired, CancellationToken.None));
        }
        catch (IdentityServiceException e)
        {
            // Source: keystonemiddleware with delayed decision, as Glance uses it, answers 401 when Keystone is away.
            LogIdentityService(e.Message);
            throw Refused();
        }
    }

    [LoggerMessage(LogLevel.Error, "No token can be validated: {Why}")]
    private partial void LogIdentityService(string why);
}
