namespace KollaNet.Engine.Hosts.Bootstrap;

/// <summary>Makes a folder. One that is there keeps its owner and mode.</summary>
/// <param name="Owner">User name; its group is the same as for the files in it.</param>
public sealed record MakeFolder(string Path, UnixFileMode Mode, string Owner, string Group, string Because) : BootstrapAction($"make {Path}", Because)
{
    internal override Task<bool> RunAsync(IHost host, IProgress<string> progress, CancellationToken cancel) => RunScriptAsync(host, $"""
        set -e
        path={HostScript.Quote(Path)}
        [ ! -d "$path" ] || exit {NothingToDo}
        mkdir -p "$(dirname "$path")"
        # Under another name first: a folder that is there is a folder that is finished.
        unfinished=$(mktemp -d "$path.XXXXXX")
        chown {HostScript.Quote($"{Owner}:{Group}")} "$unfinished"
        chmod {Convert.ToString((int)Mode, 8)} "$unfinished"
        mv -T "$unfinished" "$path"
        """, cancel);
}
