using System.Buffers.Binary;

namespace KollaNet.ImageService.Imports.Plugins;

/// <summary>Looks at the directory of a zip archive without reading it: one with millions of files would be read into memory whole.
/// Source: PKWARE APPNOTE 4.3.</summary>
internal static class ZipDirectory
{
    private const int EndBytes = 22, MostCommentBytes = ushort.MaxValue, LocatorBytes = 20, End64Bytes = 56;

    /// <summary>A file's entry with the longest name, extra field and comment there can be, and the records behind it.</summary>
    private const long MostDirectoryBytes = 46 + (3 * ushort.MaxValue) + End64Bytes + LocatorBytes;

    /// <exception cref="ImportFailedException">There is another number of files in it.</exception>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static async Task RequireOneFileAsync(FileStream file, CancellationToken cancel)
    {
        long tailAt = Math.Max(0, file.Length - EndBytes - MostCommentBytes);
        byte[] tail = await ReadAsync(file, tailAt, (int)(file.Length - tailAt), cancel);
        int end = tail.AsSpan().LastIndexOf("PK\x05\x06"u8);
        if (end < 0 || tail.Length - end < EndBytes) throw new InvalidDataException("There is no end of the directory.");
        long count = BinaryPrimitives.ReadUInt16LittleEndian(tail.AsSpan(end + 10)), at = BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(end + 16));
        if (count == ushort.MaxValue || at == uint.MaxValue) (count, at) = await ReadEnd64Async(file, tailAt + end, cancel);
        if (count != 1 || tailAt + end - at is < 0 or > MostDirectoryBytes) throw new ImportFailedException("the zip archive must hold one file");
        file.Position = 0;
    }

    private static async Task<(long Count, long At)> ReadEnd64Async(FileStream file, long endAt, CancellationToken cancel)
    {
        byte[] locator = await ReadAsync(file, endAt - LocatorBytes, LocatorBytes, cancel);
        if (!locator.AsSpan().StartsWith("PK\x06\x07"u8)) throw new InvalidDataException("There is no end of the directory.");
        byte[] end = await ReadAsync(file, BinaryPrimitives.ReadInt64LittleEndian(locator.AsSpan(8)), End64Bytes, cancel);
        return (BinaryPrimitives.ReadInt64LittleEndian(end.AsSpan(32)), BinaryPrimitives.ReadInt64LittleEndian(end.AsSpan(48)));
    }

    private static async Task<byte[]> ReadAsync(FileStream file, long at, int length, CancellationToken cancel)
    {
        if (at < 0 || at > file.Length - length) throw new InvalidDataException("A record of the directory is outside of the file.");
        byte[] bytes = new byte[length];
        file.Position = at;
        await file.ReadExactlyAsync(bytes, cancel);
        return bytes;
    }
}
