using KollaNet.Engine.Containers;

namespace KollaNet.Engine.Hosts.Bootstrap;

/// <summary>Starts the engine's daemon and waits until it answers.</summary>
public sealed record StartEngine(EnginePaths Paths, bool HasSystemd, TimeSpan Patience, string Because) : BootstrapAction("start the container engine", Because)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);

    internal override async Task<bool> RunAsync(IHost host, IProgress<string> progress, CancellationToken cancel)
    {
        if (await AnswersAsync(host, cancel)) return false;
        progress.Report(HasSystemd ? "systemctl start docker" : $"{Paths.Daemon} >>{Paths.Log}");
        await RunScriptAsync(host, HasSystemd ? "systemctl enable docker && systemctl start docker" : Start(), cancel);
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(Patience);
        try
        {
            while (!await AnswersAsync(host, deadline.Token))
            {
                CommandResult daemon = await host.RunScriptAsync(StillThere(), deadline.Token);
                if (daemon.ExitCode != 0) throw Failure(host, $"the daemon ended. Its output ends:\n{daemon.Output.Trim()}");
                await Task.Delay(LookAgain, deadline.Token);
            }
            return true;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw Failure(host, $"it did not answer within {Patience.TotalSeconds:0} s. Its output ends:\n{(await host.RunScriptAsync(LogTail(), cancel)).Output.Trim()}");
        }
    }

    private static async Task<bool> AnswersAsync(IHost host, CancellationToken cancel)
    {
        try
        {
            await host.Containers.VersionAsync(cancel);
            return true;
        }
        catch (EngineUnreachableException failure) when (!failure.SpeaksOtherVersion)
        {
            return false;
        }
    }

    private HostCommandException Failure(IHost host, string why) => new(host.Name, "The container engine could not be started", why,
        HasSystemd ? "journalctl -u docker shows more" : $"{Paths.Log} shows more; fix the cause and run kollanet bootstrap-servers again");

    private const string Prelude = """
        PATH=$PATH:/usr/sbin:/sbin:/usr/local/sbin
        runs() { [ -n "$1" ] && [ -d "/proc/$1" ] && [ "$(cat "/proc/$1/comm" 2>/dev/null)" = "$2" ]; }
        """;

    private string DaemonName => HostScript.Quote(Path.GetFileName(Paths.Daemon));

    private string PidFile => HostScript.Quote(Paths.PidFile);

    /// <summary>Runs nothing a second time: a daemon that is still coming up, ours or another's, is only waited for.</summary>
    private string Start() => $$"""
        {{Prelude}}
        pidfile={{PidFile}}
        runs "$(cat "$pidfile" 2>/dev/null)" {{DaemonName}} && exit 0
        # After a crash the number in these files may belong to some other process; the daemon would refuse to start.
        rm -f "$pidfile"
        child=/var/run/docker/containerd/containerd.pid
        [ ! -f "$child" ] || runs "$(cat "$child")" containerd || rm -f "$child"
        {{MountCgroups}}
        ulimit -n "$(ulimit -Hn)"
        mkdir -p "$(dirname {{HostScript.Quote(Paths.Log)}})"
        setsid {{HostScript.Quote(Paths.Daemon)}} >>{{HostScript.Quote(Paths.Log)}} 2>&1 </dev/null &
        pid=$!
        echo $pid >{{HostScript.Quote(Paths.Log + ".pid")}}
        # Until it bears its own name it would pass for one that has ended; on a busy host that takes a while.
        while [ -d "/proc/$pid" ] && ! runs "$pid" {{DaemonName}} && ! grep -q '^State:.Z' "/proc/$pid/status"; do sleep 0.02; done
        """;

    /// <summary>A host without an init system may have no control groups mounted. Version 1 where the kernel still has all of it: engines back to 20.10 know it best.</summary>
    private const string MountCgroups = """
        if [ -d /sys/fs/cgroup ] && [ -z "$(ls -A /sys/fs/cgroup)" ]; then
          if grep -q '^memory.*1$' /proc/cgroups && grep -q '^devices.*1$' /proc/cgroups; then
            mount -t tmpfs -o mode=0755 cgroup /sys/fs/cgroup || exit 1
            while read -r controller hierarchy groups enabled; do
              [ "$enabled" = 1 ] || continue
              mkdir "/sys/fs/cgroup/$controller"
              mount -t cgroup -o "$controller" cgroup "/sys/fs/cgroup/$controller" || rmdir "/sys/fs/cgroup/$controller"
            done </proc/cgroups
          else
            mount -t cgroup2 cgroup2 /sys/fs/cgroup || exit 1
          fi
        fi
        """;

    private string StillThere() => HasSystemd
        ? "systemctl is-failed --quiet docker || exit 0\njournalctl -u docker -n 20 --no-pager -o cat; exit 1"
        : $$"""
        {{Prelude}}
        runs "$(cat {{PidFile}} 2>/dev/null)" {{DaemonName}} && exit 0
        runs "$(cat {{HostScript.Quote(Paths.Log + ".pid")}} 2>/dev/null)" {{DaemonName}} && exit 0
        {{LogTail()}}
        exit 1
        """;

    private string LogTail() => HasSystemd ? "journalctl -u docker -n 20 --no-pager -o cat" : $"tail -n 20 {HostScript.Quote(Paths.Log)}";
}
