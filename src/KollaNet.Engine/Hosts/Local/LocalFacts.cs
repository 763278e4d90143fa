using System.Collections.Immutable;
using System.Net.NetworkInformation;
using KollaNet.Engine.Hosts.Facts;

namespace KollaNet.Engine.Hosts.Local;

/// <summary>Reads this machine's files about itself, without starting a process.</summary>
internal static class LocalFacts
{
    private const string DaemonPidFile = "/var/run/docker.pid";

    public static RawFacts Read()
    {
        string daemon = DaemonFolder();
        return new RawFacts
        {
            Hostname = Text("/proc/sys/kernel/hostname"),
            OsRelease = Text("/etc/os-release"),
            CpuInfo = Text("/proc/cpuinfo"),
            MemInfo = Text("/proc/meminfo"),
            Routes = Text("/proc/net/route"),
            RoutesV6 = Text("/proc/net/ipv6_route"),
            Tcp = Text("/proc/net/tcp"),
            TcpV6 = Text("/proc/net/tcp6"),
            DaemonStatus = Text($"{daemon}/status"),
            DaemonLimits = Text($"{daemon}/limits"),
            NrOpen = Text("/proc/sys/fs/nr_open"),
            FileSystems = Text("/proc/filesystems"),
            FirstProcess = Text("/proc/1/comm"),
            Addresses = Addresses(),
        };
    }

    /// <summary>What containers may have is bounded by what the engine's daemon has; until it runs, by what we have.</summary>
    private static string DaemonFolder()
    {
        string folder = $"/proc/{Text(DaemonPidFile).Trim()}";
        return Text($"{folder}/comm").Trim() == "dockerd" ? folder : "/proc/self";
    }

    private static ImmutableSortedDictionary<string, ImmutableArray<string>> Addresses() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(link => link.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown)
        .ToImmutableSortedDictionary(link => link.Name, link => FactsParser.InOrder(link.GetIPProperties().UnicastAddresses.Select(entry => entry.Address)), StringComparer.Ordinal);

    private static string Text(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception absent) when (absent is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
