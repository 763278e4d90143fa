using KollaNet.ImageService.Images;
using KollaNet.ImageService.Stores.Files;
using Microsoft.Win32.SafeHandles;

namespace KollaNet.ImageService.Caching;

/// <summary>One image on its way into the cache. Takes the bytes that pass to a client; whatever goes wrong here is remembered and never thrown, as the client must
/// get its image all the same.</summary>
internal sealed class CacheFill(CacheFolder folder, Image image, SafeFileHandle file) : IDisposable
{
    private readonly ImageDigest? digest = image.Checksum is null ? null : ImageDigest.TryCreateMd5();
    private long written;

    /// <summary>The image.</summary>
    public Image Image => image;

    /// <summary>What kept it from being written; null while all is well.</summary>
    public Exception? Trouble { get; private set; }

    /// <summary>Whether all bytes have come.</summary>
    public bool IsComplete => Trouble is null && written == image.SizeBytes;

    /// <summary>Takes the next bytes.</summary>
    public void Take(ReadOnlySpan<byte> bytes)
    {
        if (Trouble is not null) return;
        try
        {
            RandomAccess.Write(file, bytes, written);
            digest?.Append(bytes);
            written += bytes.Length;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Trouble = e;
        }
    }

    /// <summary>Whether the bytes are the image's; asked once.</summary>
    public bool IsGenuine() => digest is null || digest.Finish() == image.Checksum;

    /// <summary>Makes the bytes durable and lets readers have them.</summary>
    public void Keep()
    {
        RandomAccess.FlushToDisk(file);
        LinuxFile.LetRead(file);
        folder.Keep(image.Id);
    }

    /// <summary>The file stays locked until here, against those that take it for a dead writer's.</summary>
    public void Dispose()
    {
        file.Dispose();
        digest?.Dispose();
    }
}
