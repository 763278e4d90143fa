using System.Runtime.InteropServices;

namespace KollaNet.ImageService.Stores.Rbd;

/// <summary>The calls of librados that the store needs. All but the last two block; results are 0 or more, or a negative errno. Source: librados.h of Ceph 16.</summary>
internal static partial class Librados
{
    private const string Library = "librados.so.2";

    [LibraryImport(Library, EntryPoint = "rados_create2", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Create(out nint cluster, string clusterName, string userName, ulong flags);

    [LibraryImport(Library, EntryPoint = "rados_conf_read_file", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ReadConfiguration(nint cluster, string path);

    [LibraryImport(Library, EntryPoint = "rados_conf_set", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetOption(nint cluster, string option, string value);

    [LibraryImport(Library, EntryPoint = "rados_conf_get", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int GetOption(nint cluster, string option, Span<byte> value, nuint length);

    [LibraryImport(Library, EntryPoint = "rados_connect")]
    public static partial int Connect(nint cluster);

    [LibraryImport(Library, EntryPoint = "rados_cluster_fsid")]
    public static partial int ReadFsid(nint cluster, Span<byte> value, nuint length);

    [LibraryImport(Library, EntryPoint = "rados_ioctx_create", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int OpenPool(nint cluster, string pool, out nint context);

    /// <summary>Lets writes to a full pool fail; by default they would wait for room.</summary>
    [LibraryImport(Library, EntryPoint = "rados_set_pool_full_try")]
    public static partial void FailWhenFull(nint context);

    [LibraryImport(Library, EntryPoint = "rados_ioctx_destroy")]
    public static partial void ClosePool(nint context);

    [LibraryImport(Library, EntryPoint = "rados_shutdown")]
    public static partial void Shutdown(nint cluster);

    /// <summary>Waits until librados has run all completions that are due by now. Source: librados of Ceph 16, where a flush that has nothing to wait for is put behind them.</summary>
    public static void PassQueue(nint context)
    {
        if (CreateCompletion(0, 0, out nint completion) < 0) return;
        if (BeginFlush(context, completion) >= 0) _ = WaitFor(completion);
        Release(completion);
    }

    [LibraryImport(Library, EntryPoint = "rados_aio_create_completion2")]
    private static partial int CreateCompletion(nint argument, nint callback, out nint completion);

    [LibraryImport(Library, EntryPoint = "rados_aio_flush_async")]
    private static partial int BeginFlush(nint context, nint completion);

    [LibraryImport(Library, EntryPoint = "rados_aio_wait_for_complete")]
    private static partial int WaitFor(nint completion);

    [LibraryImport(Library, EntryPoint = "rados_aio_release")]
    private static partial void Release(nint completion);
}
