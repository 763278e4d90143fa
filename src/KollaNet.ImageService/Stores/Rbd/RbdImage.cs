using System.Diagnostics;
using System.Text;

namespace KollaNet.ImageService.Stores.Rbd;

/// <summary>An open RBD image. Calls block, but for reading and writing.</summary>
internal sealed class RbdImage : IDisposable
{
    /// <summary>The snapshot that makes data complete and that clones are made of. Source: image-api reference 8, rbd.</summary>
    public const string Snapshot = "snap";

    private readonly CephHandle image, pool;
    private readonly string name;
    private readonly string? snapshot;

    private RbdImage(string name, string? snapshot, nint image, CephHandle pool)
    {
        (this.name, this.snapshot, this.pool) = (name, snapshot, pool);
        nint context = pool.DangerousGetHandle();   // Alive for as long as the image is.
        this.image = new CephHandle(image, value => Close(value, context), pool);
    }

    /// <summary>Makes an image and opens it. The cluster lets only one caller make a name.</summary>
    /// <param name="order">Objects of 2^order bytes.</param>
    public static RbdImage Create(CephCluster cluster, string name, long sizeBytes, int order)
    {
        CephException.Check(Librbd.Create(cluster.Pool, name, (ulong)sizeBytes, cluster.Features, ref order), $"create image {name}");
        return Open(cluster.Pool, name);
    }

    /// <summary>Opens for changing: while open, the cluster does not let anybody remove it.</summary>
    public static RbdImage Open(CephHandle pool, string name)
    {
        CephException.Check(Librbd.Open(pool, name, out nint image, null), $"open image {name}");
        return new RbdImage(name, null, image, pool);
    }

    /// <summary>Opens for reading. It can be removed meanwhile; see <see cref="RequireThere"/>.</summary>
    /// <param name="snapshot">Null for the image itself.</param>
    public static RbdImage OpenReadOnly(CephHandle pool, string name, string? snapshot)
    {
        CephException.Check(Librbd.OpenReadOnly(pool, name, out nint image, snapshot), $"open image {name}");
        return new RbdImage(name, snapshot, image, pool);
    }

    /// <summary>Asks the cluster whether what was opened is there; blocks. Of an image that was removed since librbd reads zeros, as it does where nothing was ever written. The snapshot goes before
    /// any data: what was read before this returns is right.</summary>
    /// <exception cref="CephException">Missing.</exception>
    public void RequireThere()
    {
        using RbdImage now = OpenReadOnly(pool, name, snapshot);
        if (now.Id != Id) throw new CephException($"find image {name} again", CephException.Missing);
    }

    /// <summary>Tells it from others that had or will have its name.</summary>
    public string Id
    {
        get
        {
            Span<byte> id = stackalloc byte[256];
            CephException.Check(Librbd.GetId(image, id, (nuint)id.Length), $"tell the id of image {name}");
            return Encoding.ASCII.GetString(id[..id.IndexOf((byte)0)]);
        }
    }

    /// <summary>Now.</summary>
    public long SizeBytes
    {
        get
        {
            CephException.Check(Librbd.GetSize(image, out ulong size), $"tell the size of image {name}");
            return (long)size;
        }
    }

    /// <summary>Of the objects that it is made of; each is there or not.</summary>
    public int ObjectBytes
    {
        get
        {
            Span<ulong> info = stackalloc ulong[32];
            CephException.Check(Librbd.Describe(image, info, (nuint)(info.Length * sizeof(ulong))), $"describe image {name}");
            return (int)info[1];   // obj_size, after size.
        }
    }

    /// <summary>By the cluster's clock.</summary>
    public DateTimeOffset CreatedAt
    {
        get
        {
            CephException.Check(Librbd.GetCreationTime(image, out Librbd.TimeSpec time), $"tell the age of image {name}");
            return DateTimeOffset.FromUnixTimeSeconds(time.Seconds);
        }
    }

    /// <summary>Whether it was written to its end.</summary>
    public bool IsComplete => Librbd.IsProtected(image, Snapshot, out _) >= 0;

    /// <summary>Makes room, or cuts off.</summary>
    public void Resize(long sizeBytes) => CephException.Check(Librbd.Resize(image, (ulong)sizeBytes), $"resize image {name}");

    /// <summary>Takes the snapshot that says that everything is there.</summary>
    public void Complete()
    {
        CephException.Check(Librbd.Flush(image), $"flush image {name}");
        CephException.Check(Librbd.CreateSnapshot(image, Snapshot), $"take the snapshot of image {name}");
        CephException.Check(Librbd.ProtectSnapshot(image, Snapshot), $"protect the snapshot of image {name}");
    }

    /// <summary>Removes the snapshot, unless clones need it.</summary>
    /// <exception cref="CephException">Busy: there are clones; nothing was changed.</exception>
    public void RemoveSnapshot()
    {
        int unprotected = Librbd.UnprotectSnapshot(image, Snapshot);
        if (unprotected == -CephException.Missing) return;
        if (unprotected != -CephException.Invalid) CephException.Check(unprotected, $"release the snapshot of image {name}, which has clones");   // Invalid: was not protected.
        int removed = Librbd.RemoveSnapshot(image, Snapshot);
        if (removed != -CephException.Missing) CephException.Check(removed, $"remove the snapshot of image {name}");
    }

    /// <summary>Writes a block, which must stay as it is until then.</summary>
    public async Task WriteAsync(RbdBlock block, long offsetBytes)
    {
        Debug.Assert(block.Length > 0, "there is something to write");
        CephException.Check(await RbdCompletion.RunAsync(completion => Librbd.BeginWrite(image, (ulong)offsetBytes, (nuint)block.Length, block.Address, completion)), $"write to image {name}");
    }

    /// <summary>Fills a block up to its <see cref="RbdBlock.Length"/>.</summary>
    public async Task ReadAsync(RbdBlock block, long offsetBytes)
    {
        int read = CephException.Check(await RbdCompletion.RunAsync(completion => Librbd.BeginRead(image, (ulong)offsetBytes, (nuint)block.Length, block.Address, completion)), $"read image {name}");
        if (read != block.Length) throw new EndOfStreamException($"Image {name} ends early: {read} bytes of {block.Length} at {offsetBytes}.");
    }

    /// <inheritdoc/>
    public void Dispose() => image.Dispose();

    /// <summary>Closes; blocks. librbd 16.2.15 lets who waits for an open image go on before the thread that opened it, one of librados's, has let go of it. Closed at that moment, it aborts the
    /// process: about once in 1,000 images that are opened and closed side by side. What that thread has queued before must be through, then.</summary>
    private static void Close(nint image, nint context)
    {
        Librados.PassQueue(context);
        _ = Librbd.Close(image);
    }
}
