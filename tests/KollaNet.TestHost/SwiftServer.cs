using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace KollaNet.TestHost;

/// <summary>
/// A real Swift in a container of its own, on free loopback ports, for tests: tempauth, one device in memory, one copy, and the S3 API. It ends with the test
/// process, whatever happens to that. Await <see cref="StartedAsync"/> for the one that all tests of the process share.
/// </summary>
public sealed class SwiftServer : IAsyncDisposable
{
    private static readonly Lazy<Task<SwiftServer>> Shared = new(() => StartAsync(2L << 30, CancellationToken.None));
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(120);

    private readonly string name = "kollanet-test-swift-" + RandomNumberGenerator.GetHexString(8, lowercase: true);
    private readonly LastLines log = new();
    private readonly int[] ports = FreePort.Find(5);
    private readonly List<Process> containers = [];

    private SwiftServer()
    {
    }

    /// <summary>Its network, which can be cut; null for a server on the host's.</summary>
    public ContainerNetwork? Network { get; private set; }

    /// <summary>The proxy, without a path.</summary>
    public string Url => $"http://{Host}:{ports[0]}";

    /// <summary>Where tempauth gives tokens.</summary>
    public string AuthUrl => $"{Url}/auth/v1.0";

    /// <summary>The account of <see cref="User"/>.</summary>
    public string StorageUrl => $"{Url}/v1/AUTH_test";

    /// <summary>An administrator of the account; also the access key of the S3 API.</summary>
    public string User { get; } = "test:tester";

    /// <summary>Its password; also the secret of the S3 API.</summary>
    public string Key { get; } = "testing";

    private string Host => Network?.Address ?? "127.0.0.1";

    /// <summary>The server shared by all tests of this process; the first call starts it (several seconds).</summary>
    public static Task<SwiftServer> StartedAsync(CancellationToken cancel) => Shared.Value.WaitAsync(cancel);

    /// <summary>Starts a server of the caller's own, to be stopped, filled and broken.</summary>
    /// <param name="deviceBytes">Room on its one device.</param>
    /// <param name="ownNetwork">Whether it has a <see cref="Network"/> of its own.</param>
    public static async Task<SwiftServer> StartAsync(long deviceBytes, CancellationToken cancel, bool ownNetwork = false)
    {
        IReadOnlyList<string> images = await TestImages.EnsureAsync(cancel, "swift-base", "memcached");
        for (int attempt = 1; ; attempt++)
        {
            var server = new SwiftServer();
            try
            {
                await server.RunAsync(images[0], images[1], deviceBytes, ownNetwork, cancel);
                return server;
            }
            catch (InvalidOperationException) when (attempt < 3)
            {
                await server.DisposeAsync();   // most likely somebody took a port between our look and the server's start
            }
            catch
            {
                await server.DisposeAsync();
                throw;
            }
        }
    }

    /// <summary>Sends one of <c>proxy</c>, <c>account</c>, <c>container</c>, <c>object</c> a signal: TERM, KILL, STOP or CONT. Returns when a server that has to end has ended.</summary>
    public Task SignalAsync(string server, string signal, CancellationToken cancel = default) =>
        DockerCommand.RunAsync(["exec", name, "bash", "-c", SwiftContainer.Signal(server, signal)], input: null, cancel);

    /// <summary>Makes every token that was given out a bad one.</summary>
    public async Task ForgetTokensAsync(CancellationToken cancel = default)
    {
        using var memcached = new TcpClient();
        await memcached.ConnectAsync(Host, ports[4], cancel);
        await memcached.GetStream().WriteAsync("flush_all\r\n"u8.ToArray(), cancel);
        await memcached.GetStream().ReadExactlyAsync(new byte[4], cancel);   // OK and a line's end.
    }

    /// <summary>Starts a server that was ended, and waits until it all works.</summary>
    public async Task StartServerAsync(string server, CancellationToken cancel = default)
    {
        await DockerCommand.RunAsync(["exec", "--detach", name, "bash", "-c", SwiftContainer.Start, "start", server], input: null, cancel);
        await BeReadyAsync(cancel);
    }

    /// <summary>Removes the containers with all their data.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (Process container in containers)
        {
            using Process ending = container;
            ending.StandardInput.Close();
            await ending.WaitForExitAsync();
        }

        containers.Clear();
    }

    private async Task RunAsync(string image, string memcachedImage, long deviceBytes, bool ownNetwork, CancellationToken cancel)
    {
        string memcachedName = $"{name}-memcached", listen = ownNetwork ? "0.0.0.0" : "127.0.0.1";
        string[] memcached = ["run", "--rm", "--interactive", "--name", memcachedName, "--network", ownNetwork ? "bridge" : "host", "--entrypoint", "/bin/bash", memcachedImage, "-c",
            $"memcached -l {listen} -p {ports[4]} -U 0 -m 32 & cat >/dev/null"];
        containers.Add(DockerCommand.Start(memcached, log.Add));
        if (ownNetwork) Network = await ContainerNetwork.OfAsync(memcachedName, cancel).WaitAsync(ReadyWithin, cancel);
        Dictionary<string, string> environment = SwiftContainer.Environment(ports, listen);
        containers.Add(DockerCommand.Start(SwiftContainer.RunArguments(name, image, environment, deviceBytes, ownNetwork ? $"container:{memcachedName}" : "host"), log.Add, environment));
        await BeReadyAsync(cancel);
    }

    private async Task BeReadyAsync(CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(ReadyWithin);
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        while (!await StoresAsync(http, deadline.Token))
        {
            if (containers.Exists(container => container.HasExited))
                throw new InvalidOperationException($"The Swift container {name} ended before its servers were ready. Its log ends:\n{log}");
            await Task.Delay(TimeSpan.FromMilliseconds(100), deadline.Token);
        }
    }

    /// <summary>A stored object and not only a healthy proxy: that one answers before the servers behind it do.</summary>
    private async Task<bool> StoresAsync(HttpClient http, CancellationToken cancel)
    {
        try
        {
            using var login = new HttpRequestMessage(HttpMethod.Get, AuthUrl) { Headers = { { "X-Auth-User", User }, { "X-Auth-Key", Key } } };
            using HttpResponseMessage welcome = await http.SendAsync(login, cancel);
            if (!welcome.IsSuccessStatusCode) return false;
            foreach (string path in new[] { "ready", "ready/object" })
            {
                using var put = new HttpRequestMessage(HttpMethod.Put, $"{StorageUrl}/{path}") { Content = new ByteArrayContent([]) };
                put.Headers.Add("X-Auth-Token", welcome.Headers.GetValues("X-Auth-Token"));
                using HttpResponseMessage stored = await http.SendAsync(put, cancel);
                if (!stored.IsSuccessStatusCode) return false;
            }

            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
