using KollaNet.Engine.Containers;
using KollaNet.Engine.Containers.Docker;
using KollaNet.Engine.Hosts.Facts;
using KollaNet.Engine.Processes;
using KollaNet.Engine.Site;

namespace KollaNet.Engine.Hosts.Ssh;

/// <summary>A machine across SSH. It needs an SSH server, a POSIX shell, coreutils, findutils and iproute2: what every Debian has.
/// A user other than root needs <c>sudo</c> without a password, and membership of the group <c>docker</c>.</summary>
public sealed class SshHost : IHost
{
    private readonly SshConnection connection;
    private readonly DockerEngine engine;
    private readonly string shell;

    /// <param name="host">The inventory's name, and how to reach it.</param>
    /// <param name="configFile">Replaces the user's own <c>ssh_config</c>; null keeps it.</param>
    public SshHost(SiteHost host, IProcessRunner processes, string? configFile = null)
    {
        Name = host.Name;
        connection = new SshConnection(host.Name, host.Connection, processes, configFile);
        engine = new DockerEngine(connection.DialEngineAsync, $"{host.Connection.EngineSocket} on {host.Name}");
        string sh = $"sh -c {HostScript.Quote(HostScript.Reader)}";
        shell = host.Connection.User is null or "root" ? sh : $"sudo -n {sh}";
        Files = new ScriptFiles(this);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public IContainerEngine Containers => engine;

    /// <inheritdoc/>
    public IHostFiles Files { get; }

    /// <inheritdoc/>
    public async Task<CommandResult> RunScriptAsync(string script, CancellationToken cancel) =>
        HostScript.ToResult(await connection.RunAsync(shell, HostScript.Input(script), cancel));

    /// <inheritdoc/>
    public async Task<HostFacts> FactsAsync(CancellationToken cancel)
    {
        CommandResult result = await RunScriptAsync(FactsScript.Text, cancel);
        return result.ExitCode == 0
            ? FactsParser.Parse(FactsScript.Read(result.Output))
            : throw new HostCommandException(Name, "The facts could not be read", result.Error.Trim());
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        engine.Dispose();
        await connection.DisposeAsync();
    }
}
