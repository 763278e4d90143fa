using System.Net;
using System.Net.Sockets;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Processes;
using KollaNet.Engine.Site;
using KollaNet.TestHost;

namespace KollaNet.Engine.Tests.Hosts;

/// <summary>A real OpenSSH server of our own on the loopback interface: own keys, own configuration, installed when missing.</summary>
public sealed class SshServer : IAsyncLifetime
{
    private static readonly ProcessRunner Processes = new();

    private readonly string folder = Directory.CreateTempSubdirectory("kollanet-test-sshd-").FullName;
    private readonly CancellationTokenSource stop = new();
    private Task running = Task.CompletedTask;

    public int Port { get; private set; }

    public string ClientConfig => Path.Combine(folder, "ssh_config");

    public IHost Host { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Port = FreePort();
        await EnsureProgramAsync();
        await ShellAsync($$"""
            set -e
            mkdir -p /run/sshd
            cd {{folder}}
            ssh-keygen -q -t ed25519 -N '' -f host_key
            ssh-keygen -q -t ed25519 -N '' -f user_key
            cp user_key.pub authorized_keys
            printf '[127.0.0.1]:{{Port}} %s\n' "$(cut -d' ' -f1,2 host_key.pub)" >known_hosts
            printf '%s\n' 'ListenAddress 127.0.0.1' 'Port {{Port}}' 'HostKey {{folder}}/host_key' 'AuthorizedKeysFile {{folder}}/authorized_keys' 'PidFile none' \
              'UsePAM no' 'PermitRootLogin prohibit-password' 'PasswordAuthentication no' 'KbdInteractiveAuthentication no' 'StrictModes no' 'MaxSessions 20' >sshd_config
            printf '%s\n' 'Host *' '  UserKnownHostsFile {{folder}}/known_hosts' '  IdentitiesOnly yes' '  IdentityFile {{folder}}/user_key' >ssh_config
            """);
        running = Processes.RunAsync(new ProcessRequest("/usr/sbin/sshd", ["-D", "-e", "-f", $"{folder}/sshd_config"]), stop.Token);
        await UntilItAnswersAsync();
        Host = Open(Port);
    }

    /// <summary>A host behind a port of this machine.</summary>
    public IHost Open(int port, string? user = "root") =>
        new HostConnector(Processes, ClientConfig).Open(new SiteHost("there", new HostConnection(IsLocal: false, "127.0.0.1", port, user)));

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    public static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>The package starts a server for everybody; where there was none before, there is none afterwards.</summary>
    private static async Task EnsureProgramAsync()
    {
        if (File.Exists("/usr/sbin/sshd")) return;
        await TestMachine.EnsurePackagesAsync(CancellationToken.None, "openssh-client", "openssh-server");
        await ShellAsync("if [ -d /run/systemd/system ]; then systemctl disable --now ssh; else service ssh stop || true; fi");
    }

    private static async Task ShellAsync(string script)
    {
        ProcessResult result = await Processes.RunAsync(new ProcessRequest("sh", ["-c", script]), CancellationToken.None);
        if (result.ExitCode != 0) throw new InvalidOperationException(result.Error);
    }

    private async Task UntilItAnswersAsync()
    {
        while (true)
        {
            if (running.IsCompleted) throw new InvalidOperationException($"sshd ended: {((Task<ProcessResult>)running).Result.Error}");
            using TcpClient client = new();
            try
            {
                await client.ConnectAsync(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(20);
            }
        }
    }
}
