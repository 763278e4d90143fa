using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Containers.Docker;
using KollaNet.Engine.Planning;
using KollaNet.TestHost;

namespace KollaNet.EndToEnd.Sites;

/// <summary>A site of the tests' own on this machine's real engine: own folder, loopback address, ports, container and volume names. Nothing of it stays.</summary>
public sealed class TestSite : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private const int FirstAddress = 90, LastAddress = 99;

    private readonly MachineLock reserved;
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kollanet-test-site-");
    private readonly int number;

    private TestSite(MachineLock reserved, int number)
    {
        this.reserved = reserved;
        this.number = number;
        Directory.CreateDirectory(WorkFolder);
    }

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Begins the name of everything that this site makes on the engine.</summary>
    public string Prefix => $"kntest_{number}_";

    public string Address => $"127.0.0.{number}";

    public int GlancePort { get; } = 15501;

    public int KeystonePort { get; } = 15502;

    public int DatabasePort { get; } = 15503;

    public int MemcachedPort { get; } = 15504;

    public Uri Glance => new($"http://{Address}:{GlancePort}/");

    public Uri Keystone => new($"http://{Address}:{KeystonePort}/v3/");

    /// <summary>Where commands run, and where the openstack client finds and leaves files.</summary>
    public string WorkFolder => Path.Combine(folder.FullName, "work");

    public string ConfigFolder => folder.FullName;

    public DockerEngine Engine { get; } = DockerEngine.AtSocket(DockerEngine.DefaultSocket);

    /// <summary>A site with images, configuration and passwords, but nothing deployed.</summary>
    /// <param name="withKeystone">False: only the database and the image service.</param>
    public static async Task<TestSite> CreateAsync(bool withKeystone, CancellationToken cancel)
    {
        await TestImages.EnsureAsync(cancel, "glance-api", "mariadb-server");
        TestSite site = await ReserveAsync(cancel);
        await site.RemoveAllAsync();   // what a run that was killed may have left under this name
        site.WriteGlobals(withKeystone ? [] : ["enable_keystone: \"no\""]);
        (await site.RunAsync("genpwd")).ShouldSucceed();
        return site;
    }

    /// <summary>Writes <c>globals.yml</c>; later lines win over the ones that every site has.</summary>
    public void WriteGlobals(params string[] lines)
    {
        string all = TestImages.Globals + $"""
            api_interface_address: "{Address}"
            kolla_internal_vip_address: "{Address}"
            container_prefix: "{Prefix}"
            node_config: "{Path.Combine(ConfigFolder, "node")}"
            glance_api_port: {GlancePort}
            keystone_public_port: {KeystonePort}
            database_port: {DatabasePort}
            memcached_port: {MemcachedPort}
            mariadb_innodb_buffer_pool_size_mb: 128
            mariadb_max_connections: 200
            memcached_max_memory: 64
            openstack_service_workers: 1

            """;
        File.WriteAllText(Path.Combine(ConfigFolder, "globals.yml"), all);
        Directory.CreateDirectory(Path.Combine(ConfigFolder, "globals.d"));
        File.WriteAllLines(Path.Combine(ConfigFolder, "globals.d", "test.yml"), lines);
    }

    /// <summary>Writes a file below the operator's overrides, or removes it when <paramref name="text"/> is null.</summary>
    public void WriteOverride(string name, string? text)
    {
        string path = Path.Combine(ConfigFolder, "config", name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (text is null) File.Delete(path);
        else File.WriteAllText(path, text);
    }

    public string PasswordsFile => Path.Combine(ConfigFolder, "passwords.yml");

    public string Password(string key) => Regex.Match(File.ReadAllText(PasswordsFile), $"^{key}: *\"?([^\"\n]*)", RegexOptions.Multiline).Groups[1].Value;

    /// <summary>Runs a command on this site.</summary>
    public Task<CliResult> RunAsync(params string[] arguments) => CommandLine.RunAsync(WorkFolder, Arguments(arguments), Cancel);

    /// <summary>Starts a command on this site.</summary>
    public CommandLine Start(params string[] arguments) => CommandLine.Start(WorkFolder, Arguments(arguments));

    /// <summary>Runs the unmodified client and returns what it printed.</summary>
    public async Task<string> OpenstackAsync(params string[] arguments) => (await RunAsync(["openstack", .. arguments])).ShouldSucceed().Output.Trim();

    /// <summary>One of this site's containers, by Kolla's name for it; null when there is none.</summary>
    public Task<ObservedContainer?> FindAsync(string container) => Engine.FindContainerAsync(Prefix + container, Cancel);

    /// <summary>Every container of this site by name: id, image and start of the last run, so that two looks can be compared.</summary>
    public async Task<IReadOnlyDictionary<string, string>> SnapshotAsync() =>
        (await Engine.ListContainersAsync($"{OurLabels.Site}={Prefix}", Cancel)).ToDictionary(container => container.Name, container => $"{container.Id} {container.State} since {container.StartedAt:O}");

    /// <summary>Names of all containers and volumes on the engine that begin with this site's prefix, whoever made them.</summary>
    public async Task<ImmutableArray<string>> NamesAsync() =>
    [
        .. (await Engine.ListContainersAsync(null, CancellationToken.None)).Select(container => container.Name).Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)),
        .. (await Engine.ListVolumesAsync(null, CancellationToken.None)).Select(volume => volume.Name).Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)),
    ];

    /// <summary>The image files in the volume, by name.</summary>
    public async Task<ImmutableArray<string>> ImageFilesAsync()
    {
        ObservedVolume volume = (await Engine.ListVolumesAsync(null, Cancel)).Single(volume => volume.Name == Prefix + "kolla_glance");
        string images = Path.Combine(volume.Mountpoint, "images");
        return Directory.Exists(images) ? [.. Directory.GetFiles(images).Order(StringComparer.Ordinal)] : [];
    }

    /// <summary>Waits for a state; fails with what was looked for when it does not come in time.</summary>
    public static async Task UntilAsync(string what, Func<Task<bool>> holds)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        deadline.CancelAfter(Patience);
        while (!await holds())
        {
            deadline.IsCancellationRequested.Should().BeFalse("within {0} {1}", Patience, what);
            await Task.Delay(TimeSpan.FromMilliseconds(100), CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await RemoveAllAsync();
        Engine.Dispose();
        folder.Delete(recursive: true);
        reserved.Dispose();
    }

    private string[] Arguments(string[] arguments) => ["--configdir", ConfigFolder, .. arguments];

    private async Task RemoveAllAsync()
    {
        foreach (string name in await NamesAsync()) await Engine.RemoveContainerAsync(name, CancellationToken.None);
        foreach (string name in await NamesAsync()) await Engine.RemoveVolumeAsync(name, CancellationToken.None);
    }

    private static async Task<TestSite> ReserveAsync(CancellationToken cancel)
    {
        while (true)
        {
            for (int number = FirstAddress; number <= LastAddress; number++)
                if (MachineLock.TryTake($"site-{number.ToString(CultureInfo.InvariantCulture)}") is { } reserved) return new TestSite(reserved, number);
            await Task.Delay(TimeSpan.FromMilliseconds(200), cancel);
        }
    }
}
