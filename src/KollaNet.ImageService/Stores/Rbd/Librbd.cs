using System.Runtime.InteropServices;

namespace KollaNet.ImageService.Stores.Rbd;

/// <summary>The calls of librbd that the store needs. All but the asynchronous two block; results are 0 or more, or a negative errno. Source: librbd.h of Ceph 16.</summary>
internal static unsafe partial class Librbd
{
    private const string Library = "librbd.so.1";

    [LibraryImport(Library, EntryPoint = "rbd_create2", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Create(CephHandle pool, string name, ulong sizeBytes, ulong features, ref int order);

    [LibraryImport(Library, EntryPoint = "rbd_open", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(CephHandle pool, string name, out nint image, string? snapshot);

    [LibraryImport(Library, EntryPoint = "rbd_open_read_only", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int OpenReadOnly(CephHandle pool, string name, out nint image, string? snapshot);

    [LibraryImport(Library, EntryPoint = "rbd_close")]
    public static partial int Close(nint image);

    [LibraryImport(Library, EntryPoint = "rbd_get_id")]
    public static partial int GetId(CephHandle image, Span<byte> id, nuint length);

    [LibraryImport(Library, EntryPoint = "rbd_get_size")]
    public static partial int GetSize(CephHandle image, out ulong sizeBytes);

    /// <param name="info">Takes an <c>rbd_image_info_t</c>.</param>
    [LibraryImport(Library, EntryPoint = "rbd_stat")]
    public static partial int Describe(CephHandle image, Span<ulong> info, nuint infoBytes);

    [LibraryImport(Library, EntryPoint = "rbd_resize")]
    public static partial int Resize(CephHandle image, ulong sizeBytes);

    [LibraryImport(Library, EntryPoint = "rbd_flush")]
    public static partial int Flush(CephHandle image);

    [LibraryImport(Library, EntryPoint = "rbd_get_create_timestamp")]
    public static partial int GetCreationTime(CephHandle image, out TimeSpec time);

    [LibraryImport(Library, EntryPoint = "rbd_snap_create", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int CreateSnapshot(CephHandle image, string name);

    [LibraryImport(Library, EntryPoint = "rbd_snap_remove", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int RemoveSnapshot(CephHandle image, string name);

    [LibraryImport(Library, EntryPoint = "rbd_snap_protect", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ProtectSnapshot(CephHandle image, string name);

    [LibraryImport(Library, EntryPoint = "rbd_snap_unprotect", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int UnprotectSnapshot(CephHandle image, string name);

    [LibraryImport(Library, EntryPoint = "rbd_snap_is_protected", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int IsProtected(CephHandle image, string name, out int isProtected);

    [LibraryImport(Library, EntryPoint = "rbd_remove", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Remove(CephHandle pool, string name);

    [LibraryImport(Library, EntryPoint = "rbd_trash_move", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MoveToTrash(CephHandle pool, string name, ulong delaySeconds);

    [LibraryImport(Library, EntryPoint = "rbd_list")]
    public static partial int List(CephHandle pool, Span<byte> names, ref nuint length);

    [LibraryImport(Library, EntryPoint = "rbd_aio_write")]
    public static partial int BeginWrite(CephHandle image, ulong offsetBytes, nuint length, nint bytes, nint completion);

    [LibraryImport(Library, EntryPoint = "rbd_aio_read")]
    public static partial int BeginRead(CephHandle image, ulong offsetBytes, nuint length, nint bytes, nint completion);

    [LibraryImport(Library, EntryPoint = "rbd_aio_create_completion")]
    public static partial int CreateCompletion(nint argument, delegate* unmanaged[Cdecl]<nint, nint, void> callback, out nint completion);

    [LibraryImport(Library, EntryPoint = "rbd_aio_get_return_value")]
    public static partial nint GetResult(nint completion);

    [LibraryImport(Library, EntryPoint = "rbd_aio_release")]
    public static partial void Release(nint completion);

    /// <summary>C's <c>struct timespec</c>.</summary>
    public struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
