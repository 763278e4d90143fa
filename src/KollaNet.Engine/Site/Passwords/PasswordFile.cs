using System.Collections.Concurrent;
using System.Collections.Immutable;
using KollaNet.Engine.Hosts.Local;

namespace KollaNet.Engine.Site.Passwords;

/// <summary>Fills and merges <c>passwords.yml</c>. Comments, order and set values stay; the file is replaced in one move, mode 0600, its owner kept.</summary>
public static class PasswordFile
{
    private const string Header = "---\n# Passwords and keys of this site. Empty ones are filled by: kollanet genpwd\n";

    /// <summary>Gives every empty key a value, and adds the keys that services need and the file lacks.</summary>
    /// <param name="path">Made when it is missing; its folder is not, because a misspelt one would get passwords that nothing reads.</param>
    /// <param name="needs">See <see cref="PasswordNeed.ReadAll"/>; decide the kind of the keys they name, and names decide the rest.</param>
    /// <exception cref="SiteInvalidException">The file is not a mapping with one key per line; it is unchanged.</exception>
    /// <exception cref="KollaNetException">The file cannot be read or written.</exception>
    public static PasswordReport Generate(string path, ImmutableArray<PasswordNeed> needs)
    {
        bool exists = File.Exists(path);
        var text = new PasswordText(exists ? ReadText(path) : Header, path);
        var kinds = needs.GroupBy(need => need.Key, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.First().Kind, StringComparer.Ordinal);
        ImmutableArray<string> empty = [.. text.EmptyKeys.Where(key => KindOf(key) != PasswordKind.None)];
        ImmutableArray<PasswordNeed> lacking = [.. needs.Where(need => need.Kind != PasswordKind.None && !text.Keys.Contains(need.Key)).DistinctBy(need => need.Key)];
        if (exists && empty.IsEmpty && lacking.IsEmpty)
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            return new PasswordReport([], []);
        }
        var made = new ConcurrentDictionary<string, string?>(StringComparer.Ordinal);
        // RSA pairs take a second each, and Kolla's own file asks for several.
        Parallel.ForEach(empty.Concat(lacking.Select(need => need.Key)), key => made[key] = PasswordMaker.Entry(key, KindOf(key)));
        IEnumerable<string> added = lacking.GroupBy(need => need.Service, StringComparer.Ordinal)
            .SelectMany(service => service.Select(need => made[need.Key]!).Prepend($"\n# {service.Key}"));
        Replace(path, text.With(made, added));
        return new PasswordReport(empty, [.. lacking.Select(need => need.Key)]);

        PasswordKind KindOf(string key) => kinds.TryGetValue(key, out PasswordKind kind) ? kind : PasswordNeed.KindByName(key);
    }

    /// <summary>Carries the set values of an old file over to a new one's keys. Source: kolla-mergepwd.</summary>
    /// <param name="clean">True drops keys that the new file no longer has; false keeps them at the end.</param>
    /// <exception cref="SiteInvalidException">One of the files is not a mapping with one key per line; nothing was written.</exception>
    /// <exception cref="KollaNetException">A file cannot be read or written.</exception>
    public static PasswordReport Merge(string oldPath, string newPath, string finalPath, bool clean)
    {
        var old = new PasswordText(ReadText(oldPath), oldPath);
        var fresh = new PasswordText(ReadText(newPath), newPath);
        HashSet<string> newKeys = [.. fresh.Keys];
        string[] set = [.. old.Keys.Except(old.EmptyKeys)];
        ImmutableArray<string> carried = [.. set.Where(newKeys.Contains)];
        ImmutableArray<string> kept = clean ? [] : [.. old.Keys.Where(key => !newKeys.Contains(key))];
        IEnumerable<string> added = kept.IsEmpty ? [] : kept.Select(key => old.Find(key)!).Prepend("\n# Only in the old file");
        Replace(finalPath, fresh.With(carried.ToDictionary(key => key, old.Find, StringComparer.Ordinal), added));
        return new PasswordReport(carried, kept);
    }

    private static string ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KollaNetException($"{path} cannot be read.", e.Message, "correct the name, or run the command as a user who may read it", e);
        }
    }

    private static void Replace(string path, string text)
    {
        string target = (File.Exists(path) ? File.ResolveLinkTarget(path, true)?.FullName : null) ?? Path.GetFullPath(path);
        string temporary = $"{target}.{Environment.ProcessId}.new", folder = Path.GetDirectoryName(target)!;
        if (!Directory.Exists(folder))
        {
            throw File.Exists(folder) ? new KollaNetException($"{path} cannot be written.", $"{folder} is a file and not a folder", "correct the name; nothing was written")
                : new KollaNetException($"{path} cannot be written.", $"there is no folder {folder}", $"correct the name or, when it is right, mkdir -p {folder}; nothing was written");
        }

        try
        {
            File.Delete(temporary);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
            using (var stream = new FileStream(temporary, options))
            {
                stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
                stream.Flush(true);
            }
            if (LinuxFiles.Find(target) is { } before) LinuxFiles.ChangeOwner(temporary, before.UserId, before.GroupId);
            File.Move(temporary, target, true);
            LinuxFiles.FlushFolder(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Where nothing could be written nothing can be deleted either, and that must not hide why.
            if (File.Exists(temporary)) File.Delete(temporary);
            throw new KollaNetException($"{path} cannot be written.", e.Message, "correct the name, or run the command as a user who may write it; the file is unchanged", e);
        }
    }
}

/// <summary>What was done to a <c>passwords.yml</c>: names only.</summary>
/// <param name="Filled">Keys that were empty and got a value; when merging, keys whose value was carried over.</param>
/// <param name="Added">Keys that the file lacked.</param>
public sealed record PasswordReport(ImmutableArray<string> Filled, ImmutableArray<string> Added);
