using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using KollaNet.Engine.Hosts;

namespace KollaNet.Engine.Site.Variables;

/// <summary>What a host is like, under the names Ansible gives its facts.</summary>
internal static class FactVariables
{
    /// <summary>The content of <c>ansible_facts</c>; every key is also visible as <c>ansible_KEY</c>.</summary>
    public static Dictionary<string, object?> Of(HostFacts facts)
    {
        var map = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach ((string name, ImmutableArray<string> addresses) in facts.Addresses) map[Key(name)] = Interface(name, addresses);
        string? primary = facts.DefaultInterface is { } wanted && facts.Addresses.ContainsKey(wanted) ? wanted : null;
        map["interfaces"] = facts.Addresses.Keys.Select(object? (name) => name).ToList();
        map["default_ipv4"] = primary is null ? new Dictionary<string, object?>() : DefaultRoute(primary, First(facts.Addresses[primary], AddressFamily.InterNetwork));
        map["hostname"] = facts.Hostname.Split('.')[0];
        map["nodename"] = facts.Hostname;
        map["fqdn"] = facts.Hostname;
        map["processor_vcpus"] = (long)facts.ProcessorCount;
        map["processor_nproc"] = (long)facts.ProcessorCount;
        map["memtotal_mb"] = facts.MemoryBytes / (1024 * 1024);
        map["distribution"] = facts.DistributionId.Length == 0 ? "" : char.ToUpperInvariant(facts.DistributionId[0]) + facts.DistributionId[1..];
        map["distribution_release"] = facts.DistributionCodename;
        map["distribution_version"] = facts.DistributionVersion;
        map["distribution_major_version"] = facts.DistributionVersion.Split('.')[0];
        map["os_family"] = facts.DistributionId is "debian" or "ubuntu" ? "Debian" : "RedHat";
        map["system"] = "Linux";
        map["service_mgr"] = facts.HasSystemd ? "systemd" : "other";
        return map;
    }

    /// <summary>Facts of a host nobody has looked at: plausible, and with every interface anyone asks for.</summary>
    public static IReadOnlyDictionary<string, object?> Sample(string host)
    {
        ImmutableArray<string> addresses = ["192.0.2.1", "2001:db8::1"];
        Dictionary<string, object?> known = Of(new HostFacts
        {
            Hostname = host,
            DistributionId = "debian",
            DistributionVersion = "12",
            DistributionCodename = "bookworm",
            ProcessorCount = 4,
            MemoryBytes = 8L << 30,
            Addresses = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty.Add("sample0", addresses),
            DefaultInterface = "sample0",
            CapabilityBounds = ulong.MaxValue,
            HardNofile = 1048576,
            ListeningPorts = [],
            FileSystems = [],
        });
        return new LazyMap(() => known.Keys, (string key, out object? value) =>
        {
            if (!known.TryGetValue(key, out value)) value = Interface(key, addresses);
            return true;
        });
    }

    /// <summary>An interface's name as a key. Source: Ansible replaces <c>-</c> by <c>_</c>.</summary>
    private static string Key(string interfaceName) => interfaceName.Replace('-', '_');

    private static Dictionary<string, object?> Interface(string name, ImmutableArray<string> addresses)
    {
        var map = new Dictionary<string, object?>(StringComparer.Ordinal) { ["device"] = name, ["active"] = true };
        if (First(addresses, AddressFamily.InterNetwork) is { } address) map["ipv4"] = new Dictionary<string, object?> { ["address"] = address };
        map["ipv6"] = addresses.Where(a => IsOf(a, AddressFamily.InterNetworkV6)).Select(object? (a) => new Dictionary<string, object?> { ["address"] = a }).ToList();
        return map;
    }

    private static Dictionary<string, object?> DefaultRoute(string name, string? address)
    {
        var map = new Dictionary<string, object?>(StringComparer.Ordinal) { ["interface"] = name };
        if (address is not null) map["address"] = address;
        return map;
    }

    private static string? First(ImmutableArray<string> addresses, AddressFamily family) => addresses.FirstOrDefault(address => IsOf(address, family));

    private static bool IsOf(string address, AddressFamily family) => IPAddress.TryParse(address, out IPAddress? parsed) && parsed.AddressFamily == family;
}
