using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using KollaNet.Engine.Containers;

namespace KollaNet.Engine.Hosts.Bootstrap;

/// <summary>What a host should have before anything is deployed on it.</summary>
public sealed record BootstrapOptions
{
    /// <summary>Where configuration goes. Source: kolla-ansible, <c>node_config_directory</c>.</summary>
    public string ConfigFolder { get; init; } = "/etc/kolla";

    /// <summary>Who owns it; null for root. Source: kolla-ansible, <c>config_owner_user</c>.</summary>
    public string? ConfigOwner { get; init; }

    /// <summary>The group of the owner. Source: kolla-ansible, <c>config_owner_group</c>.</summary>
    public string Group { get; init; } = "kolla";

    /// <summary>Its number. Source: kolla, the id of its user and group <c>kolla</c>.</summary>
    public int GroupId { get; init; } = 42400;

    /// <summary>True where images are built.</summary>
    public bool CanBuild { get; init; } = true;

    /// <summary>Where the engine is.</summary>
    public EnginePaths Engine { get; init; } = new();

    /// <summary>How long a started engine may take to answer.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(120);
}

/// <summary>Makes a host ready: a container engine, and the folders and accounts Kolla expects. Looks, decides, acts;
/// an engine that answers is left alone, with its settings and the firewall.</summary>
public sealed class HostBootstrap(BootstrapOptions options)
{
    private static readonly ImmutableArray<string> Bootstrappers = ["mmdebstrap", "debootstrap"];

    /// <summary>What is still to be done on a host; nothing is changed.</summary>
    public async Task<ImmutableArray<BootstrapAction>> PlanAsync(IHost host, CancellationToken cancel) => Plan(await ObserveAsync(host, cancel));

    /// <summary>Runs the actions in order and reports each as it is done. The first failure ends it; running it again goes on from there.</summary>
    public static async IAsyncEnumerable<BootstrapResult> RunAsync(IHost host, ImmutableArray<BootstrapAction> plan, IProgress<string> progress, [EnumeratorCancellation] CancellationToken cancel)
    {
        foreach (BootstrapAction action in plan) yield return new BootstrapResult(action, await action.RunAsync(host, progress, cancel));
    }

    /// <summary>Looks at a host.</summary>
    /// <exception cref="EngineUnreachableException">An engine answers that is too old or too new for us.</exception>
    public async Task<HostReadiness> ObserveAsync(IHost host, CancellationToken cancel)
    {
        (EngineVersion? engine, string? silence) = await AskEngineAsync(host, cancel);
        CommandResult seen = await host.RunScriptAsync(LookAround(), cancel);
        if (seen.ExitCode != 0) throw new HostCommandException(host.Name, "The state could not be read", seen.Error.Trim());
        ILookup<string, string> found = seen.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', 2)).ToLookup(parts => parts[0], parts => parts[^1]);
        return new HostReadiness
        {
            Engine = engine,
            EngineSilence = silence,
            HasSystemd = found.Contains("systemd"),
            Programs = [.. found["program"]],
            Paths = [.. found["path"]],
            Groups = [.. found["group"]],
            Users = [.. found["user"]],
        };
    }

    /// <summary>The actions between what was seen and what should be.</summary>
    public ImmutableArray<BootstrapAction> Plan(HostReadiness seen)
    {
        ImmutableArray<BootstrapAction>.Builder plan = ImmutableArray.CreateBuilder<BootstrapAction>();
        if (seen.Engine is null) plan.AddRange(PlanEngine(seen));
        if (options.CanBuild && !Bootstrappers.Any(seen.Programs.Contains))
            plan.Add(new InstallPackages([Bootstrappers[0]], $"building a base image needs {string.Join(" or ", Bootstrappers)}"));
        string group = options.ConfigOwner is null ? "root" : options.Group;
        if (!seen.Groups.Contains(options.Group)) plan.Add(new MakeGroup(options.Group, options.GroupId, "there is no such group"));
        if (options.ConfigOwner is { } owner && !seen.Users.Contains(owner)) plan.Add(new MakeUser(owner, options.Group, "config_owner_user names it, and there is no such user"));
        plan.AddRange(Folders().Where(folder => !seen.Paths.Contains(folder))
            .Select(folder => new MakeFolder(folder, (UnixFileMode)0b111_101_101, options.ConfigOwner ?? "root", group, "there is no such folder")));
        return plan.ToImmutable();
    }

    private IEnumerable<BootstrapAction> PlanEngine(HostReadiness seen)
    {
        string silence = $"no container engine answers ({seen.EngineSilence})";
        bool isInstalled = seen.Programs.Contains(options.Engine.Daemon);
        if (!isInstalled && !seen.Paths.Contains(options.Engine.Settings)) yield return new WriteEngineSettings(options.Engine, "the engine to be installed should bound its logs");
        if (!isInstalled) yield return new InstallPackages(["docker.io", "iptables"], $"{silence}, and {options.Engine.Daemon} is not installed");
        else if (!seen.Programs.Contains("iptables")) yield return new InstallPackages(["iptables"], $"{silence}, and it cannot start without iptables");
        yield return new StartEngine(options.Engine, seen.HasSystemd, options.Patience, silence);
    }

    private string[] Folders() => [options.ConfigFolder, $"{options.ConfigFolder}/config"];

    private static async Task<(EngineVersion? Engine, string? Silence)> AskEngineAsync(IHost host, CancellationToken cancel)
    {
        try
        {
            return (await host.Containers.VersionAsync(cancel), null);
        }
        catch (EngineUnreachableException failure) when (!failure.SpeaksOtherVersion)
        {
            return (null, failure.Why);
        }
    }

    private string LookAround()
    {
        string programs = Words(Bootstrappers.Add("iptables").Add(options.Engine.Daemon)), paths = Words([.. Folders(), options.Engine.Settings]);
        return $"""
            PATH=$PATH:/usr/sbin:/sbin:/usr/local/sbin
            [ "$(cat /proc/1/comm)" = systemd ] && echo systemd
            for program in {programs}; do command -v "$program" >/dev/null && echo "program $program"; done
            for path in {paths}; do [ -e "$path" ] && echo "path $path"; done
            for group in {Words([options.Group])}; do getent group "$group" >/dev/null && echo "group $group"; done
            for user in {Words(options.ConfigOwner is { } owner ? [owner] : [])}; do getent passwd "$user" >/dev/null && echo "user $user"; done
            exit 0
            """;
    }

    private static string Words(ImmutableArray<string> words) => string.Join(' ', words.Select(HostScript.Quote));
}
