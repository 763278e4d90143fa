using System.Collections.Immutable;

namespace KollaNet.Engine.Hosts.Facts;

/// <summary>A host's own files about itself, unread; an absent file is an empty text. The same whether they came from here or through SSH.</summary>
internal sealed record RawFacts
{
    /// <summary><c>/proc/sys/kernel/hostname</c>.</summary>
    public string Hostname { get; init; } = "";

    /// <summary><c>/etc/os-release</c>.</summary>
    public string OsRelease { get; init; } = "";

    /// <summary><c>/proc/cpuinfo</c>, only its <c>processor</c> lines needed.</summary>
    public string CpuInfo { get; init; } = "";

    /// <summary><c>/proc/meminfo</c>.</summary>
    public string MemInfo { get; init; } = "";

    /// <summary><c>/proc/net/route</c>.</summary>
    public string Routes { get; init; } = "";

    /// <summary><c>/proc/net/ipv6_route</c>.</summary>
    public string RoutesV6 { get; init; } = "";

    /// <summary><c>/proc/net/tcp</c>.</summary>
    public string Tcp { get; init; } = "";

    /// <summary><c>/proc/net/tcp6</c>.</summary>
    public string TcpV6 { get; init; } = "";

    /// <summary><c>/proc/PID/status</c> of the engine's daemon, or of our own process.</summary>
    public string DaemonStatus { get; init; } = "";

    /// <summary><c>/proc/PID/limits</c> of the same process.</summary>
    public string DaemonLimits { get; init; } = "";

    /// <summary><c>/proc/sys/fs/nr_open</c>.</summary>
    public string NrOpen { get; init; } = "";

    /// <summary><c>/proc/filesystems</c>.</summary>
    public string FileSystems { get; init; } = "";

    /// <summary><c>/proc/1/comm</c>.</summary>
    public string FirstProcess { get; init; } = "";

    /// <summary>Interface name to its addresses, of interfaces that are up.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<string>> Addresses { get; init; } = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty;
}
