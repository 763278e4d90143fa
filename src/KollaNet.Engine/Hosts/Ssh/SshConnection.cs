using System.Collections.Immutable;
using System.Globalization;
using KollaNet.Engine.Containers.Docker;
using KollaNet.Engine.Processes;
using KollaNet.Engine.Site;

namespace KollaNet.Engine.Hosts.Ssh;

/// <summary>One connection of the OpenSSH client to one host. A single process of ours keeps it open; every script is a channel in it, and so is every call to the engine,
/// through a socket of this machine that leads to the engine's socket there.</summary>
/// <param name="configFile">Replaces the user's own <c>ssh_config</c>; null keeps it.</param>
internal sealed class SshConnection(string host, HostConnection target, IProcessRunner processes, string? configFile) : IAsyncDisposable
{
    private const int SshFailed = 255;

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(10);

    // Short names: a socket's path may have 108 characters, and ssh adds some of its own.
    private readonly string folder = Directory.CreateTempSubdirectory("kn-").FullName;
    private readonly SemaphoreSlim opening = new(1);
    private readonly CancellationTokenSource closing = new();
    private Task<ProcessResult>? master;

    private string ControlSocket => Path.Combine(folder, "c");

    private string EngineSocket => Path.Combine(folder, "e");

    /// <summary>Runs a command on the host; a failing command is an answer, a failing connection is not.</summary>
    /// <param name="command">For the login shell there.</param>
    /// <exception cref="HostUnreachableException">No connection; quotes what ssh said.</exception>
    public async Task<ProcessResult> RunAsync(string command, Func<Stream, CancellationToken, Task>? input, CancellationToken cancel)
    {
        await OpenAsync(cancel);
        ProcessResult result = await processes.RunAsync(Ssh(["-o", "ControlMaster=no", "-T"], command) with { Input = input }, cancel);
        return result.ExitCode == SshFailed && !await IsOpenAsync(cancel) ? throw Unreachable(result.Error) : result;
    }

    /// <summary>A connection to the engine's socket on the host.</summary>
    public async ValueTask<Stream> DialEngineAsync(CancellationToken cancel)
    {
        await OpenAsync(cancel);
        return await DockerEngine.ConnectAsync(EngineSocket, cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        if (master is not null) await ((Task)master).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Directory.Delete(folder, recursive: true);
        closing.Dispose();
        opening.Dispose();
    }

    /// <summary>Connects unless connected; again when the connection broke since.</summary>
    private async Task OpenAsync(CancellationToken cancel)
    {
        if (master is { IsCompleted: false } && File.Exists(ControlSocket)) return;
        await opening.WaitAsync(cancel);
        try
        {
            if (master is null or { IsCompleted: true })
            {
                File.Delete(ControlSocket);
                // The command there ends with our end of its input: if this process is killed, the connection closes with it.
                ImmutableArray<string> options = ["-o", "ControlMaster=yes", "-o", "ControlPersist=no", "-o", "ExitOnForwardFailure=yes", "-o", "StreamLocalBindUnlink=yes",
                    "-T", "-L", $"{EngineSocket}:{target.EngineSocket}"];
                master = processes.RunAsync(Ssh(options, "cat >/dev/null") with { Input = (_, ended) => Task.Delay(Timeout.Infinite, ended) }, closing.Token);
            }
            while (!File.Exists(ControlSocket))
            {
                await Task.WhenAny(master, Task.Delay(LookAgain, cancel));
                cancel.ThrowIfCancellationRequested();
                if (master.IsCompleted) throw Unreachable((await master).Error);
            }
        }
        finally
        {
            opening.Release();
        }
    }

    private async Task<bool> IsOpenAsync(CancellationToken cancel) =>
        File.Exists(ControlSocket) && (await processes.RunAsync(Ssh(["-O", "check"], null), cancel)).ExitCode == 0;

    private ProcessRequest Ssh(ImmutableArray<string> options, string? command)
    {
        List<string> arguments = configFile is null ? [] : ["-F", configFile];
        arguments.AddRange(["-o", $"ControlPath={ControlSocket}", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=3"]);
        arguments.AddRange(options);
        arguments.AddRange(Destination());
        if (command is not null) arguments.Add(command);
        return new ProcessRequest("ssh", [.. arguments]);
    }

    private List<string> Destination()
    {
        List<string> words = [];
        if (target.Port is { } port) words.AddRange(["-p", port.ToString(CultureInfo.InvariantCulture)]);
        if (target.User is not null) words.AddRange(["-l", target.User]);
        if (target.PrivateKeyFile is not null) words.AddRange(["-i", target.PrivateKeyFile]);
        words.AddRange(["--", target.Address ?? host]);
        return words;
    }

    private HostUnreachableException Unreachable(string error)
    {
        string said = error.Trim();
        return new(host, said.Length > 0 ? said : "ssh ended without a word", $"try it by hand: ssh {string.Join(' ', Destination().Where(word => word != "--"))} true");
    }
}
