using KollaNet.ImageService.Stores.Files;
using Microsoft.Win32.SafeHandles;

namespace KollaNet.ImageService.Caching;

/// <summary>The files of the image cache as Glance lays them out: <c>ID</c>, and below <c>incomplete/</c>, <c>invalid/</c> and <c>queue/</c>.
/// Every call may fail with <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.</summary>
/// <param name="folder">Option <c>image_cache_dir</c>.</param>
internal sealed class CacheFolder(string folder)
{
    private readonly string incomplete = Path.Combine(folder, "incomplete"), invalid = Path.Combine(folder, "invalid"), queue = Path.Combine(folder, "queue");

    /// <summary>Only such ids become file names.</summary>
    public static bool IsId(string imageId) => Guid.TryParseExact(imageId, "D", out _);

    /// <summary>Images that are complete.</summary>
    public IReadOnlyList<string> Ids => [.. Names(folder).Where(IsId)];

    /// <summary>Images to be cached, in the order they were asked for.</summary>
    public IReadOnlyList<string> Queued => [.. Names(queue).Where(IsId).OrderBy(id => File.GetLastWriteTimeUtc(Path.Combine(queue, id))).ThenBy(id => id, StringComparer.Ordinal)];

    /// <summary>Makes the folders that are missing.</summary>
    public void Prepare()
    {
        foreach (string path in new[] { folder, incomplete, invalid, queue }) Directory.CreateDirectory(path);
    }

    /// <summary>Bytes of a complete image and when they were written; null when it is not cached.</summary>
    public (long SizeBytes, DateTime WrittenAt)? Find(string imageId)
    {
        var file = new FileInfo(PathOf(imageId));
        return file.Exists ? (file.Length, file.LastWriteTimeUtc) : null;
    }

    /// <summary>Opens a part of a complete image.</summary>
    public Stream Open(string imageId, long offsetBytes, long lengthBytes) =>
        new FileRangeStream(File.OpenHandle(PathOf(imageId), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), offsetBytes, lengthBytes);

    /// <summary>Begins to write an image. The file stays locked while its writer lives.</summary>
    /// <returns>Null: somebody else is writing it.</returns>
    public SafeFileHandle? TryBegin(string imageId)
    {
        Prepare();
        string path = IncompletePathOf(imageId);
        if (File.Exists(path) && !TryRemoveDead(path)) return null;
        try
        {
            return File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;   // Another request was faster.
        }
    }

    /// <summary>What was begun is complete.</summary>
    public void Keep(string imageId) => File.Move(IncompletePathOf(imageId), PathOf(imageId), overwrite: true);

    /// <summary>What was begun is not what the image should be; it is kept aside for people to look at.</summary>
    public void Reject(string imageId) => File.Move(IncompletePathOf(imageId), Path.Combine(invalid, imageId), overwrite: true);

    /// <summary>What was begun goes.</summary>
    public void Abandon(string imageId) => File.Delete(IncompletePathOf(imageId));

    /// <summary>Whether a complete image was removed.</summary>
    public bool Delete(string imageId)
    {
        if (!IsId(imageId) || !File.Exists(PathOf(imageId))) return false;
        File.Delete(PathOf(imageId));
        return true;
    }

    /// <summary>Whether somebody writes it, or died doing so.</summary>
    public bool IsBegun(string imageId) => File.Exists(IncompletePathOf(imageId));

    /// <summary>Asks for an image.</summary>
    public void Enqueue(string imageId)
    {
        Prepare();
        if (!File.Exists(Path.Combine(queue, imageId))) File.WriteAllBytes(Path.Combine(queue, imageId), []);
    }

    /// <summary>Whether it had been asked for.</summary>
    public bool Dequeue(string imageId)
    {
        if (!IsId(imageId) || !File.Exists(Path.Combine(queue, imageId))) return false;
        File.Delete(Path.Combine(queue, imageId));
        return true;
    }

    /// <summary>Removes what is invalid, and incomplete files whose writer is dead.</summary>
    /// <param name="unchangedFor">Leaves younger incomplete files alone.</param>
    /// <returns>How many files went.</returns>
    public int Clean(TimeSpan unchangedFor)
    {
        int removed = 0;
        foreach (string name in Names(invalid))
        {
            File.Delete(Path.Combine(invalid, name));
            removed++;
        }

        foreach (string path in Names(incomplete).Select(name => Path.Combine(incomplete, name)))
        {
            if (DateTime.UtcNow - File.GetLastWriteTimeUtc(path) >= unchangedFor && TryRemoveDead(path)) removed++;
        }

        return removed;
    }

    private static IEnumerable<string> Names(string path) => Directory.Exists(path) ? Directory.GetFiles(path).Select(file => Path.GetFileName(file)) : [];

    private static bool TryRemoveDead(string path)
    {
        try
        {
            using SafeFileHandle unlocked = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.None);
            File.Delete(path);
            return true;
        }
        catch (FileNotFoundException)
        {
            return true;
        }
        catch (IOException)
        {
            return false;   // Locked by its living writer.
        }
    }

    private string PathOf(string imageId) => Path.Combine(folder, IsId(imageId) ? imageId : throw new ArgumentException("Not an image id.", nameof(imageId)));

    private string IncompletePathOf(string imageId) => Path.Combine(incomplete, IsId(imageId) ? imageId : throw new ArgumentException("Not an image id.", nameof(imageId)));
}
