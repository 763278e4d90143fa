using System.ComponentModel;
using System.Runtime.InteropServices;

namespace KollaNet.Engine.Hosts.Local;

/// <summary>The system calls on files that .NET has no API for. Source: Linux, <c>statx(2)</c>, <c>chown(2)</c>, <c>fsync(2)</c>.</summary>
internal static unsafe partial class LinuxFiles
{
    private const int CurrentFolder = -100;      // AT_FDCWD
    private const int NotThroughLinks = 0x100;   // AT_SYMLINK_NOFOLLOW
    private const uint ModeOwnerSizeTime = 0x1 | 0x2 | 0x8 | 0x10 | 0x40 | 0x200;
    private const int ReadOnlyFolder = 0x10000 | 0x80000;   // O_DIRECTORY | O_CLOEXEC
    private const int TypeBits = 0xF000;
    private const int RegularFile = 0x8000;

    /// <summary>What the kernel knows of a file; null when it is missing.</summary>
    public static FileStatus? Find(string path)
    {
        Statx status;
        if (StatxCall(CurrentFolder, path, NotThroughLinks, ModeOwnerSizeTime, &status) != 0) return null;
        DateTimeOffset modified = DateTimeOffset.FromUnixTimeSeconds(status.ModifiedSeconds).AddTicks(status.ModifiedNanoseconds / TimeSpan.NanosecondsPerTick);
        return new FileStatus((status.Mode & TypeBits) == RegularFile, (UnixFileMode)(status.Mode & 0xFFF), status.UserId, status.GroupId, (long)status.Size, modified);
    }

    public static void ChangeOwner(string path, uint userId, uint groupId)
    {
        if (Chown(path, userId, groupId) != 0) throw Failure($"chown {path}");
    }

    /// <summary>Makes a rename in a folder survive a power cut.</summary>
    public static void FlushFolder(string path)
    {
        int folder = Open(path, ReadOnlyFolder);
        if (folder < 0) throw Failure($"open {path}");
        int result = Fsync(folder);
        _ = Close(folder);
        if (result != 0) throw Failure($"fsync {path}");
    }

    private static IOException Failure(string what)
    {
        Win32Exception reason = new(Marshal.GetLastPInvokeError());
        return new IOException($"{what}: {reason.Message}", reason);
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int StatxCall(int folder, string path, int flags, uint mask, Statx* status);

    [LibraryImport("libc", EntryPoint = "chown", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Chown(string path, uint userId, uint groupId);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int file);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int file);

    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Statx
    {
        [FieldOffset(20)] public uint UserId;
        [FieldOffset(24)] public uint GroupId;
        [FieldOffset(28)] public ushort Mode;
        [FieldOffset(40)] public ulong Size;
        [FieldOffset(112)] public long ModifiedSeconds;
        [FieldOffset(120)] public uint ModifiedNanoseconds;
    }
}

/// <summary>What the kernel knows of a file.</summary>
internal sealed record FileStatus(bool IsRegular, UnixFileMode Mode, uint UserId, uint GroupId, long SizeBytes, DateTimeOffset ModifiedAt);
