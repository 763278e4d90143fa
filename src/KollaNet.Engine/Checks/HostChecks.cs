using System.Collections.Immutable;
using System.Globalization;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Planning;

namespace KollaNet.Engine.Checks;

/// <summary>What prechecks say about each host: engine, images, ports, disk, containers in the way.</summary>
internal sealed class HostChecks(DesiredState desired, IReadOnlyDictionary<string, IHost> hosts, IReadOnlyDictionary<string, HostFacts> facts)
{
    private const long Gibibyte = 1L << 30;

    /// <summary>All checks of all hosts, in order of their names.</summary>
    public async Task<IEnumerable<Check>> RunAsync(CancellationToken cancel) =>
        (await Task.WhenAll(desired.ConfigRoots.Keys.Select(host => RunAsync(host, cancel)))).SelectMany(checks => checks);

    private async Task<IEnumerable<Check>> RunAsync(string name, CancellationToken cancel)
    {
        EngineVersion version;
        try
        {
            version = await hosts[name].Containers.VersionAsync(cancel);
        }
        catch (EngineException e)
        {
            return [new Check(name, "container engine", CheckResult.Failed, e.Why, e.Next ?? "kollanet bootstrap-servers")];
        }
        ObservedState observed = await new Observer(hosts).ObserveAsync(desired with { ConfigRoots = desired.ConfigRoots.Where(root => root.Key == name).ToImmutableSortedDictionary() }, false, cancel);
        ObservedHost now = observed.Hosts[name];
        return [new Check(name, "container engine", CheckResult.Passed, $"{version.Product}, API {version.ApiVersion}, {version.StorageDriver} in {version.DataFolder}"),
            await DiskAsync(name, version.DataFolder, cancel), .. await KernelAsync(name, cancel), .. Images(name, now), .. Ports(name, now, await new PortConflicts(desired, observed, hosts, facts).FindAsync(name, cancel)), .. Strangers(name, now)];
    }

    private async Task<Check> DiskAsync(string name, string folder, CancellationToken cancel)
    {
        string subject = $"disk space in {folder}";
        CommandResult result = await hosts[name].RunScriptAsync($"df -Pk '{folder.Replace("'", "'\\''", StringComparison.Ordinal)}' | tail -n 1", cancel);
        string[] columns = result.Output.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (result.ExitCode != 0 || columns.Length < 4 || !long.TryParse(columns[3], CultureInfo.InvariantCulture, out long kibibytes))
            return new Check(name, subject, CheckResult.Warning, $"cannot be read: {(result.Error.Length > 0 ? result.Error.Trim() : result.Output.Trim())}");
        long free = kibibytes * 1024;
        string text = $"{free / (double)Gibibyte:0.0} GiB free";
        return free < Gibibyte ? new Check(name, subject, CheckResult.Failed, text, "at least 1 GiB is needed; make room or move the engine's data folder")
            : new Check(name, subject, free < 5 * Gibibyte ? CheckResult.Warning : CheckResult.Passed, text);
    }

    /// <summary>Whether the kernel can mount what volumes lie on. A module that is not loaded yet shows in no list of file systems, and docker's first mount loads it.</summary>
    private async Task<IEnumerable<Check>> KernelAsync(string name, CancellationToken cancel)
    {
        string[] volumes = [.. Here(name).SelectMany(container => container.VolumeOptions).Where(volume => NfsOptions.IsNfs(volume.Value)).Select(volume => volume.Key).Distinct()];
        if (volumes.Length == 0) return [];
        const string Subject = "NFS in the kernel";
        if (facts[name].FileSystems.Any(type => type is "nfs" or "nfs4")) return [new Check(name, Subject, CheckResult.Passed, "is in /proc/filesystems")];
        CommandResult module = await hosts[name].RunScriptAsync("find \"/lib/modules/$(uname -r)\" -name 'nfs.ko*' 2>/dev/null | head -n 1", cancel);
        return [module.Output.Contains("nfs.ko", StringComparison.Ordinal)
            ? new Check(name, Subject, CheckResult.Passed, "is a module that the first mount loads")
            : new Check(name, Subject, CheckResult.Failed, $"is neither in /proc/filesystems nor a module, and volume {string.Join(", ", volumes)} lies on an NFS server", "run a kernel that has NFS, or keep images elsewhere")];
    }

    private IEnumerable<Check> Images(string name, ObservedHost now) => Here(name).Select(container => container.Spec.Image).Distinct().Select(image =>
        now.Images.ContainsKey(image) ? new Check(name, $"image {image}", CheckResult.Passed, "is there")
        : desired.Registry is not null ? new Check(name, $"image {image}", CheckResult.Warning, "is missing and will be pulled", "kollanet pull does that ahead of time")
        : new Check(name, $"image {image}", CheckResult.Failed, "is missing", "kollanet build"));

    private IEnumerable<Check> Ports(string name, ObservedHost now, ImmutableArray<PortConflict> conflicts)
    {
        foreach (DesiredContainer container in Here(name))
        {
            bool runs = now.Containers.TryGetValue(container.Spec.Name, out ObservedContainer? there) && there.State == "running";
            foreach (string address in container.Listens)
                yield return conflicts.FirstOrDefault(conflict => conflict.Container == container && conflict.Wanted == address) is { } conflict
                    ? new Check(name, $"port {address}", CheckResult.Failed, conflict.ToString(), $"stop what listens there, or give {container.Service} another port in globals.yml")
                    : new Check(name, $"port {address}", CheckResult.Passed, runs ? $"{container.Spec.Name} runs" : "is free");
        }
    }

    /// <summary>Two listeners collide on the same port of the same address, or when one of them takes every address.</summary>
    internal static bool Collide(string one, string other)
    {
        (string address, string port) = Split(one);
        (string otherAddress, string otherPort) = Split(other);
        return port == otherPort && (address == otherAddress || IsAny(address) || IsAny(otherAddress));

        static bool IsAny(string text) => text is "0.0.0.0" or "::" or "*";
        static (string Address, string Port) Split(string text) => text.LastIndexOf(':') is var colon && colon < 0 ? (text, "") : (text[..colon].Trim('[', ']'), text[(colon + 1)..]);
    }

    private IEnumerable<Check> Strangers(string name, ObservedHost now) => now.Containers.Values
        .Where(container => container.Labels.GetValueOrDefault(OurLabels.Site) != desired.SiteId)
        .Select(container => container.Labels.ContainsKey(OurLabels.Kolla) && !container.Labels.ContainsKey(OurLabels.Site)
            ? new Check(name, $"container {container.Name}", CheckResult.Warning, "was made by kolla-ansible and will be taken over, with its volumes")
            : new Check(name, $"container {container.Name}", CheckResult.Failed, "has a name that we need, but was made by somebody else", "rename or remove it, or set container_prefix in globals.yml"));

    private IEnumerable<DesiredContainer> Here(string name) => desired.Containers.Where(container => container.Host == name && desired.IsTagged(container.Service));
}
