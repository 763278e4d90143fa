using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace KollaNet.TestHost;

/// <summary>
/// A real MariaDB in a container of its own, on a free loopback port, for tests. It ends with the test process, whatever happens to that.
/// Use it from an xUnit assembly or collection fixture: await <see cref="StartedAsync"/> when the fixture starts and dispose it when the fixture ends.
/// </summary>
public sealed class MariaDbServer : IAsyncDisposable
{
    private static readonly Lazy<Task<MariaDbServer>> Shared = new(() => StartAsync(tlsPem: null, CancellationToken.None));
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(120);

    private readonly string name = "kollanet-test-mariadb-" + RandomNumberGenerator.GetHexString(8, lowercase: true);
    private readonly LastLines log = new();
    private Process? container;
    private int databases;

    private MariaDbServer(int port) => Port = port;

    /// <summary>The address to connect to: the loopback address, as a number.</summary>
    public string Host { get; } = "127.0.0.1";

    /// <summary>The TCP port; it stays the same over <see cref="RestartAsync"/>.</summary>
    public int Port { get; }

    /// <summary>The password of <c>root</c>, who may connect over TCP.</summary>
    public string RootPassword { get; } = RandomNumberGenerator.GetHexString(16, lowercase: true);

    /// <summary>The server shared by all tests of this process; the first call starts it (several seconds). It has no TLS.</summary>
    public static Task<MariaDbServer> StartedAsync(CancellationToken cancel) => Shared.Value.WaitAsync(cancel);

    /// <summary>Starts a server of the caller's own.</summary>
    /// <param name="tlsPem">The server's certificate and private key, both in PEM; null for a server without TLS.</param>
    public static async Task<MariaDbServer> StartAsync(string? tlsPem, CancellationToken cancel)
    {
        string image = (await TestImages.EnsureAsync(cancel, "mariadb-server"))[0];
        for (int attempt = 1; ; attempt++)
        {
            var server = new MariaDbServer(FreePort.Find());
            try
            {
                await server.RunAsync(image, tlsPem, cancel);
                return server;
            }
            catch (InvalidOperationException) when (attempt < 3)
            {
                await server.DisposeAsync();   // most likely somebody took the port between our look and the server's start
            }
            catch
            {
                await server.DisposeAsync();
                throw;
            }
        }
    }

    /// <summary>Makes an empty database and a user who may do anything in it, and nothing elsewhere.</summary>
    /// <param name="nameHint">Letters, digits and underscores to recognise the database by; a number is added.</param>
    /// <returns>The connection as OpenStack writes it: <c>mysql+pymysql://user:password@127.0.0.1:port/database</c>. The default character set is utf8mb3, as Kolla's.</returns>
    public async Task<string> NewDatabaseAsync(string nameHint, CancellationToken cancel = default)
    {
        string database = $"{nameHint}_{Interlocked.Increment(ref databases)}";
        string password = RandomNumberGenerator.GetHexString(16, lowercase: true);
        await ExecuteAsRootAsync(
            $"CREATE DATABASE `{database}`; CREATE USER '{database}'@'%' IDENTIFIED BY '{password}'; GRANT ALL ON `{database}`.* TO '{database}'@'%';", cancel);
        return $"mysql+pymysql://{database}:{password}@{Host}:{Port}/{database}";
    }

    /// <summary>Runs SQL as root with MariaDB's own client, so that a test can set up what the code under test must not be trusted with.</summary>
    /// <returns>What the client printed: tab-separated rows without headings.</returns>
    public Task<string> ExecuteAsRootAsync(string sql, CancellationToken cancel = default) =>
        DockerCommand.RunAsync(
            ["exec", "--interactive", "--env", "MYSQL_PWD", name, "mariadb", "--no-defaults", "--user=root", $"--socket={MariaDbContainer.Socket}", "--batch", "--skip-column-names"],
            sql, cancel, new Dictionary<string, string> { ["MYSQL_PWD"] = RootPassword });

    /// <summary>Stops the server in an orderly way, which drops every connection, and returns when it accepts new ones. Data stays.</summary>
    /// <remarks>Tests run in parallel: restart a server of your own (<see cref="StartAsync"/>), not the shared one.</remarks>
    public async Task RestartAsync(CancellationToken cancel = default)
    {
        await DockerCommand.RunAsync(["exec", name, "sh", "-c", MariaDbContainer.StopServer], input: null, cancel);
        await BeReadyAsync(cancel);
    }

    /// <summary>Removes the container with all its data.</summary>
    public async ValueTask DisposeAsync()
    {
        if (container is null)
            return;
        using Process ending = container;
        container = null;
        ending.StandardInput.Close();
        await ending.WaitForExitAsync();
    }

    private async Task RunAsync(string image, string? tlsPem, CancellationToken cancel)
    {
        container = DockerCommand.Start(MariaDbContainer.RunArguments(name, image), log.Add, MariaDbContainer.Environment(Port, RootPassword, tlsPem));
        await BeReadyAsync(cancel);
    }

    private async Task BeReadyAsync(CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(ReadyWithin);
        while (!await GreetsAsync(deadline.Token))
        {
            if (container is null or { HasExited: true })
                throw new InvalidOperationException($"The MariaDB container {name} ended before its server was ready. Its log ends:\n{log}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), deadline.Token);
        }
    }

    // A greeting and not only an open port: a server that is about to stop, or not ready yet, sends none.
    private async Task<bool> GreetsAsync(CancellationToken cancel)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, Port, cancel);
            return await client.GetStream().ReadAsync(new byte[1], cancel) == 1;
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }
}
