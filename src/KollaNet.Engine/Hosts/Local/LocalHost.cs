using KollaNet.Engine.Containers;
using KollaNet.Engine.Containers.Docker;
using KollaNet.Engine.Hosts.Facts;
using KollaNet.Engine.Processes;

namespace KollaNet.Engine.Hosts.Local;

/// <summary>The machine this program runs on. Looking at it starts no process.</summary>
/// <param name="name">The inventory's name for it.</param>
/// <param name="engineSocket">Where its container engine listens.</param>
public sealed class LocalHost(string name, IProcessRunner processes, string engineSocket = DockerEngine.DefaultSocket) : IHost
{
    private readonly DockerEngine engine = DockerEngine.AtSocket(engineSocket);

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public IContainerEngine Containers => engine;

    /// <inheritdoc/>
    public IHostFiles Files { get; } = new LocalFiles(name, processes);

    /// <inheritdoc/>
    public async Task<CommandResult> RunScriptAsync(string script, CancellationToken cancel) =>
        HostScript.ToResult(await processes.RunAsync(new ProcessRequest("/bin/sh", ["-c", HostScript.Reader]) { Input = HostScript.Input(script) }, cancel));

    /// <inheritdoc/>
    public Task<HostFacts> FactsAsync(CancellationToken cancel) => Task.Run(() => FactsParser.Parse(LocalFacts.Read()), cancel);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        engine.Dispose();
        return ValueTask.CompletedTask;
    }
}
