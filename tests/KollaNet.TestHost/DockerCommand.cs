using System.Diagnostics;

namespace KollaNet.TestHost;

/// <summary>Runs the <c>docker</c> command line client, for fixtures that need a real server in a container.</summary>
internal static class DockerCommand
{
    /// <summary>Starts a client whose standard input stays open in our hands; what it prints goes to <paramref name="onOutput"/>.</summary>
    public static Process Start(IEnumerable<string> arguments, Action<string> onOutput, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo("docker", arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;

        Process process = Process.Start(start) ?? throw new InvalidOperationException("docker could not be started.");
        process.OutputDataReceived += (_, line) => onOutput(line.Data ?? "");
        process.ErrorDataReceived += (_, line) => onOutput(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>Runs one client command to its end and returns what it printed.</summary>
    /// <exception cref="InvalidOperationException">The command failed; its output is in the message.</exception>
    public static async Task<string> RunAsync(string[] arguments, string? input, CancellationToken cancel, IReadOnlyDictionary<string, string>? environment = null)
    {
        var output = new List<string>();
        void Keep(string line)
        {
            lock (output)
                output.Add(line);
        }
        using Process process = Start(arguments, Keep, environment);
        try
        {
            await process.StandardInput.WriteAsync((input ?? "").AsMemory(), cancel);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The command ended without reading its input; its exit code tells why.
        }
        await process.WaitForExitAsync(cancel);

        string printed = string.Join('\n', output).Trim();
        return process.ExitCode == 0
            ? printed
            : throw new InvalidOperationException($"docker {arguments[0]} ended with {process.ExitCode}: {printed}");
    }
}
