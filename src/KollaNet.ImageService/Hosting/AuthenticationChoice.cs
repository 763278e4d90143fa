using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Monitoring;

namespace KollaNet.ImageService.Hosting;

/// <summary>Which authentication <c>[paste_deploy] flavor</c> asks for.</summary>
public static class AuthenticationChoice
{
    /// <exception cref="ConfigurationInvalidException">An unknown flavor, or one that misses options.</exception>
    public static IAuthentication Make(GlanceOptions options, Policies policies, ServiceMetrics metrics, TimeProvider time, ILoggerFactory logs) => options.Flavor?.Split('+')[0].Trim() switch
    {
        null or "" or "none" or "noauth" or "caching" or "cachemanagement" => new NoAuthentication(),
        "keystone" => MakeKeystone(options, policies, metrics, time, logs),
        "http_basic" => MakeBasic(options),
        var other => throw new ConfigurationInvalidException([$"[paste_deploy] flavor: '{other}' is not one of keystone, http_basic, none"]),
    };

    private static HttpBasicAuthentication MakeBasic(GlanceOptions options)
    {
        const string needed = "[DEFAULT] http_basic_auth_user_file is needed with [paste_deploy] flavor = http_basic";
        if (options.HttpBasicAuthUserFile is not { } file) throw new ConfigurationInvalidException([needed]);
        return File.Exists(file) ? new HttpBasicAuthentication(file, options.HttpBasicAuthProjectId) : throw new ConfigurationInvalidException([$"{needed}: there is no file {file}"]);
    }

    private static KeystoneAuthentication MakeKeystone(GlanceOptions options, Policies policies, ServiceMetrics metrics, TimeProvider time, ILoggerFactory logs)
    {
        KeystoneOptions keystone = KeystoneAccess.ForTokens(options);
        return new KeystoneAuthentication(keystone, new KeystoneClient(new KeystoneSession(keystone, time), keystone), policies, metrics, time, logs.CreateLogger<KeystoneAuthentication>());
    }
}
