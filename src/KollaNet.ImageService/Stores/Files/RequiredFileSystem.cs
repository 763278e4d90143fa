using System.Text.RegularExpressions;

namespace KollaNet.ImageService.Stores.Files;

/// <summary>A folder at which a file system has to be mounted: without it, images would fill whatever lies below.</summary>
/// <param name="Path">Absolute, without a slash at the end.</param>
/// <param name="Type">As in <c>/proc/filesystems</c>, <c>nfs</c> for all versions of it; <c>any</c> for a whole file system of any type.</param>
public sealed partial record RequiredFileSystem(string Path, string Type)
{
    private const string MountTable = "/proc/self/mountinfo";

    /// <summary>Those that come over a network may be mounted by a folder of theirs; of others the whole has to be mounted, else it is a folder of the host's own disk.</summary>
    private static readonly string[] FromTheNetwork = ["nfs", "nfs4", "cifs", "smb3", "ceph", "fuse.glusterfs", "lustre", "9p", "virtiofs"];

    /// <summary>How long a file system may take to say how much room it has. A dead NFS server answers after the mount's own timeouts, or never.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>What is wrong, as a sentence without a full stop; null when it is mounted and answers.</summary>
    public string? FindProblem() => FindProblem(File.ReadAllText(MountTable)) ?? FindSilence();

    /// <param name="mountTable">Text in the form of <c>/proc/self/mountinfo</c>. Source: Linux, proc_pid_mountinfo(5).</param>
    internal string? FindProblem(string mountTable)
    {
        // The last one at a place hides the others.
        string[]? mount = mountTable.Split('\n').Select(line => line.Split(' ')).LastOrDefault(words => words.Length > 9 && Unescape(words[4]) == Path);
        if (mount is null) return $"nothing is mounted at {Path}";
        int dash = Array.IndexOf(mount, "-");
        string type = mount[dash + 1], source = Unescape(mount[dash + 2]), root = Unescape(mount[3]);
        if (Type != "any" && type != Type && !(Type == "nfs" && type == "nfs4")) return $"at {Path} there is {source} ({type}) and not the file system of type {Type} that should be mounted there";
        if (root != "/" && !FromTheNetwork.Contains(type)) return $"at {Path} there is the folder {root} of {source} ({type}) and not a file system of its own";
        return null;
    }

    private string? FindSilence()
    {
        string? problem = null;
        // On a thread of its own: the kernel may not come back from this call, and nothing can make it.
        var look = new Thread(() => problem = FindFailure()) { IsBackground = true };
        look.Start();
        return look.Join(Patience) ? problem : $"what is mounted at {Path} does not answer within {Patience.TotalSeconds:0} s";
    }

    private string? FindFailure()
    {
        try
        {
            _ = new DriveInfo(Path).AvailableFreeSpace;
            _ = Directory.EnumerateFileSystemEntries(Path).Any();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"what is mounted at {Path} cannot be used: {e.Message}";
        }
    }

    private static string Unescape(string text) => Octal().Replace(text, match => ((char)Convert.ToInt32(match.Groups[1].Value, 8)).ToString());

    [GeneratedRegex(@"\\([0-7]{3})")]
    private static partial Regex Octal();
}
