using System.Collections.Immutable;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Site;

namespace KollaNet.Engine.Tests.Site;

/// <summary>A configuration folder, an inventory and a templates folder of one test, on disk and gone afterwards.</summary>
public sealed class SiteFolder : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("kollanet-site-").FullName;

    public SiteFolder()
    {
        Directory.CreateDirectory(ConfigFolder);
        Write("etc/globals.yml", "---\nnetwork_interface: eth0\n");
        Write("inventory", OneHost);
        Templates = RealTemplates;
    }

    public const string OneHost = """
        [control]
        node1 ansible_connection=local
        [mariadb:children]
        control
        [memcached:children]
        control
        [keystone:children]
        control
        [glance:children]
        control
        [glance-api:children]
        glance
        [swift-proxy-server:children]
        control
        [swift-account-server:children]
        control
        [swift-container-server:children]
        control
        [swift-object-server:children]
        control
        [ceph-mon:children]
        control
        [ceph-mgr:children]
        control
        [ceph-osd:children]
        control
        [ceph-rgw:children]
        control
        """;

    public static string Repository { get; } = FindRepository();

    public static string RealTemplates => Path.Combine(Repository, "templates");

    public string ConfigFolder => Path.Combine(root, "etc");

    public string Templates { get; set; }

    public string Inventory => Path.Combine(root, "inventory");

    public string[]? Inventories { get; set; }

    public string[] Extra { get; set; } = [];

    public string? Limit { get; set; }

    public string[] Tags { get; set; } = [];

    /// <summary>A templates folder of its own instead of the real one.</summary>
    public SiteFolder WithTemplates(params (string Path, string Text)[] files)
    {
        Templates = Path.Combine(root, "templates");
        Directory.CreateDirectory(Templates);
        foreach ((string path, string text) in files) Write($"templates/{path}", text);
        return this;
    }

    public SiteFolder Globals(string text) => Write("etc/globals.yml", text);

    public SiteFolder AllPasswords() => Write("etc/passwords.yml", """
        database_password: dbpass-1234
        memcache_secret_key: memcache-1234
        keystone_admin_password: admin-1234
        keystone_database_password: ksdb-1234
        glance_database_password: gldb-1234
        glance_keystone_password: glks-1234
        glance_http_basic_salt: abcdefghijklmnopqrstuu
        swift_keystone_password: swks-1234
        swift_hash_path_prefix: 5d8f0c34-91a3-4b18-9a87-c0b1a2d3e4f5
        swift_hash_path_suffix: 0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d
        ceph_cluster_fsid: 6c5f2a4e-2f0e-4a7e-9b57-3f7a2f1f6b10
        ceph_osd_uuid: 0d0c5b6a-7d0b-4c86-8a3c-9a1d7c2b4e55
        ceph_mon_key: cephmon-1234
        ceph_admin_key: cephadm-1234
        ceph_mgr_key: cephmgr-1234
        ceph_osd_key: cephosd-1234
        ceph_rgw_key: cephrgw-1234
        ceph_glance_key: cephgl-1234
        ceph_rgw_glance_access_key: s3access-1234
        ceph_rgw_glance_secret_key: s3secret-1234
        """);

    public SiteFolder Write(string path, string text)
    {
        string full = Path.Combine(root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
        if (path == "etc/passwords.yml") File.SetUnixFileMode(full, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return this;
    }

    public string PathOf(string path) => Path.Combine(root, path);

    public Engine.Site.Site Read() => SiteReader.Read(new SiteRequest
    {
        ConfigFolder = ConfigFolder,
        TemplatesFolder = Templates,
        Inventories = [.. Inventories ?? [Inventory]],
        ExtraVariables = [.. Extra],
        Limit = Limit,
        Tags = [.. Tags],
    });

    /// <summary>All problems as text, this test's folder left out of the paths.</summary>
    public string[] Problems() => Shorten(Read().Problems);

    public string[] Shorten(IEnumerable<SiteProblem> problems) => [.. problems.Select(problem => problem.ToString().Replace(root + "/", "", StringComparison.Ordinal))];

    public static ImmutableDictionary<string, HostFacts> Facts(params string[] hosts) =>
        hosts.ToImmutableDictionary(host => host, host => FactsOf(host, $"10.0.0.{Array.IndexOf(hosts, host) + 1}"));

    public static HostFacts FactsOf(string host, string address, string interfaceName = "eth0") => new()
    {
        Hostname = host,
        DistributionId = "debian",
        DistributionVersion = "12",
        DistributionCodename = "bookworm",
        ProcessorCount = 8,
        MemoryBytes = 4L << 30,
        Addresses = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty.Add(interfaceName, [address, "fd00::1"]).Add("lo", ["127.0.0.1"]),
        DefaultInterface = interfaceName,
        CapabilityBounds = 0,
        HardNofile = 1024,
        ListeningPorts = [],
        FileSystems = [],
    };

    public void Dispose() => Directory.Delete(root, true);

    private static string FindRepository()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "KollaNet.sln"))) folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("KollaNet.sln is not above the tests");
        return folder;
    }
}
