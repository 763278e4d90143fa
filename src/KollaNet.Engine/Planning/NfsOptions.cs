using System.Globalization;
using KollaNet.Engine.Site;

namespace KollaNet.Engine.Planning;

/// <summary>Options of a volume that lies on an NFS server. Docker hands them to mount(2) as they are, so that nothing else would check them before a container starts. Source: nfs(5).</summary>
internal static class NfsOptions
{
    private static readonly string[] Versions = ["3", "4", "4.0", "4.1", "4.2"];

    /// <summary>Of nfs(5) and mount(8). The kernel refuses others only when it mounts, or ignores them (<c>sloppy</c>).</summary>
    private static readonly string[] Known =
    [
        "addr", "rw", "ro", "soft", "softerr", "hard", "softreval", "nosoftreval", "intr", "nointr", "timeo", "retrans", "retry", "rsize", "wsize", "ac", "noac", "acregmin", "acregmax", "acdirmin", "acdirmax", "actimeo",
        "bg", "fg", "nconnect", "max_connect", "trunkdiscovery", "notrunkdiscovery", "rdirplus", "nordirplus", "sec", "sharecache", "nosharecache", "resvport", "noresvport", "lookupcache", "fsc", "nofsc", "sloppy", "proto", "udp",
        "tcp", "rdma", "port", "mountport", "mountproto", "mounthost", "mountvers", "namlen", "nfsvers", "vers", "minorversion", "lock", "nolock", "cto", "nocto", "acl", "noacl", "local_lock", "clientaddr", "migration", "nomigration",
        "xprtsec", "write", "defaults", "sync", "async", "atime", "noatime", "diratime", "nodiratime", "relatime", "norelatime", "strictatime", "exec", "noexec", "suid", "nosuid", "dev", "nodev", "_netdev", "nofail", "context",
    ];

    /// <summary>Whether they mount NFS.</summary>
    public static bool IsNfs(IReadOnlyDictionary<string, string> options) => options.GetValueOrDefault("type") is "nfs" or "nfs4";

    /// <param name="report">Called with what cannot work.</param>
    /// <param name="notice">Called with what works but may surprise.</param>
    public static void Check(IReadOnlyDictionary<string, string> options, Action<string> report, Action<string> notice)
    {
        ILookup<string, string?> mount = options.GetValueOrDefault("o", "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(option => option.Split('=', 2)).ToLookup(pair => pair[0], pair => pair.ElementAtOrDefault(1));
        string device = options.GetValueOrDefault("device", "");
        if (string.IsNullOrEmpty(mount["addr"].LastOrDefault())) report("'o' names no server; it needs addr=ADDRESS");
        if (device.IndexOf(':', StringComparison.Ordinal) is var colon && (colon < 0 || colon + 1 >= device.Length || device[colon + 1] != '/')) report($"device is '{device}'; NFS needs the path that the server exports, as \":/export\"");
        foreach (string name in mount.Select(option => option.Key).Where(name => !Known.Contains(name)))
            report($"'{name}' in 'o' is not a mount option of NFS{Suggestion.Phrase(name, Known)}");
        if (mount.Contains("ro")) report("'o' has ro: images could not be stored; use rw");
        string? version = mount["nfsvers"].Concat(mount["vers"]).LastOrDefault();
        if (version is not null && !Versions.Contains(version)) report($"nfsvers={version} is not a version of NFS; known are {string.Join(", ", Versions)}");
        foreach (string name in (string[])["timeo", "retrans"])
            if (mount.Contains(name) && !int.TryParse(mount[name].Last(), NumberStyles.None, CultureInfo.InvariantCulture, out _)) report($"{name}={mount[name].Last()} is not a whole number");
        if (version is null) notice("'o' names no nfsvers; the kernel takes one of its own choice. nfsvers=4.1 is a good one");
        if (!mount.Contains("soft") && !mount.Contains("softerr")) notice("without soft in 'o', whatever touches images hangs for as long as the NFS server is away; soft,timeo=100,retrans=3 makes that an error");
    }
}
