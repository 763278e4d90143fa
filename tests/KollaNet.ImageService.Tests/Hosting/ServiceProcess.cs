using System.Diagnostics;
using System.Globalization;

namespace KollaNet.ImageService.Tests.Hosting;

/// <summary>The real program as its own process, over SQLite and files in a folder of its own.</summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly List<string> lines = [];
    private readonly Process process;

    private ServiceProcess(string folder, Process process)
    {
        (Folder, this.process) = (folder, process);
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Folder { get; }

    public int Id => process.Id;

    public string Configuration => ConfigurationIn(Folder);

    /// <summary>What it has printed so far.</summary>
    public string Output
    {
        get
        {
            lock (lines) return string.Join('\n', lines);
        }
    }

    /// <summary>Starts it; <paramref name="options"/> begin in <c>[DEFAULT]</c>.</summary>
    public static ServiceProcess Start(string options)
    {
        string folder = Directory.CreateTempSubdirectory("kollanet-process-").FullName;
        Directory.CreateDirectory(Path.Combine(folder, "images"));
        File.WriteAllText(ConfigurationIn(folder), $"""
            [DEFAULT]
            {options}
            [database]
            connection = sqlite:///{folder}/glance.sqlite
            [glance_store]
            filesystem_store_datadir = {folder}/images
            [os_glance_staging_store]
            filesystem_store_datadir = {folder}/staging
            """);
        string program = Path.Combine(AppContext.BaseDirectory, "kollanet-image.dll");
        var start = new ProcessStartInfo("dotnet", [program, "serve", "--config-file", ConfigurationIn(folder)]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        return new ServiceProcess(folder, Process.Start(start)!);
    }

    /// <summary>Waits until it has printed something.</summary>
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

    /// <returns>The exit code.</returns>
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
        Directory.Delete(Folder, recursive: true);
    }

    private static string ConfigurationIn(string folder) => Path.Combine(folder, "glance-api.conf");

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (lines) lines.Add(line);
    }
}
