using System.Diagnostics;

namespace KollaNet.Bench.Processes;

/// <summary>The docker client, as a process.</summary>
internal static class Docker
{
    /// <exception cref="InvalidOperationException">It failed; in its words.</exception>
    public static string Run(params string[] arguments)
    {
        using Process docker = Process.Start(new ProcessStartInfo("docker", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> error = docker.StandardError.ReadToEndAsync();
        string output = docker.StandardOutput.ReadToEnd();
        docker.WaitForExit();
        return docker.ExitCode == 0 ? output.Trim() : throw new InvalidOperationException($"docker {string.Join(' ', arguments)}: {error.Result.Trim()}");
    }
}
