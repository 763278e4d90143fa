using System.Collections.Immutable;
using System.Security.Cryptography;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Steps;

namespace KollaNet.Engine.Planning;

/// <summary>Compares a container's rendered files with those on its host.</summary>
internal sealed class FilePlanner(ObservedState observed)
{
    private readonly Dictionary<(string Host, string Name), ImmutableArray<Step>> planned = [];

    /// <summary>Deletions first, then the list of what is ours, then the files: killed anywhere in between, nothing of ours is ever missing from the list.</summary>
    public ImmutableArray<Step> StepsOf(DesiredContainer container)
    {
        (string Host, string Name) key = (container.Host, container.Spec.Name);
        return planned.TryGetValue(key, out ImmutableArray<Step> steps) ? steps : planned[key] = [.. Compare(container)];
    }

    /// <summary>Names, below the configuration folder, of files that the plan writes or deletes.</summary>
    public ImmutableArray<string> Rewritten(DesiredContainer container) =>
        [.. StepsOf(container).Where(step => Path.GetFileName(step.Id.Subject) != Manifest.FileName).Select(step => Path.GetRelativePath(container.ConfigFolder!, step.Id.Subject))];

    /// <summary>The newest of the container's files on its host; null when none is there.</summary>
    public (string Name, DateTimeOffset At)? Newest(DesiredContainer container) => container.Files
        .Select(file => observed.Hosts[container.Host].Files.GetValueOrDefault(file.Path)).OfType<ObservedFile>()
        .OrderByDescending(file => file.ModifiedAt).Select(file => ((string, DateTimeOffset)?)(Path.GetFileName(file.Path), file.ModifiedAt)).FirstOrDefault();

    private IEnumerable<Step> Compare(DesiredContainer container)
    {
        if (container.ConfigFolder is not { } folder) yield break;
        var before = ImmutableArray.CreateBuilder<StepId>();
        foreach (string stale in Stale(container))
        {
            var step = new DeleteFileStep(Id(container, stale), container.Service, "is no longer rendered", []);
            before.Add(step.Id);
            yield return step;
        }
        HostFile manifest = ManifestOf(container, folder);
        if (Difference(container.Host, manifest) is not null)
        {
            var step = new WriteFileStep(Id(container, manifest.Path), container.Service, "lists the files that are ours", before.ToImmutable(), manifest);
            before.Add(step.Id);
            yield return step;
        }
        foreach (HostFile file in container.Files)
            if (Difference(container.Host, file) is { } because) yield return new WriteFileStep(Id(container, file.Path), container.Service, because, before.ToImmutable(), file);
    }

    private IEnumerable<string> Stale(DesiredContainer container)
    {
        ObservedHost host = observed.Hosts[container.Host];
        IEnumerable<string> ours = host.Manifests.TryGetValue(container.ConfigFolder!, out ImmutableArray<string> names) ? names.Select(name => $"{container.ConfigFolder}/{name}") : [];
        return ours.Except(container.Files.Select(file => file.Path)).Where(host.Files.ContainsKey).Order(StringComparer.Ordinal);
    }

    private static HostFile ManifestOf(DesiredContainer container, string folder)
    {
        (string owner, string group) = container.Files.IsEmpty ? ("root", "root") : (container.Files[0].Owner, container.Files[0].Group);
        return new HostFile($"{folder}/{Manifest.FileName}", Manifest.Write(container.Files.Select(file => Path.GetRelativePath(folder, file.Path))),
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, owner, group, IsSecret: false);
    }

    private string? Difference(string host, HostFile wanted)
    {
        if (!observed.Hosts[host].Files.TryGetValue(wanted.Path, out ObservedFile? now)) return "is missing";
        if (now.Sha256 != Convert.ToHexStringLower(SHA256.HashData(wanted.Content.AsSpan()))) return "content differs";
        if (now.Mode != wanted.Mode) return $"mode is {Octal(now.Mode)}, wanted {Octal(wanted.Mode)}";
        return (now.Owner, now.Group) == (wanted.Owner, wanted.Group) ? null : $"owner is {now.Owner}:{now.Group}, wanted {wanted.Owner}:{wanted.Group}";
    }

    private static string Octal(UnixFileMode mode) => "0" + Convert.ToString((int)mode, 8);

    private static StepId Id(DesiredContainer container, string path) => new(container.Host, "file", path);
}
