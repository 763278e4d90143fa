using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace KollaNet.ImageService.Tests.Fsck;

/// <summary>The real program, killed and started again over the same database and folders.</summary>
internal sealed class KilledService : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kollanet-killed-").FullName;
    private Process? process;

    /// <param name="connection">Null for SQLite.</param>
    /// <param name="webPort">Where it may fetch images from.</param>
    public KilledService(string? connection, int webPort)
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        int port = ((IPEndPoint)probe.LocalEndpoint).Port;
        Address = new Uri($"http://127.0.0.1:{port}");
        Connection = connection ?? $"sqlite:///{folder}/glance.sqlite";
        File.WriteAllText(ConfigFile, $"""
            [DEFAULT]
            bind_host = 127.0.0.1
            bind_port = {port}
            enabled_backends = fast:file, cheap:file
            [glance_store]
            default_backend = fast
            [fast]
            filesystem_store_datadir = {folder}/fast
            [cheap]
            filesystem_store_datadir = {folder}/cheap
            [os_glance_staging_store]
            filesystem_store_datadir = {folder}/staging
            [database]
            connection = {Connection}
            [import_filtering_opts]
            allowed_ports = {webPort}
            """);
    }

    public Uri Address { get; }

    public string Connection { get; }

    public string ConfigFile => Path.Combine(folder, "glance-api.conf");

    /// <summary>Starts it and waits until it answers.</summary>
    public async Task StartAsync()
    {
        process = Run("serve");
        using var http = new HttpClient { BaseAddress = Address };
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        while (true)
        {
            try
            {
                if ((await http.GetAsync(new Uri("/healthcheck", UriKind.Relative), patience.Token)).IsSuccessStatusCode) return;
            }
            catch (HttpRequestException) when (!process.HasExited)
            {
                // Not yet.
            }

            await Task.Delay(20, patience.Token);
        }
    }

    /// <summary>As a power cut, but for what the kernel still holds.</summary>
    public async Task KillAsync()
    {
        process!.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        process = null;
    }

    /// <returns>The exit code, and what it printed.</returns>
    public async Task<(int Code, string Output)> FsckAsync()
    {
        using Process fsck = Run("fsck", "--hash");
        Task<string> output = fsck.StandardOutput.ReadToEndAsync();
        await fsck.WaitForExitAsync();
        return (fsck.ExitCode, await output);
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null) await KillAsync();
        Directory.Delete(folder, recursive: true);
    }

    private Process Run(params string[] command)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "kollanet-image.dll");
        bool serves = command[0] == "serve";
        // A service's log would fill the pipe that nobody reads.
        return Process.Start(new ProcessStartInfo("sh", ["-c", serves ? "exec dotnet \"$0\" \"$@\" > service.log 2>&1" : "exec dotnet \"$0\" \"$@\"", program, .. command, "--config-file", ConfigFile])
        {
            RedirectStandardOutput = !serves, WorkingDirectory = folder,
        })!;
    }
}
