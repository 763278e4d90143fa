using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace KollaNet.ImageService.Tests.Caching;

/// <summary>The service as a process of its own, for what cannot be done inside the tests' process: being killed, and a file system of its own.</summary>
internal sealed class ServiceProcess : IDisposable
{
    private readonly Process process;

    private ServiceProcess(Process process, int port)
    {
        this.process = process;
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
    }

    public HttpClient Http { get; }

    /// <summary>Starts it and waits until it answers.</summary>
    /// <param name="configFile">Says <c>bind_port = <paramref name="port"/></c>.</param>
    /// <param name="before">Shell commands that run in its own mount namespace first; empty for no such namespace.</param>
    public static async Task<ServiceProcess> StartAsync(string configFile, int port, string before = "")
    {
        string serve = $"exec dotnet {Path.Combine(AppContext.BaseDirectory, "kollanet-image.dll")} serve --config-file {configFile}";
        string[] command = before.Length == 0 ? ["sh", "-c", serve] : ["unshare", "--map-root-user", "--mount", "sh", "-c", $"{before} && {serve}"];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        Process process = Process.Start(start)!;
        process.OutputDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.ErrorDataReceived += static (_, line) => TestContext.Current.TestOutputHelper?.WriteLine(line.Data ?? "");
        process.BeginErrorReadLine();
        var service = new ServiceProcess(process, port);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await service.AnswersAsync())
        {
            process.HasExited.Should().BeFalse("the service has to start");
            await Task.Delay(50, patience.Token);
        }

        return service;
    }

    /// <summary>A port that nobody uses now.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>As <c>kill -9</c> does.</summary>
    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    public void Dispose()
    {
        if (!process.HasExited) Kill();
        process.Dispose();
        Http.Dispose();
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            using HttpResponseMessage answer = await Http.GetAsync(new Uri("/versions", UriKind.Relative), TestContext.Current.CancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
