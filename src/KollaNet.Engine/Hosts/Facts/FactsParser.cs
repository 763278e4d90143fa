using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace KollaNet.Engine.Hosts.Facts;

/// <summary>Reads a host's own files about itself. Source: Linux, <c>proc(5)</c>; systemd, <c>os-release(5)</c>.</summary>
internal static class FactsParser
{
    /// <summary>CAP_SYS_RESOURCE: may raise a hard limit.</summary>
    private const int SysResource = 24;

    private const string TcpListen = "0A";

    public static HostFacts Parse(RawFacts raw)
    {
        Dictionary<string, string> release = OsRelease(raw.OsRelease);
        ulong bounds = ulong.TryParse(Field(raw.DaemonStatus, "CapBnd:"), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong set) ? set : 0;
        return new HostFacts
        {
            Hostname = raw.Hostname.Trim(),
            DistributionId = release.GetValueOrDefault("ID", ""),
            DistributionVersion = release.GetValueOrDefault("VERSION_ID", ""),
            DistributionCodename = release.GetValueOrDefault("VERSION_CODENAME", ""),
            ProcessorCount = Lines(raw.CpuInfo).Count(line => line.StartsWith("processor", StringComparison.Ordinal)),
            MemoryBytes = Number(Field(raw.MemInfo, "MemTotal:").Split(' ')[0]) * 1024,
            Addresses = raw.Addresses,
            DefaultInterface = DefaultInterface(raw),
            CapabilityBounds = bounds,
            HardNofile = HardNofile(raw, mayRaise: (bounds >> SysResource & 1) == 1),
            ListeningPorts = [.. Listening(raw.Tcp).Concat(Listening(raw.TcpV6)).Distinct().Order(StringComparer.Ordinal)],
            FileSystems = [.. Lines(raw.FileSystems).Select(line => line.Split('\t')[^1].Trim()).Where(name => name.Length > 0).Order(StringComparer.Ordinal)],
            HasSystemd = raw.FirstProcess.Trim() == "systemd",
        };
    }

    /// <summary>IPv4 first, as Ansible's <c>default_ipv4</c> is what most templates ask for; addresses that only the link knows come last.</summary>
    public static ImmutableArray<string> InOrder(IEnumerable<IPAddress> addresses) => [.. addresses
        .OrderBy(address => address.AddressFamily is AddressFamily.InterNetwork ? 0 : address.IsIPv6LinkLocal ? 2 : 1)
        .Select(address => address.ToString().Split('%')[0])];

    private static Dictionary<string, string> OsRelease(string text) => Lines(text)
        .Select(line => line.Split('=', 2)).Where(parts => parts.Length == 2 && !parts[0].StartsWith('#'))
        .GroupBy(parts => parts[0].Trim()).ToDictionary(group => group.Key, group => group.Last()[1].Trim().Trim('"', '\''));

    /// <summary>A daemon that may raise its limit can give containers as much as the kernel allows one process.</summary>
    private static long HardNofile(RawFacts raw, bool mayRaise)
    {
        string[] words = Field(raw.DaemonLimits, "Max open files").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        long hard = words.Length > 1 && words[1] != "unlimited" ? Number(words[1]) : 0;
        return mayRaise || hard == 0 ? Math.Max(hard, Number(raw.NrOpen.Trim())) : hard;
    }

    /// <summary>Of several default routes, the one with the lowest metric; IPv6 only when IPv4 has none.</summary>
    private static string? DefaultInterface(RawFacts raw)
    {
        var v4 = Lines(raw.Routes).Skip(1).Select(Words).Where(words => words.Length > 7 && words[1] == "00000000" && words[7] == "00000000")
            .Select(words => (Name: words[0], Metric: Number(words[6])));
        var v6 = Lines(raw.RoutesV6).Select(Words).Where(words => words.Length > 9 && words[1] == "00" && words[0].All(digit => digit == '0') && words[9] != "lo")
            .Select(words => (Name: words[9], Metric: long.Parse(words[5], NumberStyles.HexNumber, CultureInfo.InvariantCulture)));
        return v4.OrderBy(route => route.Metric).Concat(v6.OrderBy(route => route.Metric)).Select(route => route.Name).FirstOrDefault();
    }

    private static IEnumerable<string> Listening(string table) => Lines(table).Skip(1).Select(Words)
        .Where(words => words.Length > 3 && words[3] == TcpListen).Select(words => Endpoint(words[1]));

    /// <summary>An address is one or four 32-bit words in the machine's own byte order, each written as hex.</summary>
    internal static string Endpoint(string hex)
    {
        string[] parts = hex.Split(':');
        byte[] address = new byte[parts[0].Length / 2];
        for (int word = 0; word < address.Length; word += 4)
        {
            uint value = uint.Parse(parts[0].AsSpan(word * 2, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            BinaryPrimitives.WriteUInt32LittleEndian(address.AsSpan(word), value);
        }
        return $"{new IPAddress(address)}:{int.Parse(parts[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture)}";
    }

    private static string Field(string text, string name) =>
        Lines(text).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..].Trim() ?? "";

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string[] Words(string line) => line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);

    private static long Number(string text) => long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out long number) ? number : 0;
}
