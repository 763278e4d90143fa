using System.Buffers;
using System.Text;

namespace KollaNet.ImageService.Stores.Rbd;

/// <summary>Says what lies in a pool. Calls block.</summary>
internal static class RbdListing
{
    private const int TooSmall = 34;

    /// <summary>The names of all images.</summary>
    public static string[] NamesOf(CephCluster cluster)
    {
        nuint length = 64 * 1024;
        while (true)
        {
            byte[] names = ArrayPool<byte>.Shared.Rent((int)length);
            try
            {
                int listed = Librbd.List(cluster.Pool, names, ref length);
                if (listed == -TooSmall) continue;   // It has said how much it needs.
                CephException.Check(listed, "list the images of the pool");
                return Encoding.UTF8.GetString(names, 0, listed).Split('\0', StringSplitOptions.RemoveEmptyEntries);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(names);
            }
        }
    }

    /// <summary>One image; null when it is gone meanwhile.</summary>
    public static StoredObject? Describe(CephCluster cluster, string pool, string name)
    {
        try
        {
            using RbdImage image = RbdImage.OpenReadOnly(cluster.Pool, name, null);
            return new StoredObject(name, new RbdLocation(cluster.Fsid, pool, name, RbdImage.Snapshot).ToString(), image.SizeBytes, image.IsComplete);
        }
        catch (CephException e) when (e.Errno == CephException.Missing)
        {
            return null;
        }
    }
}
