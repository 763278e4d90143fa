using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace KollaNet.ImageService.Stores.Files;

/// <summary>The few calls that .NET does not offer: renaming without overwriting, syncing a folder, beginning to write back, easing a lock, asking for rights.</summary>
internal static partial class LinuxFile
{
    private const int CurrentFolder = -100, NoReplace = 1, LockShared = 1;
    private const uint BeginOnly = 2;
    private const int MayExecute = 1, MayWrite = 2, MayRead = 4;
    private const int NotPermitted = 1, Exists = 17, Invalid = 22, NotImplemented = 38, NotSupported = 95;
    private const int InputOutput = 5, TimedOut = 110, Refused = 111, HostDown = 112, NoRoute = 113, Stale = 116, NotConnected = 107;
    private const int AccessDenied = 13, FileTooLarge = 27, NoSpace = 28, ReadOnly = 30, QuotaUsedUp = 122;

    /// <summary>Gives a file its final name, in the same file system.</summary>
    /// <returns>False: something has that name already; nothing was changed.</returns>
    /// <exception cref="IOException">The kernel's words.</exception>
    public static bool TryRename(string from, string to)
    {
        if (RenameNoReplace(from, to) is not { } error) return true;
        // NFS and some FUSE file systems cannot rename this way, but a hard link does not overwrite either.
        if (error is Invalid or NotImplemented or NotSupported) error = Link(from, to) == 0 ? 0 : Marshal.GetLastPInvokeError();
        if (error == Exists) return false;
        if (error != 0) throw new IOException($"Cannot rename {from} to {to}: {Marshal.GetPInvokeErrorMessage(error)}", error);
        File.Delete(from);
        return true;
    }

    /// <summary>Makes a new or renamed entry of a folder survive a power cut.</summary>
    public static void SyncFolder(string folder)
    {
        int descriptor = Open(folder, 0);
        if (descriptor < 0) return;
        _ = Sync(descriptor);   // Some network file systems refuse this on folders; they order such changes themselves.
        _ = Close(descriptor);
    }

    /// <summary>Tells the kernel to begin writing a part of a file to the disk, and does not wait for the disk. A hint: only a sync makes bytes durable and tells of failures.</summary>
    public static void BeginWriteBack(SafeFileHandle file, long offsetBytes, long lengthBytes) => _ = SyncFileRange(file, offsetBytes, lengthBytes, BeginOnly);

    /// <summary>Lets others open for reading what .NET has locked for its writer; nobody else can open it for writing. Does nothing where the file system has no locks.</summary>
    public static void LetRead(SafeFileHandle file) => _ = Lock(file, LockShared);

    /// <summary>Why this process could not write a file, or make one in a folder; null when it could. Makes nothing; a file system that can only be read counts too.</summary>
    /// <returns>The kernel's words.</returns>
    public static string? FindWriteProblem(string path)
    {
        int wanted = Directory.Exists(path) ? MayRead | MayWrite | MayExecute : MayWrite;
        return Access(path, wanted) == 0 ? null : Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());
    }

    private static int? RenameNoReplace(string from, string to)
    {
        try
        {
            return RenameAt2(CurrentFolder, from, CurrentFolder, to, NoReplace) == 0 ? null : Marshal.GetLastPInvokeError();
        }
        catch (EntryPointNotFoundException)
        {
            return NotImplemented;
        }
    }

    /// <summary>What a failed call means to a store: no room (no space left, quota used up, file too large), no permission, a file system whose server
    /// is away, or null for anything else. The path is for operators only.</summary>
    public static Exception? Explain(Exception error, string path) => error switch
    {
        UnauthorizedAccessException or IOException { HResult: NotPermitted or AccessDenied or ReadOnly } => new StoreForbidsWritingException($"Cannot write {path}: {error.Message}", error) { ForCallers = "The image store does not let this service in, or cannot be written." },
        IOException { HResult: NoSpace or QuotaUsedUp or FileTooLarge } => new StoreFullException($"No room left for {path}: {error.Message}", error) { ForCallers = "The image store has no room left." },
        IOException { HResult: InputOutput or TimedOut or Refused or HostDown or NoRoute or NotConnected or Stale } => Unreachable(path, error),
        _ => null,
    };

    /// <summary>The file system of a path does not answer.</summary>
    public static StoreUnreachableException Unreachable(string path, Exception error) => new(path, error) { ForCallers = "The image store cannot be reached." };

    [LibraryImport("libc", EntryPoint = "access", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Access(string path, int mode);

    [LibraryImport("libc", EntryPoint = "renameat2", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int RenameAt2(int fromFolder, string from, int toFolder, string to, uint flags);

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Link(string from, string to);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "sync_file_range", SetLastError = true)]
    private static partial int SyncFileRange(SafeFileHandle file, long offset, long length, uint flags);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Lock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
