using System.IO.Compression;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;

namespace KollaNet.ImageService.Imports.Plugins;

/// <summary><c>image_decompression</c>: unpacks gzip, and zip and LHA archives of one file. What comes out is held to the limits of uploads while it comes.
/// Source: image-api reference 9.2.</summary>
internal sealed class ImageDecompression(ImageWriter writer) : IImportPlugin
{
    private static readonly ProcessLimits LhaLimits = new(TimeSpan.FromHours(1), 256L << 20, FileBytes: 0);

    public async Task<Func<Image, Image>> ApplyAsync(Image image, StagedData data, Caller caller, CancellationToken cancel)
    {
        Func<Func<Stream, Task>, Task>? unpack = image.ContainerFormat == "compressed" ? null : await ChooseAsync(data, cancel);
        if (unpack is not null) await data.ReplaceAsync(path => WriteAsync(image, path, unpack, cancel));
        return current => current;
    }

    private async Task WriteAsync(Image image, string path, Func<Func<Stream, Task>, Task> unpack, CancellationToken cancel)
    {
        await using FileStream output = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
        try
        {
            await unpack(content => writer.CopyAsync(image, content, output, cancel));
        }
        catch (InvalidDataException e)
        {
            throw new ImportFailedException("the archive is damaged", e);
        }
    }

    /// <returns>Hands the unpacked bytes to whom it is given; null when the data is no archive.</returns>
    private static async Task<Func<Func<Stream, Task>, Task>?> ChooseAsync(StagedData data, CancellationToken cancel)
    {
        byte[] head = new byte[8];
        await using FileStream file = data.OpenRead();
        int length = await file.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancel);
        ReadOnlySpan<byte> start = head.AsSpan(0, length);
        if (start.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b, 0x08])) return take => UnpackGzipAsync(data, take);
        if (start.StartsWith("PK\x03\x04"u8)) return take => UnpackZipAsync(data, take, cancel);

        // Source: LHA header, levels 0 to 2: size and checksum or their like, then the method, -lh5-.
        return length > 6 && start[2..].StartsWith("-lh"u8) && start[6] == '-' ? take => UnpackLhaAsync(data, take, cancel) : null;
    }

    private static async Task UnpackGzipAsync(StagedData data, Func<Stream, Task> take)
    {
        await using FileStream file = data.OpenRead();
        await using var content = new GZipStream(file, CompressionMode.Decompress);
        await take(content);
    }

    private static async Task UnpackZipAsync(StagedData data, Func<Stream, Task> take, CancellationToken cancel)
    {
        await using FileStream file = data.OpenRead();
        await ZipDirectory.RequireOneFileAsync(file, cancel);
        using var archive = new ZipArchive(file, ZipArchiveMode.Read);
        if (archive.Entries is not [{ IsEncrypted: false } only]) throw new ImportFailedException("the zip archive must hold one file, and that not encrypted");
        await using var content = new Crc32Stream(only.Open(), only.Crc32);
        await take(content);
    }

    private static async Task UnpackLhaAsync(StagedData data, Func<Stream, Task> take, CancellationToken cancel)
    {
        string list = await LimitedProcess.ReadAsync(LhaLimits, "lha", ["lq", data.FilePath], cancel);
        if (list.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length != 1) throw new ImportFailedException("the LHA archive must hold one file");
        await LimitedProcess.RunAsync(LhaLimits, "lha", ["pq2", data.FilePath], take, cancel);
    }
}
