using KollaNet.Engine.Hosts;
using KollaNet.Engine.Planning;

namespace KollaNet.Engine.Checks;

/// <summary>The configuration that a container is about to get, in a folder that only root can enter and that is gone afterwards.</summary>
/// <param name="purpose">Trials of different kinds may go on at the same time.</param>
internal sealed class TrialFiles(IHost host, DesiredContainer container, string siteId, string purpose) : IAsyncDisposable
{
    /// <summary>In memory on every Linux host, and not writable by others: names below it cannot be taken by somebody else.</summary>
    private readonly string root = $"/run/kollanet-{purpose}";

    /// <summary>To be mounted where the container has its own.</summary>
    public string Folder => $"{root}/{siteId}/{container.Spec.Name}";

    /// <summary>Writes all of them.</summary>
    public async Task WriteAsync(CancellationToken cancel)
    {
        foreach (HostFile file in container.Files) await host.Files.WriteAsync(Moved(file), cancel);
    }

    /// <summary>Also when the operator has stopped us: secrets must not stay behind.</summary>
    public async ValueTask DisposeAsync()
    {
        string[] paths = [.. container.Files.Select(file => Moved(file).Path)];
        foreach (string path in paths) await host.Files.DeleteAsync(path, CancellationToken.None);
        // Deepest first, up to the root of all trials, which stays while another one goes on.
        IEnumerable<string> folders = paths.Append($"{Folder}/").SelectMany(FoldersOf).Distinct().OrderByDescending(path => path.Length);
        foreach (string path in folders) await host.Files.DeleteEmptyFolderAsync(path, CancellationToken.None);
    }

    private HostFile Moved(HostFile file) => file with { Path = Folder + file.Path[container.ConfigFolder!.Length..] };

    private IEnumerable<string> FoldersOf(string path)
    {
        for (string at = path[..path.LastIndexOf('/')]; at.Length >= root.Length; at = at[..at.LastIndexOf('/')]) yield return at;
    }
}
