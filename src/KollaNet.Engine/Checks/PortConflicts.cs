using System.Collections.Immutable;
using System.Globalization;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Hosts.Facts;
using KollaNet.Engine.Planning;

namespace KollaNet.Engine.Checks;

/// <summary>A port that a container needs and somebody else has.</summary>
/// <param name="Wanted">The address the container is to listen on.</param>
/// <param name="Taken">The address that is listened on now.</param>
/// <param name="Owner">The process that does, for people; null when it cannot be told.</param>
internal sealed record PortConflict(DesiredContainer Container, string Wanted, string Taken, string? Owner)
{
    /// <summary>What is wrong, in a sentence without an end.</summary>
    public override string ToString() => $"{Container.Spec.Name} on {Container.Host} needs {Wanted}, but {Owner ?? "something else"} listens on {Taken}";
}

/// <summary>A port that a service needs is taken. Nothing was changed on any host.</summary>
public sealed class PortTakenException(ImmutableArray<string> conflicts) : KollaNetException(
    conflicts.Length == 1 ? "A port that a service needs is taken." : $"{conflicts.Length} ports that services need are taken.", string.Join("\n", conflicts),
    "stop what listens there, or give the service another port in globals.yml, and run the same command again; nothing was changed on any host")
{
    /// <summary>One sentence each.</summary>
    public ImmutableArray<string> Conflicts { get; } = conflicts;
}

/// <summary>Finds ports that strangers have. Our own containers may change ports among each other: what they listen on now becomes free in time.</summary>
internal sealed class PortConflicts(DesiredState desired, ObservedState observed, IReadOnlyDictionary<string, IHost> hosts, IReadOnlyDictionary<string, HostFacts> facts)
{
    /// <exception cref="PortTakenException">There is at least one.</exception>
    public async Task ThrowIfAnyAsync(CancellationToken cancel)
    {
        PortConflict[] found = [.. (await Task.WhenAll(observed.Hosts.Keys.Select(host => FindAsync(host, cancel)))).SelectMany(conflicts => conflicts)];
        if (found.Length > 0) throw new PortTakenException([.. found.Select(conflict => conflict.ToString())]);
    }

    /// <summary>The conflicts on one host, in the order of its containers.</summary>
    public async Task<ImmutableArray<PortConflict>> FindAsync(string host, CancellationToken cancel)
    {
        (DesiredContainer Container, string Wanted, string Taken)[] suspects = [.. desired.Containers
            .Where(container => container.Host == host && desired.IsTagged(container.Service) && !RunsAsWanted(container))
            .SelectMany(container => container.Listens.Select(wanted => (container, wanted, Taken: facts[host].ListeningPorts.FirstOrDefault(taken => HostChecks.Collide(wanted, taken)))))
            .Where(suspect => suspect.Taken is not null).Select(suspect => (suspect.container, suspect.wanted, suspect.Taken!))];
        if (suspects.Length == 0) return [];
        IReadOnlyDictionary<string, PortOwner> owners = await OwnersAsync(hosts[host], [.. suspects.Select(suspect => suspect.Taken).Distinct()], cancel);
        ObservedContainer[] ours = [.. observed.Hosts[host].Containers.Values.Where(container => container.Pid > 0 && !IsStrangers(container))];
        return [.. suspects.Where(suspect => !IsOurs(suspect.Container, owners.GetValueOrDefault(suspect.Taken), ours))
            .Select(suspect => new PortConflict(suspect.Container, suspect.Wanted, suspect.Taken, owners.GetValueOrDefault(suspect.Taken)?.ToString()))];
    }

    /// <summary>Made with the configuration that is wanted: then the ports it has are those it is to have.</summary>
    private bool RunsAsWanted(DesiredContainer container) => Now(container) is { State: "running" } now
        && now.Labels.GetValueOrDefault(OurLabels.Config) == container.Spec.Labels.GetValueOrDefault(OurLabels.Config)
        && now.Labels.GetValueOrDefault(OurLabels.Spec) == container.Spec.Labels.GetValueOrDefault(OurLabels.Spec);

    private ObservedContainer? Now(DesiredContainer container) => observed.Hosts[container.Host].Containers.GetValueOrDefault(container.Spec.Name);

    private bool IsStrangers(ObservedContainer container) => container.Labels.TryGetValue(OurLabels.Site, out string? site)
        ? site != desired.SiteId : !container.Labels.ContainsKey(OurLabels.Kolla);

    /// <summary>An owner that cannot be told is taken for the container itself while that runs: a change of other settings must not fail for it.</summary>
    private bool IsOurs(DesiredContainer container, PortOwner? owner, ObservedContainer[] ours) => owner is null
        ? Now(container) is { State: "running" or "restarting" } now && ours.Contains(now)
        : owner.Ancestry.Any(pid => ours.Any(container => container.Pid == pid));

    private static async Task<IReadOnlyDictionary<string, PortOwner>> OwnersAsync(IHost host, ImmutableArray<string> addresses, CancellationToken cancel)
    {
        string ports = string.Join(' ', addresses.Select(address => int.Parse(address.AsSpan(address.LastIndexOf(':') + 1), CultureInfo.InvariantCulture).ToString("X4", CultureInfo.InvariantCulture)).Distinct());
        CommandResult result = await host.RunScriptAsync(Script(ports), cancel);
        return result.ExitCode == 0 ? PortOwner.Read(result.Output, addresses) : ImmutableDictionary<string, PortOwner>.Empty;
    }

    /// <summary>Prints, for each listener, its address and port in hex, its process's name, and the process with its ancestors. Source: Linux, proc(5).</summary>
    private static string Script(string ports) => $$"""
        for port in {{ports}}; do
          cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port=":$port" '$4 == "0A" && substr($2, length($2) - 4) == port { print $2, $10 }' | while read -r address inode; do
            fd=$(find /proc/[0-9]*/fd -lname "socket:\[$inode\]" 2>/dev/null | head -n 1)
            [ -n "$fd" ] || continue
            pid=${fd#/proc/}; pid=${pid%%/*}
            printf '%s %s' "$address" "$(tr ' ' '_' </proc/$pid/comm)"
            while [ "${pid:-0}" -gt 1 ]; do
              printf ' %s' "$pid"
              pid=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$pid/status" 2>/dev/null)
            done
            echo
          done
        done
        exit 0
        """;
}

/// <summary>Who listens on a port.</summary>
/// <param name="Ancestry">The process id, then its parents'.</param>
internal sealed record PortOwner(string Name, ImmutableArray<int> Ancestry)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name} (process {Ancestry[0]})";

    /// <summary>Address to owner, as far as known.</summary>
    public static IReadOnlyDictionary<string, PortOwner> Read(string output, ImmutableArray<string> addresses)
    {
        var owners = new Dictionary<string, PortOwner>();
        foreach (string[] words in output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).Where(words => words.Length > 2 && IsEndpoint(words[0])))
        {
            ImmutableArray<int> ancestry = [.. words[2..].Select(word => int.TryParse(word, CultureInfo.InvariantCulture, out int pid) ? pid : 0)];
            string address = FactsParser.Endpoint(words[0]);
            if (addresses.Contains(address)) owners.TryAdd(address, new PortOwner(words[1], ancestry));
        }
        return owners;
    }

    /// <summary>An IPv4 or IPv6 address and a port, all in hex; anything else is not the script's.</summary>
    private static bool IsEndpoint(string word) => word.Split(':') is [{ Length: 8 or 32 } address, { Length: 4 } port] && address.Concat(port).All(char.IsAsciiHexDigit);
}
