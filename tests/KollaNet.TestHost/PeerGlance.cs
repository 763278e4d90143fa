using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;

namespace KollaNet.TestHost;

/// <summary>A real Glance, Debian's package, in a container of its own on a free loopback port, to compare with and to swap with. It ends with the test process,
/// whatever happens to that. Several may share a database and a folder.</summary>
public sealed class PeerGlance : IAsyncDisposable
{
    private const string Pid = "/run/glance-api.pid";
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(180);
    private static readonly string[] Packages = ["glance-api", "glance-common", "python3-boto3", "python3-pymysql", "python3-rados", "python3-rbd", "python3-swiftclient"];

    private readonly string name = "kollanet-test-glance-" + RandomNumberGenerator.GetHexString(8, lowercase: true);
    private readonly PeerGlanceSite site;
    private readonly int port = FreePort.Find();
    private readonly List<HttpClient> clients = [];
    private Process? container;

    private PeerGlance(PeerGlanceSite site) => this.site = site;

    /// <summary>Where it listens while it serves.</summary>
    public Uri Address => new($"http://127.0.0.1:{port}");

    /// <summary>Makes its container; nothing is served yet and the database is not touched.</summary>
    public static async Task<PeerGlance> CreateAsync(PeerGlanceSite site, CancellationToken cancel)
    {
        string image = await DebianImage.EnsureAsync("peer-glance", Packages, cancel);
        var peer = new PeerGlance(site);
        try
        {
            await peer.RunAsync(image, cancel);
            return peer;
        }
        catch
        {
            await peer.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes its container and its tables, and serves.</summary>
    public static async Task<PeerGlance> StartAsync(PeerGlanceSite site, CancellationToken cancel)
    {
        PeerGlance peer = await CreateAsync(site, cancel);
        await peer.ManageAsync(cancel, "db", "sync");
        await peer.ServeAsync(cancel);
        return peer;
    }

    /// <summary>Runs <c>glance-manage</c> with its configuration.</summary>
    /// <returns>What it printed.</returns>
    /// <exception cref="InvalidOperationException">It failed; its output is in the message.</exception>
    public Task<string> ManageAsync(CancellationToken cancel, params string[] arguments) =>
        ExecuteAsync(cancel, ["glance-manage", "--config-file", $"{site.OwnFolder}/glance-api.conf", .. arguments]);

    /// <summary>Runs a command in its container.</summary>
    /// <returns>What it printed.</returns>
    /// <exception cref="InvalidOperationException">It failed; its output is in the message.</exception>
    public Task<string> ExecuteAsync(CancellationToken cancel, params string[] command) => DockerCommand.RunAsync(["exec", name, .. command], input: null, cancel);

    /// <summary>Starts <c>glance-api</c> and returns when it answers.</summary>
    public async Task ServeAsync(CancellationToken cancel)
    {
        await DockerCommand.RunAsync(
            ["exec", "--detach", name, "sh", "-c", $"echo $$ > {Pid}; PYTHONPATH={site.OwnFolder} exec glance-api --config-file {site.OwnFolder}/glance-api.conf > {site.OwnFolder}/glance-api.log 2>&1"], input: null, cancel);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(ReadyWithin);
        using var http = new HttpClient();
        while (!await AnswersAsync(http, deadline.Token))
        {
            if (!await IsServingAsync(cancel)) throw new InvalidOperationException($"The peer Glance ended before it was ready. Its log ends:\n{LogTail()}");
            await Task.Delay(TimeSpan.FromMilliseconds(100), deadline.Token);
        }
    }

    /// <summary>Stops <c>glance-api</c> in an orderly way; database and files stay.</summary>
    public Task StopServingAsync(CancellationToken cancel) =>
        ExecuteAsync(cancel, "sh", "-c", $"pid=$(cat {Pid}); kill $pid; while kill -0 $pid 2>/dev/null; do sleep 0.05; done; rm {Pid}");

    /// <summary>A client that speaks as somebody; disposed with the peer.</summary>
    /// <param name="project">Id of the project.</param>
    /// <param name="roles">For example <c>member</c> and <c>reader</c>.</param>
    public HttpClient ClientOf(string project, params string[] roles)
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = Address };
        foreach ((string header, string value) in new[]
        {
            ("X-Identity-Status", "Confirmed"), ("X-Project-Id", project), ("X-User-Id", $"user-of-{project}"), ("X-Roles", string.Join(',', roles)),
        }) client.DefaultRequestHeaders.Add(header, value);
        clients.Add(client);
        return client;
    }

    /// <summary>The last lines of its log.</summary>
    public string LogTail(int lines = 40)
    {
        string log = Path.Combine(site.OwnFolder, "glance-api.log");
        return File.Exists(log) ? string.Join('\n', File.ReadLines(log).TakeLast(lines)) : "";
    }

    /// <summary>Removes the container.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (HttpClient client in clients) client.Dispose();
        if (container is null) return;
        using Process ending = container;
        container = null;
        ending.StandardInput.Close();
        await ending.WaitForExitAsync();
    }

    private async Task RunAsync(string image, CancellationToken cancel)
    {
        foreach (string folder in (string[])["images", "cheap", "staging", "peer-glance/tasks", "peer-glance/locks"]) Directory.CreateDirectory(Path.Combine(site.Folder, folder));
        await File.WriteAllTextAsync(Path.Combine(site.OwnFolder, "glance-api.conf"), site.Configuration(port), cancel);
        await File.WriteAllTextAsync(Path.Combine(site.OwnFolder, "paste.ini"), PeerGlanceSite.Paste, cancel);
        await File.WriteAllTextAsync(Path.Combine(site.OwnFolder, "everybody.py"), PeerGlanceSite.Everybody, cancel);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        // It lives as long as its standard input: when the test process dies, however it dies, nothing stays behind.
        container = DockerCommand.Start(
            [
                "run", "--rm", "--interactive", "--name", name, "--network", "host", "--volume", $"{site.Folder}:{site.Folder}",
                .. site.MoreFolders.SelectMany(folder => new[] { "--volume", $"{folder}:{folder}:ro" }),
                "--entrypoint", "/bin/sh", image, "-c", "echo started; cat > /dev/null",
            ],
            _ => started.TrySetResult());
        await started.Task.WaitAsync(ReadyWithin, cancel);
        if (container.HasExited) throw new InvalidOperationException($"The container {name} of the peer Glance ended at once.");
    }

    private async Task<bool> AnswersAsync(HttpClient http, CancellationToken cancel)
    {
        try
        {
            using HttpResponseMessage answer = await http.GetAsync(Address, cancel);
            return answer.StatusCode == HttpStatusCode.MultipleChoices;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private async Task<bool> IsServingAsync(CancellationToken cancel) =>
        (await ExecuteAsync(cancel, "sh", "-c", $"! test -e {Pid} || kill -0 $(cat {Pid}) 2>/dev/null && echo yes || echo no")) == "yes";
}
