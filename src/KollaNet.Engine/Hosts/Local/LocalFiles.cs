using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.ComponentModel;
using System.Security.Cryptography;
using KollaNet.Engine.Processes;

namespace KollaNet.Engine.Hosts.Local;

/// <summary>Files of this machine.</summary>
internal sealed class LocalFiles(string host, IProcessRunner processes) : IHostFiles
{
    private const UnixFileMode FolderMode = (UnixFileMode)0b111_111_000;
    private const UnixFileMode SecretMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly AccountNames users = new(processes, "/etc/passwd", "passwd");
    private readonly AccountNames groups = new(processes, "/etc/group", "group");

    public async Task<ImmutableArray<ObservedFile>> ListAsync(string folder, CancellationToken cancel)
    {
        if (!Directory.Exists(folder)) return [];
        EnumerationOptions everything = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
        Func<uint, string> user = users.Names(), group = groups.Names();
        ConcurrentBag<ObservedFile> found = [];
        await Guard($"Folder {folder} could not be listed", () => Parallel.ForEachAsync(
            Directory.EnumerateFiles(folder, "*", everything).Where(path => !UnfinishedFile.Is(path)), cancel, async (path, token) =>
        {
            if (await ObserveAsync(path, user, group, token) is { } file) found.Add(file);
        }));
        return [.. found.OrderBy(file => file.Path, StringComparer.Ordinal)];
    }

    public async Task<byte[]?> FindAsync(string path, CancellationToken cancel)
    {
        byte[]? content = null;
        await Guard($"File {path} could not be read", async () => content = File.Exists(path) ? await File.ReadAllBytesAsync(path, cancel) : null);
        return content;
    }

    public Task WriteAsync(HostFile file, CancellationToken cancel) => Guard($"File {file.Path} could not be written", async () =>
    {
        uint user = await users.FindIdAsync(file.Owner, cancel) ?? throw new IOException($"there is no user {file.Owner}");
        uint group = await groups.FindIdAsync(file.Group, cancel) ?? throw new IOException($"there is no group {file.Group}");
        string folder = Path.GetDirectoryName(file.Path)!;
        MakeFolder(folder, user, group);
        UnfinishedFile.RemoveAbandoned(file.Path);
        string unfinished = UnfinishedFile.NameFor(file.Path);
        try
        {
            await WriteUnfinishedAsync(unfinished, file, user, group, cancel);
            File.Move(unfinished, file.Path, overwrite: true);
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
        LinuxFiles.FlushFolder(folder);
    });

    public Task<bool> DeleteAsync(string path, CancellationToken cancel) => Guard($"File {path} could not be deleted", () =>
    {
        bool existed = LinuxFiles.Find(path) is not null;
        if (existed) File.Delete(path);
        return Task.FromResult(existed);
    });

    public Task<bool> DeleteEmptyFolderAsync(string path, CancellationToken cancel) => Guard($"Folder {path} could not be deleted", () =>
    {
        if (!Directory.Exists(path) || Directory.EnumerateFileSystemEntries(path).Any()) return Task.FromResult(false);
        Directory.Delete(path);
        return Task.FromResult(true);
    });

    private static async ValueTask<ObservedFile?> ObserveAsync(string path, Func<uint, string> user, Func<uint, string> group, CancellationToken cancel)
    {
        try
        {
            if (LinuxFiles.Find(path) is not { IsRegular: true } status) return null;
            await using FileStream content = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 128 * 1024, FileOptions.SequentialScan);
            string hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancel));
            return new ObservedFile(path, hash, status.SizeBytes, status.Mode, user(status.UserId), group(status.GroupId), status.ModifiedAt);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private static async Task WriteUnfinishedAsync(string path, HostFile file, uint user, uint group, CancellationToken cancel)
    {
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = SecretMode, BufferSize = 0 };
        await using FileStream stream = new(path, options);
        await stream.WriteAsync(file.Content.AsMemory(), cancel);
        LinuxFiles.ChangeOwner(path, user, group);
        // After the owner: the kernel clears the set-user-id bits when that changes.
        File.SetUnixFileMode(stream.SafeFileHandle, file.Mode);
        stream.Flush(flushToDisk: true);
    }

    /// <summary>New folders belong to whom the file belongs to; existing ones are left as they are.</summary>
    private static void MakeFolder(string folder, uint user, uint group)
    {
        if (Directory.Exists(folder)) return;
        MakeFolder(Path.GetDirectoryName(folder)!, user, group);
        Directory.CreateDirectory(folder);
        LinuxFiles.ChangeOwner(folder, user, group);
        File.SetUnixFileMode(folder, FolderMode);
    }

    private Task<bool> Guard(string what, Func<Task> act) => Guard(what, async () =>
    {
        await act();
        return true;
    });

    private async Task<T> Guard<T>(string what, Func<Task<T>> act)
    {
        try
        {
            return await act();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or Win32Exception)
        {
            throw new HostCommandException(host, what, failure.Message, failure is UnauthorizedAccessException ? "run this as root" : null, failure);
        }
    }
}
