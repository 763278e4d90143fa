using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Monitoring;

namespace KollaNet.ImageService.Hosting;

/// <summary>Which authentication <c>[paste_deploy] flavor</c> asks for.</summary>
public static class AuthenticationChoice
{
    private const string NeedsFile = "[DEFAULT] http_basic_auth_user_file is needed with [paste_deploy] flavor = http_basic";

    /// <exception cref="ConfigurationInvalidException">An unknown flavor, or one that misses options.</exception>
    public static IAuthentication Make(GlanceOptions options, Policies policies, ServiceMetrics metrics, TimeProvider time, ILoggerFactory logs)
    {
        string[] problems = [.. FindProblems(options)];
        if (problems.Length > 0) throw new ConfigurationInvalidException(problems);
        return KindOf(options) switch
        {
            "keystone" => MakeKeystone(options, policies, metrics, time, logs),
            "http_basic" => new HttpBasicAuthentication(options.HttpBasicAuthUserFile!, options.HttpBasicAuthProjectId, logs.CreateLogger<HttpBasicAuthentication>()),
            _ => new NoAuthentication(),
        };
    }

    /// <summary>What keeps the flavor from being used, a sentence each.</summary>
    /// <param name="isElsewhere">Files that are not there may be on the machine that they are for.</param>
    internal static IEnumerable<string> FindProblems(GlanceOptions options, bool isElsewhere = false) => KindOf(options) switch
    {
        "" or "none" or "noauth" or "caching" or "cachemanagement" => [],
        "keystone" => KeystoneAccess.MissingForTokens(options),
        "http_basic" when options.HttpBasicAuthUserFile is null => [NeedsFile],
        "http_basic" when !File.Exists(options.HttpBasicAuthUserFile) => isElsewhere ? [] : [$"{NeedsFile}: there is no file {options.HttpBasicAuthUserFile}"],
        "http_basic" => FindUnreadable(options.HttpBasicAuthUserFile!) is { } why ? [why] : [],
        var other => [$"[paste_deploy] flavor: '{other}' is not one of keystone, http_basic, none"],
    };

    /// <summary>Lines of the file with users that let nobody in; none where there is no such file.</summary>
    internal static IEnumerable<string> FindUselessUsers(GlanceOptions options) =>
        KindOf(options) == "http_basic" && options.HttpBasicAuthUserFile is { } file && File.Exists(file) && FindUnreadable(file) is null
            ? HtpasswdFile.Read(file).Problems.Select(problem => $"{file}: {problem}")
            : [];

    private static string KindOf(GlanceOptions options) => options.Flavor?.Split('+')[0].Trim() ?? "";

    private static string? FindUnreadable(string file)
    {
        try
        {
            HtpasswdFile.Read(file);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"[DEFAULT] http_basic_auth_user_file: {file} cannot be read: {e.Message}";
        }
    }

    private static KeystoneAuthentication MakeKeystone(GlanceOptions options, Policies policies, ServiceMetrics metrics, TimeProvider time, ILoggerFactory logs)
    {
        KeystoneOptions keystone = KeystoneAccess.ForTokens(options);
        return new KeystoneAuthentication(keystone, new KeystoneClient(new KeystoneSession(keystone, time), keystone), policies, metrics, time, logs.CreateLogger<KeystoneAuthentication>());
    }
}
