using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Limits;

namespace KollaNet.ImageService.Hosting;

/// <summary>As whom the service speaks to Keystone, out of its configuration.</summary>
internal static class KeystoneAccess
{
    /// <summary>For asking about tokens.</summary>
    /// <exception cref="ConfigurationInvalidException">Options are missing.</exception>
    public static KeystoneOptions ForTokens(GlanceOptions options)
    {
        KeystoneAuthtokenOptions conf = options.KeystoneAuthtoken;
        ThrowIfAny(MissingForTokens(options));
        return new KeystoneOptions
        {
            AuthUrl = conf.AuthUrl!,
            WwwAuthenticateUri = conf.WwwAuthenticateUri ?? conf.AuthUrl!,
            Username = conf.Username!,
            Password = conf.Password!,
            ProjectName = conf.ProjectName ?? "service",
            UserDomainId = conf.UserDomainId,
            UserDomainName = conf.UserDomainName,
            ProjectDomainId = conf.ProjectDomainId,
            ProjectDomainName = conf.ProjectDomainName,
            RegionName = conf.RegionName,
            KeyManager = new CatalogEntry("key-manager", options.Barbican.EndpointType, options.Barbican.RegionName ?? conf.RegionName),
            TokenCacheTime = conf.TokenCacheTime,
            ServiceType = conf.ServiceType ?? "image",
            ServiceTokenRoles = conf.ServiceTokenRoles,
            ServiceTokenRolesRequired = conf.ServiceTokenRolesRequired,
            CaFile = conf.Cafile,
            Insecure = conf.Insecure,
            Timeout = conf.HttpConnectTimeout ?? TimeSpan.FromSeconds(30),
            AllowAnonymous = options.AllowAnonymousAccess,
            EnforceScope = options.Policy.EnforceScope,
        };
    }

    /// <summary>Reads limits from Keystone; null when <c>use_keystone_limits</c> is off.</summary>
    /// <exception cref="ConfigurationInvalidException">Options are missing.</exception>
    public static KeystoneLimits? Limits(GlanceOptions options, TimeProvider time)
    {
        if (!options.UseKeystoneLimits) return null;
        LimitOptions conf = options.Limit;
        KeystoneAuthtokenOptions usual = options.KeystoneAuthtoken;
        ThrowIfAny(MissingForLimits(options));
        bool isOwnUser = conf.Username is not null;
        var keystone = new KeystoneOptions
        {
            Section = isOwnUser ? "oslo_limit" : "keystone_authtoken",
            AuthUrl = conf.AuthUrl ?? usual.AuthUrl!,
            WwwAuthenticateUri = "",
            Username = conf.Username ?? usual.Username!,
            Password = conf.Password ?? usual.Password!,
            IsForSystem = conf.SystemScope is not null,
            ProjectName = conf.ProjectName ?? usual.ProjectName ?? "service",
            UserDomainId = isOwnUser ? conf.UserDomainId : usual.UserDomainId,
            UserDomainName = isOwnUser ? conf.UserDomainName : usual.UserDomainName,
            ProjectDomainId = conf.ProjectDomainId ?? usual.ProjectDomainId,
            ProjectDomainName = conf.ProjectDomainName ?? usual.ProjectDomainName,
            RegionName = conf.RegionName ?? usual.RegionName,
            CaFile = conf.CaFile ?? usual.Cafile,
            Insecure = conf.Insecure || usual.Insecure,
            Timeout = usual.HttpConnectTimeout ?? TimeSpan.FromSeconds(30),
        };
        var service = new LimitedService(conf.EndpointId, conf.ServiceType ?? "image", conf.ServiceName, conf.EndpointRegionName);
        return new KeystoneLimits(new KeystoneSession(keystone, time), service, time);
    }

    /// <summary>Options that <see cref="ForTokens"/> needs and that are not set, a sentence each.</summary>
    public static IReadOnlyList<string> MissingForTokens(GlanceOptions options)
    {
        KeystoneAuthtokenOptions conf = options.KeystoneAuthtoken;
        return Missing("keystone_authtoken", "[paste_deploy] flavor = keystone", ("auth_url", conf.AuthUrl), ("username", conf.Username), ("password", conf.Password));
    }

    /// <summary>The same for <see cref="Limits"/>.</summary>
    public static IReadOnlyList<string> MissingForLimits(GlanceOptions options)
    {
        (LimitOptions conf, KeystoneAuthtokenOptions usual) = (options.Limit, options.KeystoneAuthtoken);
        if (!options.UseKeystoneLimits) return [];
        return Missing("oslo_limit", "[DEFAULT] use_keystone_limits", ("auth_url", conf.AuthUrl ?? usual.AuthUrl), ("username", conf.Username ?? usual.Username), ("password", conf.Password ?? usual.Password));
    }

    private static string[] Missing(string section, string why, params (string Name, string? Value)[] needed) =>
        [.. needed.Where(option => string.IsNullOrEmpty(option.Value)).Select(option => $"[{section}] {option.Name} is needed with {why}")];

    private static void ThrowIfAny(IReadOnlyList<string> problems)
    {
        if (problems.Count > 0) throw new ConfigurationInvalidException(problems);
    }
}
