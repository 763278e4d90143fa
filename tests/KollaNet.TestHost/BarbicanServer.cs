using System.Diagnostics;
using System.Security.Cryptography;

namespace KollaNet.TestHost;

/// <summary>A real Barbican, Debian's package, in a container of its own on a free loopback port. It goes by <c>X-Project-Id</c> instead of Keystone's tokens, as its own pipeline
/// for sites without Keystone does, and keeps secrets in SQLite. It ends with the test process, whatever happens to that.</summary>
public sealed class BarbicanServer : IAsyncDisposable
{
    private static readonly Lazy<Task<BarbicanServer>> Shared = new(() => StartAsync(CancellationToken.None));
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(180);
    private static readonly string[] Packages = ["barbican-common", "openssl", "python3-barbican", "python3-castellan", "python3-cursive"];

    // The container lives as long as its standard input: when the test process dies, however it dies, nothing stays behind.
    private const string Script = """
        set -eu
        cat > /etc/barbican/barbican.conf <<CONF
        [DEFAULT]
        sql_connection = sqlite:////tmp/barbican.sqlite
        host_href = http://127.0.0.1:$TEST_PORT
        CONF
        sed -i 's/^.v1: .*/\/v1: barbican_api/' /etc/barbican/barbican-api-paste.ini
        barbican-db-manage upgrade > /dev/null 2>&1
        cat > /tmp/serve.py <<PYTHON
        import sys
        from wsgiref import simple_server
        sys.argv = ['barbican-api']
        from barbican.api import app
        simple_server.make_server('127.0.0.1', $TEST_PORT, app.get_api_wsgi_script()).serve_forever()
        PYTHON
        python3 /tmp/serve.py > /tmp/barbican.log 2>&1 & cat > /dev/null
        """;

    private readonly string name = "kollanet-test-barbican-" + RandomNumberGenerator.GetHexString(8, lowercase: true);
    private readonly int port = FreePort.Find();
    private readonly Queue<string> lastLines = new();
    private Process? container;

    private BarbicanServer()
    {
    }

    /// <summary>Where it listens, without <c>/v1</c>.</summary>
    public Uri Address => new($"http://127.0.0.1:{port}");

    /// <summary>The server shared by all tests of this process; the first call starts it.</summary>
    public static Task<BarbicanServer> StartedAsync(CancellationToken cancel) => Shared.Value.WaitAsync(cancel);

    /// <summary>Runs a script of <c>bash</c> in its container, which has <c>openssl</c>, <c>curl</c> and the library <c>cursive</c> of Python.</summary>
    /// <returns>What it printed.</returns>
    /// <exception cref="InvalidOperationException">It failed; its output is in the message.</exception>
    public Task<string> ExecuteAsync(string script, CancellationToken cancel) => DockerCommand.RunAsync(["exec", "--interactive", name, "bash", "-s"], script, cancel);

    /// <summary>Removes the container with all its data.</summary>
    public async ValueTask DisposeAsync()
    {
        if (container is null) return;
        using Process ending = container;
        container = null;
        ending.StandardInput.Close();
        await ending.WaitForExitAsync();
    }

    private static async Task<BarbicanServer> StartAsync(CancellationToken cancel)
    {
        string image = await DebianImage.EnsureAsync("barbican", Packages, cancel);
        var server = new BarbicanServer();
        try
        {
            await server.RunAsync(image, cancel);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    private async Task RunAsync(string image, CancellationToken cancel)
    {
        container = DockerCommand.Start(
            ["run", "--rm", "--interactive", "--name", name, "--network", "host", "--env", $"TEST_PORT={port}", image, "bash", "-c", Script], KeepLine);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(ReadyWithin);
        using var http = new HttpClient();
        while (!await AnswersAsync(http, deadline.Token))
        {
            if (container is { HasExited: true }) throw new InvalidOperationException($"The Barbican container {name} ended before its server was ready:\n{LastLines()}");
            await Task.Delay(TimeSpan.FromMilliseconds(100), deadline.Token);
        }
    }

    private async Task<bool> AnswersAsync(HttpClient http, CancellationToken cancel)
    {
        try
        {
            using HttpResponseMessage answer = await http.GetAsync(Address, cancel);
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private void KeepLine(string line)
    {
        lock (lastLines)
        {
            lastLines.Enqueue(line);
            if (lastLines.Count > 20) lastLines.Dequeue();
        }
    }

    private string LastLines()
    {
        lock (lastLines) return string.Join('\n', lastLines);
    }
}
