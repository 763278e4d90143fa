using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;

namespace KollaNet.ImageService.Hosting;

/// <summary>Which authentication <c>[paste_deploy] flavor</c> asks for.</summary>
public static class AuthenticationChoice
{
    /// <exception cref="ConfigurationInvalidException">An unknown flavor, or one that misses options.</exception>
    public static IAuthentication Make(GlanceOptions options, Policies policies, TimeProvider time, ILoggerFactory logs) => options.Flavor?.Split('+')[0].Trim() switch
    {
        null or "" or "none" or "noauth" or "caching" or "cachemanagement" => new NoAuthentication(),
        "keystone" => MakeKeystone(options, policies, time, logs),
        "http_basic" => new HttpBasicAuthentication(
            options.HttpBasicAuthUserFile ?? throw new ConfigurationInvalidException(["[DEFAULT] http_basic_auth_user_file is needed with [paste_deploy] flavor = http_basic"]),
            options.HttpBasicAuthProjectId),
        var other => throw new ConfigurationInvalidException([$"[paste_deploy] flavor: '{other}' is not one of keystone, http_basic, none"]),
    };

    private static KeystoneAuthentication MakeKeystone(GlanceOptions options, Policies policies, TimeProvider time, ILoggerFactory logs)
    {
        KeystoneAuthtokenOptions conf = options.KeystoneAuthtoken;
        (string Name, string? Value)[] needed = [("auth_url", conf.AuthUrl), ("username", conf.Username), ("password", conf.Password)];
        string[] missing = [.. needed.Where(option => string.IsNullOrEmpty(option.Value)).Select(option => $"[keystone_authtoken] {option.Name} is needed with [paste_deploy] flavor = keystone")];
        if (missing.Length > 0) throw new ConfigurationInvalidException(missing);
        var keystone = new KeystoneOptions
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
            TokenCacheTime = conf.TokenCacheTime,
            ServiceTokenRoles = conf.ServiceTokenRoles,
            ServiceTokenRolesRequired = conf.ServiceTokenRolesRequired,
            CaFile = conf.Cafile,
            Insecure = conf.Insecure,
            Timeout = conf.HttpConnectTimeout ?? TimeSpan.FromSeconds(30),
            AllowAnonymous = options.AllowAnonymousAccess,
        };
        return new KeystoneAuthentication(keystone, new KeystoneClient(keystone, time), policies, time, logs.CreateLogger<KeystoneAuthentication>());
    }
}
