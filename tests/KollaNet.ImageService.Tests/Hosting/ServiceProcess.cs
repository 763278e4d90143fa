using System.Diagnostics;
using System.Globalization;

namespace KollaNet.ImageService.Tests.Hosting;

/// <summary>The real program as a process of its own, for what cannot be done inside the tests' process: signals, <c>kill -9</c>, exit codes, a file system of its own.</summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    private const string Listening = "listening on ";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly List<string> lines = [];
    private readonly Process process;

    private ServiceProcess(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => process.Id;

    /// <summary>A client of the first address it listens on; only after <see cref="ListeningAsync"/>.</summary>
    public HttpClient Http { get; } = new();

    /// <summary>What it has printed so far, log included.</summary>
    public string Output
    {
        get
        {
            lock (lines) return string.Join('\n', lines);
        }
    }

    /// <summary>Starts <c>serve</c> with no configuration, in a network of its own that has nothing but a loopback interface, so that its usual port is free.</summary>
    /// <param name="folder">Its working directory.</param>
    public static ServiceProcess ServeAlone(string folder) =>
        Start(["unshare", "--map-root-user", "--net", "sh", "-c", "ip link set lo up && exec \"$0\" \"$@\"", "dotnet", Path.Combine(AppContext.BaseDirectory, "kollanet-image.dll"), "serve"], folder);

    /// <summary>Runs a command in the network of a process.</summary>
    /// <returns>What it printed.</returns>
    public async Task<string> RunBesideAsync(params string[] command)
    {
        var start = new ProcessStartInfo("nsenter", ["--target", Id.ToString(CultureInfo.InvariantCulture), "--user", "--preserve-credentials", "--net", .. command]) { RedirectStandardOutput = true };
        using Process beside = Process.Start(start)!;
        string printed = await beside.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await beside.WaitForExitAsync(TestContext.Current.CancellationToken);
        beside.ExitCode.Should().Be(0, "{0} printed {1}", string.Join(' ', command), printed);
        return printed;
    }

    /// <summary>Starts a command of the program in the folder of its configuration.</summary>
    /// <param name="before">Shell commands that run in a mount namespace of its own first; empty for no such namespace.</param>
    public static ServiceProcess Run(string configFile, string[] command, string before = "")
    {
        // SIGHUP counts even where whatever runs the tests ignores it, as nohup does.
        string[] program = ["env", "--default-signal=HUP", "dotnet", Path.Combine(AppContext.BaseDirectory, "kollanet-image.dll"), .. command, "--config-file", configFile];
        if (before.Length > 0) program = ["unshare", "--map-root-user", "--mount", "sh", "-c", $"{before} && exec \"$0\" \"$@\"", .. program];
        return Start(program, Path.GetDirectoryName(configFile)!);
    }

    private static ServiceProcess Start(string[] program, string folder) => new(Process.Start(new ProcessStartInfo(program[0], program[1..])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        WorkingDirectory = folder,
    })!);

    /// <summary>Starts the service and waits until it listens.</summary>
    /// <param name="before">As for <see cref="Run"/>.</param>
    public static async Task<ServiceProcess> ServeAsync(string configFile, string before = "")
    {
        ServiceProcess service = Run(configFile, ["serve"], before);
        try
        {
            await service.ListeningAsync();
            return service;
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until it listens.</summary>
    /// <returns>The line that says where.</returns>
    public async Task<string> ListeningAsync()
    {
        string line = await PrintedAsync(Listening);
        Http.BaseAddress = new Uri(line[(line.IndexOf(Listening, StringComparison.Ordinal) + Listening.Length)..].Split(',')[0]);
        return line;
    }

    /// <summary>Waits until it has printed something.</summary>
    /// <returns>The line of it.</returns>
    public async Task<string> PrintedAsync(string text)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!Output.Contains(text))
        {
            if (process.HasExited) await process.WaitForExitAsync(patience.Token);
            if (process.HasExited && !Output.Contains(text)) throw new InvalidOperationException($"It ended with {process.ExitCode}: {Output}");
            await Task.Delay(20, patience.Token);
        }

        lock (lines) return lines.First(line => line.Contains(text));
    }

    public async Task SignalAsync(string name)
    {
        using Process kill = Process.Start("kill", ["-s", name, Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>As <c>kill -9</c> does: a power cut, but for what the kernel still holds.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <returns>The exit code; all output is there then.</returns>
    public async Task<int> EndedAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        await process.WaitForExitAsync(patience.Token);
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
        Http.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (lines) lines.Add(line);
    }
}
