using System.Data.Common;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.KeyManager;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Images.Resumable;

/// <summary>One piece of an image on its way here.</summary>
/// <param name="Start">Its first byte's place in the image.</param>
/// <param name="LengthBytes">Most bytes that it has; a cut connection brings fewer.</param>
/// <param name="TotalBytes">Of the whole image.</param>
public sealed record UploadPart(long Start, long LengthBytes, long TotalBytes);

/// <summary>Takes an image in pieces, over as many connections as it needs. The image stays queued, and a plain upload may begin instead, until the last byte
/// is here; then the pieces go through <see cref="ImageUpload"/> like any other upload.</summary>
public sealed class ResumableUpload(ImageUpload upload, GlanceOptions options)
{
    /// <summary>How long pieces wait for the next one.</summary>
    public static readonly TimeSpan TimeToLive = TimeSpan.FromHours(24);

    /// <summary>A connection on which nothing comes for so long is given up, so that its client can come back on another.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    internal ResumableFiles Files { get; } = new(options.StagingStore.DataFolders[0].Path);

    /// <summary>Bytes of the image that are here, from the front.</summary>
    public long FindOffset(Image image, long totalBytes) => Files.Find(image.Id) is { } held && held.TotalBytes == totalBytes ? held.HeldBytes : 0;

    /// <summary>Whether all bytes of an image of this size are here. Of an empty one they are, unless there are pieces of another size.</summary>
    public bool HoldsAll(Image image, long totalBytes) => Files.Find(image.Id) is { } held ? held.TotalBytes == totalBytes && held.HeldBytes == totalBytes : totalBytes == 0;

    /// <summary>Adds a piece, and finishes the image when it was the last one.</summary>
    /// <param name="image">As just read; whether the caller may upload is decided before.</param>
    /// <param name="storeId">Null for the default store; the last piece's counts.</param>
    /// <param name="declared">Of the whole image; the last piece's counts. Null when nothing is declared.</param>
    /// <returns>The active image; null when more has to come.</returns>
    /// <exception cref="UploadOffsetException">The piece does not begin where the last one ended.</exception>
    /// <exception cref="UploadBusyException">Another connection is at it.</exception>
    /// <exception cref="UploadSilentException">The client went silent.</exception>
    /// <remarks>And whatever <see cref="ImageUpload.UploadAsync"/> throws: what the image itself is refused for removes the pieces.</remarks>
    public async Task<Image?> ReceiveAsync(
        Image image, UploadPart part, Stream content, string? storeId, DeclaredDigests? declared, Caller caller, CancellationToken cancel)
    {
        upload.RequireReady(image, storeId);
        if (Files.Find(image.Id) is { } other && other.TotalBytes != part.TotalBytes) await StartOverAsync(image, other, part, cancel);
        using ResumableFile file = Files.Open(image.Id, part.TotalBytes);
        long held = file.HeldBytes;
        if (part.Start != held) throw Refuse(file, held);
        await RequireRoomAsync(image, part.TotalBytes, file, cancel);
        await file.AppendAsync(content, part.LengthBytes, Patience, cancel);
        return file.HeldBytes < part.TotalBytes ? null : await FinishAsync(image, file, storeId, declared, caller, cancel);
    }

    /// <summary>Forgets what has come, for an image that got its data from a plain upload.</summary>
    public void Forget(string imageId)
    {
        if (Files.Find(imageId) is { } held) Files.TryRemove(held, _ => true);
    }

    /// <summary>Gives up what has come of an image of another size, unless the new one would be refused.</summary>
    private async Task StartOverAsync(Image image, HeldUpload other, UploadPart part, CancellationToken cancel)
    {
        if (part.Start != 0) throw new UploadOffsetException(0);
        (await upload.Writer.ReserveAsync(image, part.TotalBytes, cancel)).Dispose();
        if (!Files.TryRemove(other, _ => true)) throw new UploadBusyException(other.ImageId);
    }

    private static UploadOffsetException Refuse(ResumableFile file, long held)
    {
        if (held == 0) file.Remove();
        return new UploadOffsetException(held);
    }

    /// <summary>The whole image counts from its first piece on; the file is there already, so that others see it when they count.</summary>
    private async Task RequireRoomAsync(Image image, long totalBytes, ResumableFile file, CancellationToken cancel)
    {
        try
        {
            (await upload.Writer.ReserveAsync(image, totalBytes, cancel)).Dispose();
        }
        catch
        {
            if (file.HeldBytes == 0) file.Remove();
            throw;
        }
    }

    private async Task<Image> FinishAsync(Image image, ResumableFile file, string? storeId, DeclaredDigests? declared, Caller caller, CancellationToken cancel)
    {
        try
        {
            Image active = await upload.UploadAsync(image, file.OpenRead(), file.HeldBytes, storeId, caller, cancel, declared);
            file.Remove();
            return active;
        }
        catch (Exception e) when (!MayWorkLater(e))
        {
            file.Remove();
            throw;
        }
    }

    /// <summary>Whether it was not the image's fault: its pieces are kept, and the client can have it finished without sending them again.</summary>
    private static bool MayWorkLater(Exception failure) => failure is OperationCanceledException or IOException or TimeoutException or DbException
        or StoreFullException or StoreUnreachableException or StoreForbidsWritingException or KeyManagerException;
}

/// <summary>A piece that does not begin where the last one ended.</summary>
public sealed class UploadOffsetException(long offsetBytes) : Exception($"The upload goes on at byte {offsetBytes}.")
{
    /// <summary>Where the next piece has to begin.</summary>
    public long OffsetBytes { get; } = offsetBytes;
}
