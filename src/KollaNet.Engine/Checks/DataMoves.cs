using System.Collections.Immutable;
using System.Globalization;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Planning;

namespace KollaNet.Engine.Checks;

/// <summary>A container would be given another volume or folder than the one that holds its users' data. Nothing was changed on any host.</summary>
public sealed class DataLeftBehindException(ImmutableArray<string> moves, string copy) : KollaNetException(
    "What users have stored would be left behind.", string.Join("\n", moves),
    $"put the old value back into globals.yml; or stop the service, copy the data ({copy}), and run the same command with --accept-data-move; nothing was changed on any host")
{
    /// <summary>One sentence each.</summary>
    public ImmutableArray<string> Moves { get; } = moves;
}

/// <summary>Finds folders with users' data (<c>data</c> in <c>service.yml</c>) that a plan would replace by others.</summary>
internal sealed class DataMoves(DesiredState desired, ObservedState observed, IReadOnlyDictionary<string, IHost> hosts)
{
    private sealed record Move(DesiredContainer Container, DataFolder Data, string From, string To)
    {
        public string Text(long? files) =>
            $"{Container.Spec.Name} on {Container.Host} keeps its {Data.Holds} in {From} ({files switch { null => "number of files unknown", 1 => "1 file", var count => $"{count} files" }}) and would look for them in {To}";
    }

    /// <summary>What is left behind, one sentence each, for notices; empty when nothing is.</summary>
    /// <param name="accepted">The operator knows.</param>
    /// <exception cref="DataLeftBehindException">Something is, and the operator has not said that this is meant.</exception>
    public async Task<ImmutableArray<string>> FindAsync(bool accepted, CancellationToken cancel)
    {
        Move[] moves = [.. desired.Containers.Where(container => desired.IsTagged(container.Service)).SelectMany(MovesOf)];
        var found = ImmutableArray.CreateBuilder<string>();
        string? copy = null;
        foreach (Move move in moves)
        {
            (long? files, string folder) = await CountAsync(move, cancel);
            if (files == 0) continue;
            found.Add(move.Text(files));
            copy ??= $"cp -a {folder}/. to {move.To}";
        }
        return found.Count == 0 || accepted ? found.ToImmutable() : throw new DataLeftBehindException(found.ToImmutable(), copy!);
    }

    private IEnumerable<Move> MovesOf(DesiredContainer container)
    {
        ObservedHost now = observed.Hosts[container.Host];
        // A container that was removed by hand has left its bootstrap job's, which had the same folders.
        string[] names = [container.Spec.Name, .. desired.Services.SelectMany(service => service.Jobs).Where(job => job.Container == container && job.Spec is not null).Select(job => job.Spec!.Name)];
        ObservedContainer? before = names.Select(name => now.Containers.GetValueOrDefault(name)).FirstOrDefault(found => found?.Labels.GetValueOrDefault(OurLabels.Site) == desired.SiteId);
        string? spec = before?.Labels.GetValueOrDefault(OurLabels.Spec);
        foreach (DataFolder data in container.Data.SelectMany(data => Each(data, spec)))
        {
            string to = container.Spec.Mounts.FirstOrDefault(mount => mount.Target == data.Path)?.Source ?? "the container itself";
            if (SpecText.MountSource(spec, data.Path) is { } from && from != to) yield return new Move(container, data, from, to);
        }
    }

    /// <summary>A path that ends in <c>/*</c> stands for every volume and folder that was mounted below it.</summary>
    private static IEnumerable<DataFolder> Each(DataFolder data, string? spec) =>
        data.Path.EndsWith("/*", StringComparison.Ordinal) ? SpecText.MountTargets(spec).Where(target => target.StartsWith(data.Path[..^1], StringComparison.Ordinal)).Select(target => data with { Path = target }) : [data];

    private async Task<(long? Files, string Folder)> CountAsync(Move move, CancellationToken cancel)
    {
        string? folder = move.From.StartsWith('/') ? move.From : observed.Hosts[move.Container.Host].Volumes.GetValueOrDefault(move.From)?.Mountpoint;
        if (folder is null) return (0, move.From);
        // Docker mounts a volume that lies elsewhere only while a container uses it: what a look finds then says nothing.
        if (observed.Hosts[move.Container.Host].Volumes.GetValueOrDefault(move.From) is { Options.IsEmpty: false }) return (null, folder);
        string below = move.Data.Below.Length == 0 ? folder : $"{folder}/{move.Data.Below}";
        CommandResult result = await hosts[move.Container.Host].RunScriptAsync($"[ -d {HostScript.Quote(below)} ] || {{ echo 0; exit 0; }}\nfind {HostScript.Quote(below)} -type f | wc -l", cancel);
        return (result.ExitCode == 0 && long.TryParse(result.Output.Trim(), CultureInfo.InvariantCulture, out long files) ? files : null, folder);
    }
}
