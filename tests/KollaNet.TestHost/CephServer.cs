using System.Diagnostics;
using System.Security.Cryptography;

namespace KollaNet.TestHost;

/// <summary>A real Ceph in a container of its own, on a loopback address of its own, for tests; objects are in memory. It ends with the test process, whatever happens to that.</summary>
public sealed class CephServer : IAsyncDisposable
{
    private static readonly Lazy<Task<CephServer>> Shared = new(() => StartAsync(CancellationToken.None));
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(180);

    private readonly string name = "kollanet-test-ceph-" + RandomNumberGenerator.GetHexString(8, lowercase: true);
    private readonly TaskCompletionSource serving = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LastLines log = new();
    private readonly DirectoryInfo files = Directory.CreateTempSubdirectory("kollanet-test-ceph-");
    private readonly SemaphoreSlim gatewayGuard = new(1);
    private CephGateway? gateway;
    private Process? container;

    private CephServer()
    {
    }

    /// <summary>Its network, which can be cut; null for a cluster on the host's.</summary>
    public ContainerNetwork? Network { get; private set; }

    /// <summary>The configuration file for clients; the keyrings of <c>client.admin</c>, <c>client.glance</c> and <c>client.reader</c> lie beside it.</summary>
    public string ConfigurationFile => Path.Combine(files.FullName, "ceph.conf");

    /// <summary>The cluster shared by all tests of this process; the first call starts it, and installs Ceph's client library when it is missing.</summary>
    public static Task<CephServer> StartedAsync(CancellationToken cancel) => Shared.Value.WaitAsync(cancel);

    /// <summary>Starts a cluster of the caller's own, for tests that break it.</summary>
    /// <param name="ownNetwork">Whether it has a <see cref="Network"/> of its own.</param>
    public static async Task<CephServer> StartAsync(CancellationToken cancel, bool ownNetwork = false)
    {
        string image = (await TestImages.EnsureAsync(cancel, "ceph"))[0];
        await TestMachine.EnsurePackagesAsync(cancel, "librbd1");
        var server = new CephServer();
        try
        {
            await server.RunAsync(image, ownNetwork, cancel);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Its S3 service; the first call starts it.</summary>
    public async Task<CephGateway> GatewayAsync(CancellationToken cancel)
    {
        await gatewayGuard.WaitAsync(cancel);
        try
        {
            return gateway ??= await StartGatewayAsync(cancel);
        }
        finally
        {
            gatewayGuard.Release();
        }
    }

    /// <summary>Runs a command in the cluster's container as its administrator: <c>ceph …</c>, <c>rbd …</c>, or a whole line of <c>bash -c</c>.</summary>
    /// <returns>What it printed.</returns>
    /// <exception cref="InvalidOperationException">It failed; its output is in the message.</exception>
    public Task<string> ExecuteAsync(CancellationToken cancel, params string[] command) => DockerCommand.RunAsync(["exec", name, .. command], input: null, cancel);

    /// <summary>Stops the OSD: it takes everything and answers nothing.</summary>
    public Task StopOsdAsync(CancellationToken cancel) => ExecuteAsync(cancel, "bash", "-c", "kill -STOP $(pidof ceph-osd)");

    /// <summary>Lets the OSD go on, and waits until it serves Ceph's own client. Its peers would have reported it down meanwhile, and it would join anew; without any it keeps its place, and waits for a
    /// read lease that only they renew: so it is reported down here, again where once was not enough.</summary>
    public Task ContinueOsdAsync(CancellationToken cancel) => ExecuteAsync(cancel, "bash", "-c", """
        kill -CONT $(pidof ceph-osd)
        for attempt in 1 2 3 4 5 6; do
            ceph osd down 0
            timeout 20 rados -p images put awake /etc/hostname && timeout 20 rados -p images rm awake && exit 0
        done
        ceph -s; exit 1
        """);

    /// <summary>Removes the container with all its data.</summary>
    public async ValueTask DisposeAsync()
    {
        if (container is not null)
        {
            using Process ending = container;
            container = null;
            ending.StandardInput.Close();
            await ending.WaitForExitAsync();
        }

        gatewayGuard.Dispose();
        if (files.Exists) files.Delete(recursive: true);
        files.Refresh();
    }

    private async Task RunAsync(string image, bool ownNetwork, CancellationToken cancel)
    {
        string[] network = ownNetwork ? ["--network", "bridge"] : ["--network", "host", "--env", $"TEST_ADDRESS={LoopbackAddress()}"];
        container = DockerCommand.Start(["run", "--rm", "--interactive", "--name", name, .. network, "--entrypoint", "/bin/bash", image, "-c", CephScript.Text], KeepLine);
        _ = container.WaitForExitAsync(CancellationToken.None).ContinueWith(_ => serving.TrySetException(new InvalidOperationException($"The Ceph container {name} ended. Its log ends:\n{log}")), TaskScheduler.Default);
        await serving.Task.WaitAsync(ReadyWithin, cancel);
        if (ownNetwork) Network = await ContainerNetwork.OfAsync(name, cancel);
        foreach (string file in (string[])["ceph.conf", "ceph.client.admin.keyring", "ceph.client.glance.keyring", "ceph.client.reader.keyring"])
            await File.WriteAllTextAsync(Path.Combine(files.FullName, file), await ExecuteAsync(cancel, "cat", $"/etc/ceph/{file}") + "\n", cancel);
        await File.AppendAllTextAsync(ConfigurationFile, $"[client]\nkeyring = {files.FullName}/$cluster.$name.keyring\n", cancel);
    }

    private async Task<CephGateway> StartGatewayAsync(CancellationToken cancel)
    {
        string address = await ExecuteAsync(cancel, "ceph-conf", "--lookup", "public_addr"), key = RandomNumberGenerator.GetHexString(16), secret = RandomNumberGenerator.GetHexString(32);
        await ExecuteAsync(cancel, "bash", "-c", CephScript.StartGateway, "start", address, key, secret);
        return new CephGateway(new Uri($"http://{address}:{CephScript.GatewayPort}"), key, secret);
    }

    /// <summary>Monitors listen on fixed ports: an address of its own keeps clusters on the host's network apart.</summary>
    private static string LoopbackAddress()
    {
        byte[] random = RandomNumberGenerator.GetBytes(3);
        return $"127.{64 + (random[0] % 128)}.{random[1]}.{1 + (random[2] % 254)}";
    }

    private void KeepLine(string line)
    {
        if (line == CephScript.Ready) serving.TrySetResult();
        log.Add(line);
    }
}

/// <summary>Ceph's S3 service, radosgw, and a user of it.</summary>
/// <param name="AccessKey">Letters and digits.</param>
public sealed record CephGateway(Uri Address, string AccessKey, string SecretKey);
