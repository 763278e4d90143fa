using System.Collections.Immutable;
using KollaNet.Engine.Hosts;

namespace KollaNet.Engine.Images;

/// <summary>Where images get their packages, and through which proxy, as the building host itself does.</summary>
/// <param name="Suite">The distribution's release.</param>
/// <param name="Sources">One-line apt entries.</param>
/// <param name="Options">Lines for <c>apt.conf</c>.</param>
internal sealed record AptSettings(string Suite, ImmutableArray<string> Sources, ImmutableArray<string> Options)
{
    private static readonly string[] ProxyOptions = ["Acquire::http::Proxy", "Acquire::https::Proxy"];

    /// <summary>Reads the host's own configuration; <c>build_apt_*</c> of <c>globals.yml</c> win.</summary>
    public static async Task<AptSettings> OfAsync(IHost host, HostFacts facts, Func<string, string> variable, CancellationToken cancel)
    {
        string suite = variable("build_apt_suite") is { Length: > 0 } set ? set : facts.DistributionCodename;
        ImmutableArray<string> sources = variable("build_apt_mirror") is { Length: > 0 } mirror
            ? [$"deb {mirror} {suite} {variable("build_apt_components")}"]
            : await HostSourcesAsync(host, suite, cancel);
        CommandResult proxies = await host.RunScriptAsync($"apt-config dump {string.Join(' ', ProxyOptions)}", cancel);
        return new AptSettings(suite, sources, [.. proxies.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.EndsWith("\"\";", StringComparison.Ordinal))]);
    }

    private static async Task<ImmutableArray<string>> HostSourcesAsync(IHost host, string suite, CancellationToken cancel)
    {
        CommandResult names = await host.RunScriptAsync("ls /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null || true", cancel);
        var files = new Dictionary<string, string>();
        foreach (string name in names.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            if (await host.Files.FindAsync(name, cancel) is { } content) files[name] = System.Text.Encoding.UTF8.GetString(content);
        return AptSources.Of(files, suite);
    }
}
