using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;

namespace KollaNet.ImageService.Hosting;

/// <summary>The operator's policy files: <c>policy_file</c>, then those of <c>policy_dirs</c> in name order, later rules over earlier ones. Changes count at
/// once; files that cannot be used are not, and the log says why. Source: oslo.policy, Enforcer.</summary>
internal sealed partial class PolicyFiles : IWatchedFiles
{
    private readonly GlanceOptions options;
    private readonly ILogger<PolicyFiles> log;

    /// <exception cref="PolicyInvalidException">The files cannot be used.</exception>
    public PolicyFiles(GlanceOptions options, ILogger<PolicyFiles> log)
    {
        (this.options, this.log) = (options, log);
        Policies = new Policies(Read(), options.Policy);
    }

    /// <summary>The rules as they are now.</summary>
    public Policies Policies { get; }

    /// <inheritdoc/>
    public string Name => "policy files";

    /// <inheritdoc/>
    public IEnumerable<string> Files => [options.PolicyFile, OlderName, .. options.Policy.Folders, .. InFolders()];

    /// <inheritdoc/>
    public bool Reload()
    {
        try
        {
            Policies.Replace(Read());
            LogReloaded();
            return true;
        }
        catch (Exception e) when (e is PolicyInvalidException or IOException or UnauthorizedAccessException)
        {
            LogUnusable(e.Message);
            return false;
        }
    }

    /// <summary>The default was <c>policy.json</c> until Wallaby; where only that lies, it counts. Source: oslo.policy, fallback to JSON.</summary>
    private string OlderName => Path.ChangeExtension(options.PolicyFile, ".json");

    private Dictionary<string, string> Read()
    {
        var rules = new Dictionary<string, string>();
        string first = !File.Exists(options.PolicyFile) && Path.GetFileName(options.PolicyFile) == "policy.yaml" ? OlderName : options.PolicyFile;
        foreach (string file in InFolders().Prepend(first).Where(File.Exists))
        {
            foreach ((string name, string rule) in PolicyFile.Read(file)) rules[name] = rule;
        }

        return rules;
    }

    private IEnumerable<string> InFolders() =>
        options.Policy.Folders.Where(Directory.Exists).SelectMany(folder => Directory.GetFiles(folder).Where(file => !Path.GetFileName(file).StartsWith('.')).Order(StringComparer.Ordinal));

    [LoggerMessage(LogLevel.Information, "The policy files have changed and count from now on")]
    private partial void LogReloaded();

    [LoggerMessage(LogLevel.Error, "The policy files have changed and cannot be used, so the rules from before stay: {Why}")]
    private partial void LogUnusable(string why);
}
