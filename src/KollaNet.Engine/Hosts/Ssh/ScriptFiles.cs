using System.Collections.Immutable;
using System.Globalization;

namespace KollaNet.Engine.Hosts.Ssh;

/// <summary>Files of a host by way of its shell and coreutils.</summary>
internal sealed class ScriptFiles(IHost host) : IHostFiles
{
    /// <summary>Our scripts' way to say "there was none".</summary>
    private const int NothingThere = 44;

    private const char Null = '\0';

    private const string HashesFollow = "hashes";

    public async Task<ImmutableArray<ObservedFile>> ListAsync(string folder, CancellationToken cancel)
    {
        string find = $"find {HostScript.Quote(folder)} -type f ! -name '.*{UnfinishedFile.Suffix}'";
        CommandResult result = await RunAsync($"Folder {folder} could not be listed", $"""
            [ -d {HostScript.Quote(folder)} ] || exit 0
            {find} -printf '%m\t%s\t%u\t%g\t%T@\t%p\0' || exit 1
            printf '{HashesFollow}\0'
            {find} -print0 | xargs -0r sha256sum -z 2>/dev/null
            exit 0
            """, cancel);
        string[] entries = result.Output.Split(Null, StringSplitOptions.RemoveEmptyEntries);
        int middle = Array.IndexOf(entries, HashesFollow);
        if (middle < 0) return [];
        // A file that went away between the two has no hash.
        Dictionary<string, string> hashes = entries[(middle + 1)..].Select(entry => entry.Split("  ", 2)).ToDictionary(parts => parts[1], parts => parts[0]);
        return [.. entries[..middle].Select(entry => ToFile(entry.Split('\t', 6), hashes)).OfType<ObservedFile>().OrderBy(file => file.Path, StringComparer.Ordinal)];
    }

    public async Task<byte[]?> FindAsync(string path, CancellationToken cancel)
    {
        string file = HostScript.Quote(path);
        CommandResult result = await RunAsync($"File {path} could not be read", $"[ -f {file} ] || exit {NothingThere}\nexec base64 {file}", cancel);
        return result.ExitCode == NothingThere ? null : Convert.FromBase64String(result.Output);
    }

    public Task WriteAsync(HostFile file, CancellationToken cancel)
    {
        string folder = Path.GetDirectoryName(file.Path)!, name = Path.GetFileName(file.Path);
        return RunAsync($"File {file.Path} could not be written", $"""
            set -eu
            folder={HostScript.Quote(folder)}; name={HostScript.Quote(name)}; owner={HostScript.Quote($"{file.Owner}:{file.Group}")}
            make() {"{"}
              [ -d "$1" ] && return 0
              make "$(dirname "$1")"
              mkdir -m 0700 "$1" 2>/dev/null || [ -d "$1" ]
              chown "$owner" "$1"; chmod 0770 "$1"
            {"}"}
            make "$folder"
            for abandoned in "$folder/.$name."*{UnfinishedFile.Suffix}; do
              process=$(printf %s "${"{"}abandoned#"$folder/.$name."{"}"}" | cut -d- -f1)
              [ ! -f "$abandoned" ] || [ -d "/proc/$process" ] || rm -f "$abandoned"
            done
            unfinished="$folder/.$name.$$-1{UnfinishedFile.Suffix}"
            trap 'rm -f "$unfinished"' EXIT
            umask 077
            base64 -d >"$unfinished" <<'end of content'
            {Convert.ToBase64String(file.Content.AsSpan(), Base64FormattingOptions.InsertLineBreaks).ReplaceLineEndings("\n")}
            end of content
            chown "$owner" "$unfinished"
            chmod {Convert.ToString((int)file.Mode, 8)} "$unfinished"
            sync "$unfinished"
            mv -fT "$unfinished" "$folder/$name"
            sync "$folder"
            """, cancel);
    }

    public async Task<bool> DeleteAsync(string path, CancellationToken cancel)
    {
        string file = HostScript.Quote(path);
        return (await RunAsync($"File {path} could not be deleted", $"[ -e {file} ] || [ -L {file} ] || exit {NothingThere}\nexec rm -f {file}", cancel)).ExitCode == 0;
    }

    public async Task<bool> DeleteEmptyFolderAsync(string path, CancellationToken cancel)
    {
        string folder = HostScript.Quote(path);
        return (await RunAsync($"Folder {path} could not be deleted", $"[ -d {folder} ] && [ -z \"$(ls -A {folder})\" ] || exit {NothingThere}\nexec rmdir {folder}", cancel)).ExitCode == 0;
    }

    private async Task<CommandResult> RunAsync(string what, string script, CancellationToken cancel)
    {
        CommandResult result = await host.RunScriptAsync(script, cancel);
        return result.ExitCode is 0 or NothingThere ? result : throw new HostCommandException(host.Name, what, result.Error.Trim());
    }

    private static ObservedFile? ToFile(string[] fields, Dictionary<string, string> hashes)
    {
        if (!hashes.TryGetValue(fields[5], out string? hash)) return null;
        DateTimeOffset modified = DateTimeOffset.UnixEpoch.AddTicks((long)(decimal.Parse(fields[4], CultureInfo.InvariantCulture) * TimeSpan.TicksPerSecond));
        return new ObservedFile(fields[5], hash, long.Parse(fields[1], CultureInfo.InvariantCulture), (UnixFileMode)Convert.ToInt32(fields[0], 8), fields[2], fields[3], modified);
    }
}
