namespace KollaNet.TestHost;

/// <summary>The unmodified clients of OpenStack, Debian's packages, in a throwaway container on the host's network.</summary>
public static class ClientContainer
{
    /// <summary>Runs a Python program in which the clients can be imported.</summary>
    /// <param name="program">Its text.</param>
    /// <returns>What it printed.</returns>
    /// <exception cref="InvalidOperationException">It failed; what it printed is in the message.</exception>
    public static async Task<string> RunPythonAsync(string program, CancellationToken cancel, params string[] arguments)
    {
        string image = (await TestImages.EnsureAsync(cancel, "openstack-client"))[0];
        return await DockerCommand.RunAsync(["run", "--rm", "--interactive", "--network", "host", image, "python3", "/dev/stdin", .. arguments], program, cancel);
    }
}
