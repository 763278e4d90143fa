using System.Diagnostics;
using System.Text;

namespace KollaNet.EndToEnd.Sites;

/// <summary>The built command line, run as a process as an operator runs it.</summary>
public sealed class CommandLine : IDisposable
{
    private readonly StringBuilder output = new();
    private readonly string command;
    private readonly Process process;

    private CommandLine(string folder, string[] arguments)
    {
        command = $"kollanet {string.Join(' ', arguments)}";
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "kollanet.dll"), .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
    }

    /// <summary>What it has said so far.</summary>
    public string Output
    {
        get
        {
            lock (output) return output.ToString();
        }
    }

    /// <summary>True once it has ended.</summary>
    public bool HasEnded => process.HasExited;

    /// <summary>Starts it in a folder.</summary>
    public static CommandLine Start(string folder, params string[] arguments)
    {
        var cli = new CommandLine(folder, arguments);
        cli.process.Start();
        cli.process.StandardInput.Close();
        cli.process.BeginOutputReadLine();
        cli.process.BeginErrorReadLine();
        return cli;
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<CliResult> RunAsync(string folder, string[] arguments, CancellationToken cancel)
    {
        using CommandLine cli = Start(folder, arguments);
        return await cli.EndAsync(cancel);
    }

    /// <summary>Waits for its end.</summary>
    public async Task<CliResult> EndAsync(CancellationToken cancel)
    {
        try
        {
            await process.WaitForExitAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        return new CliResult(command, process.ExitCode, Output);
    }

    /// <summary>kill -9, of this process alone.</summary>
    public async Task KillAsync(CancellationToken cancel)
    {
        process.Kill();
        await process.WaitForExitAsync(cancel);
    }

    public void Dispose() => process.Dispose();

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (output) output.AppendLine(line);
    }
}
