using System.Collections.Immutable;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Planning;

namespace KollaNet.Engine.Checks;

/// <summary>Tries what a container depends on (<c>preflight</c> in <c>service.yml</c>): in a twin of it, with the image, the files and the volumes that it is about to get. What runs now is not touched.</summary>
internal sealed class Preflight(IHost host, DesiredContainer container, string siteId, Redactor secrets)
{
    /// <summary>Part of the twin's name, and of its files'.</summary>
    public const string Suffix = "preflight";

    /// <summary>Once everything that it mounts is there.</summary>
    /// <returns>What it said, without secrets.</returns>
    /// <exception cref="KollaNetException">Something cannot be used.</exception>
    public async Task<ImmutableArray<string>> RunAsync(CancellationToken cancel)
    {
        JobResult result;
        await using (var files = new TrialFiles(host, container, siteId, Suffix))
        {
            await files.WriteAsync(cancel);
            result = await TryAsync(ThrowawayContainer.TwinOf(container, Suffix, files.Folder, container.Preflight!.Command), cancel);
        }

        return Judge(result);
    }

    /// <summary>Before a deployment: volumes and folders that are not there yet have stand-ins, and what other services of the site have to serve first is left out.</summary>
    /// <param name="volumes">Names of those that are there.</param>
    /// <param name="absent">Services that do not serve as they will.</param>
    /// <inheritdoc cref="RunAsync"/>
    public async Task<ImmutableArray<string>> RehearseAsync(IReadOnlySet<string> volumes, IReadOnlySet<string> absent, CancellationToken cancel)
    {
        ImmutableArray<string> command = [.. container.Preflight!.Command, .. container.Preflight.Without.Where(without => absent.Contains(without.Key)).SelectMany(without => without.Value)];
        var standIns = new List<string>();
        await using var files = new TrialFiles(host, container, siteId, Suffix);
        try
        {
            await files.WriteAsync(cancel);
            ContainerSpec twin = ThrowawayContainer.TwinOf(container, Suffix, files.Folder, command);
            return Judge(await TryAsync(await WithStandInsAsync(twin, volumes, standIns, cancel), cancel));
        }
        finally
        {
            foreach (string volume in standIns) await host.Containers.RemoveVolumeAsync(volume, CancellationToken.None);
        }
    }

    /// <summary>The engine would make a missing volume or folder, and a look at things must not leave any.</summary>
    private async Task<ContainerSpec> WithStandInsAsync(ContainerSpec twin, IReadOnlySet<string> volumes, List<string> standIns, CancellationToken cancel)
    {
        HashSet<string> missing = await MissingFoldersAsync(twin, cancel);
        var mounts = ImmutableArray.CreateBuilder<Mount>();
        foreach (Mount mount in twin.Mounts)
        {
            if (mount.IsVolume ? volumes.Contains(mount.Source) : !missing.Contains(mount.Source))
            {
                mounts.Add(mount);
                continue;
            }

            string standIn = $"{twin.Name}_{mounts.Count}";
            if (await host.Containers.CreateVolumeAsync(standIn, ImmutableSortedDictionary<string, string>.Empty.Add(OurLabels.Site, siteId), mount.IsVolume ? container.OptionsOf(mount.Source) : ImmutableSortedDictionary<string, string>.Empty, cancel)) standIns.Add(standIn);
            mounts.Add(mount with { Source = standIn });
        }

        return twin with { Mounts = mounts.ToImmutable() };
    }

    private async Task<HashSet<string>> MissingFoldersAsync(ContainerSpec twin, CancellationToken cancel)
    {
        string[] folders = [.. twin.Mounts.Where(mount => !mount.IsVolume).Select(mount => mount.Source)];
        CommandResult result = await host.RunScriptAsync(string.Join('\n', folders.Select(folder => $"[ -e {HostScript.Quote(folder)} ] || echo {HostScript.Quote(folder)}").Append("exit 0")), cancel);
        return [.. result.Output.Split('\n').Intersect(folders)];
    }

    private async Task<JobResult> TryAsync(ContainerSpec twin, CancellationToken cancel)
    {
        try
        {
            return await ThrowawayContainer.RunAsync(host.Containers, twin, cancel);
        }
        catch (EngineException e) when (e is not EngineUnreachableException)
        {
            throw Failed($"{e.What} {e.Why}", e.Next);
        }
    }

    private ImmutableArray<string> Judge(JobResult result)
    {
        ImmutableArray<string> lines = [.. result.Output.Select(line => secrets.Redact(line.TrimEnd())).Where(line => line.Length > 0)];
        if (result.ExitCode == 0) return lines;
        throw Failed(lines.IsEmpty ? $"{container.Preflight!.Command[0]} ended with code {result.ExitCode} and says nothing" : string.Join('\n', lines), null);
    }

    private KollaNetException Failed(string why, string? next) => new($"{container.Spec.Name} on {host.Name} would not be able to work as it is configured now.", why,
        $"{next ?? "do what it says"}, then run the same command again; {container.Spec.Name} and its files are as they were");
}
