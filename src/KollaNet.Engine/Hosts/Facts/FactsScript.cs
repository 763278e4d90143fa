using System.Collections.Immutable;
using System.Net;

namespace KollaNet.Engine.Hosts.Facts;

/// <summary>Fetches a remote host's files about itself in one go.</summary>
internal static class FactsScript
{
    private const string Mark = "@@kollanet ";

    /// <summary>Prints each file after a line that names it.</summary>
    public const string Text = $$"""
        show() { printf '\n{{Mark}}%s\n' "$1"; shift; "$@" 2>/dev/null; }
        daemon=/proc/self
        pid=$(cat /var/run/docker.pid 2>/dev/null)
        [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = dockerd ] && daemon=/proc/$pid
        show hostname cat /proc/sys/kernel/hostname
        show os-release cat /etc/os-release
        show cpus grep '^processor' /proc/cpuinfo
        show memory cat /proc/meminfo
        show routes cat /proc/net/route
        show routes6 cat /proc/net/ipv6_route
        show tcp cat /proc/net/tcp
        show tcp6 cat /proc/net/tcp6
        show status cat "$daemon/status"
        show limits cat "$daemon/limits"
        show nr_open cat /proc/sys/fs/nr_open
        show filesystems cat /proc/filesystems
        show first cat /proc/1/comm
        PATH=$PATH:/usr/sbin:/sbin
        command -v ip >/dev/null || { echo 'the command ip is missing: apt-get install iproute2' >&2; exit 1; }
        show links ip -o link show
        show addresses ip -o address show
        exit 0
        """;

    public static RawFacts Read(string output)
    {
        Dictionary<string, string> parts = output.Split($"\n{Mark}", StringSplitOptions.RemoveEmptyEntries)
            .Select(part => part.Split('\n', 2)).ToDictionary(part => part[0].Trim(), part => part.ElementAtOrDefault(1) ?? "");
        string Part(string name) => parts.GetValueOrDefault(name, "");
        return new RawFacts
        {
            Hostname = Part("hostname"),
            OsRelease = Part("os-release"),
            CpuInfo = Part("cpus"),
            MemInfo = Part("memory"),
            Routes = Part("routes"),
            RoutesV6 = Part("routes6"),
            Tcp = Part("tcp"),
            TcpV6 = Part("tcp6"),
            DaemonStatus = Part("status"),
            DaemonLimits = Part("limits"),
            NrOpen = Part("nr_open"),
            FileSystems = Part("filesystems"),
            FirstProcess = Part("first"),
            Addresses = Addresses(Part("links"), Part("addresses")),
        };
    }

    /// <summary>Links look like <c>2: eth0@if5: &lt;…&gt; … state UP …</c>, addresses like <c>2: eth0    inet 10.0.0.2/24 …</c>.</summary>
    private static ImmutableSortedDictionary<string, ImmutableArray<string>> Addresses(string links, string addresses)
    {
        ILookup<string, IPAddress> found = Rows(addresses).Where(words => words.Length > 3 && words[2] is "inet" or "inet6")
            .ToLookup(words => words[1], words => IPAddress.Parse(words[3].Split('/')[0]));
        return Rows(links).Where(words => words.Length > 3 && State(words) is "UP" or "UNKNOWN")
            .Select(words => words[1].TrimEnd(':').Split('@')[0])
            .ToImmutableSortedDictionary(name => name, name => FactsParser.InOrder(found[name]), StringComparer.Ordinal);
    }

    private static string? State(string[] words) => Array.IndexOf(words, "state") is >= 0 and int at && at + 1 < words.Length ? words[at + 1] : null;

    private static IEnumerable<string[]> Rows(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries));
}
