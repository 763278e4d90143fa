using KollaNet.Engine.Processes;

namespace KollaNet.TestHost;

/// <summary>The network of a container that is in a namespace of its own, for tests that cut it: packets between the container and everybody else vanish in both
/// directions, and nobody is told, as when a switch dies. What runs inside the container still reaches itself.</summary>
public sealed class ContainerNetwork
{
    private readonly string processId;

    private ContainerNetwork(string processId, string address) => (this.processId, Address) = (processId, address);

    /// <summary>The container's address, which this host reaches.</summary>
    public string Address { get; }

    /// <summary>Drops every packet from now on, those of open connections too.</summary>
    public Task CutAsync(CancellationToken cancel) => RunAsync("iptables -w -A INPUT -i eth0 -j DROP && iptables -w -A OUTPUT -o eth0 -j DROP", cancel);

    /// <summary>Lets packets through again; senders that still try go on.</summary>
    public Task MendAsync(CancellationToken cancel) => RunAsync("iptables -w -F INPUT && iptables -w -F OUTPUT", cancel);

    /// <summary>Waits until the container runs.</summary>
    /// <param name="container">Its name; it is being started on Docker's own bridge.</param>
    internal static async Task<ContainerNetwork> OfAsync(string container, CancellationToken cancel)
    {
        while (true)
        {
            // Names that are not there yet make the list shorter, and are no error.
            string found = await DockerCommand.RunAsync(["ps", "--quiet", "--filter", $"name=^{container}$"], input: null, cancel);
            if (found.Length > 0) break;
            await Task.Delay(TimeSpan.FromMilliseconds(50), cancel);
        }

        string[] facts = (await DockerCommand.RunAsync(["inspect", "--format", "{{.State.Pid}} {{.NetworkSettings.IPAddress}}", container], input: null, cancel)).Split(' ');
        return new ContainerNetwork(facts[0], facts[1]);
    }

    private async Task RunAsync(string script, CancellationToken cancel)
    {
        ProcessResult result = await new ProcessRunner().RunAsync(new ProcessRequest("nsenter", ["--target", processId, "--net", "sh", "-c", script]), cancel);
        if (result.ExitCode != 0) throw new InvalidOperationException($"The container's packet filter cannot be changed: {result.Error}{result.Output}");
    }
}
