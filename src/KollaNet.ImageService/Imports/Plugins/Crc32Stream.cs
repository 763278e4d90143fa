using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Imports.Plugins;

/// <summary>Passes bytes on and refuses to end when they do not have the checksum that was promised. Source: PKWARE APPNOTE 4.4.7, CRC-32.</summary>
internal sealed class Crc32Stream(Stream source, uint promised) : ForwardStream
{
    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(value => Enumerable.Range(0, 8).Aggregate((uint)value, (crc, _) => (crc >> 1) ^ ((crc & 1) * 0xEDB88320)))];
    private uint crc = uint.MaxValue;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await source.ReadAsync(buffer, cancellationToken);
        foreach (byte one in buffer.Span[..read]) crc = Table[(byte)(crc ^ one)] ^ (crc >> 8);
        return read > 0 || ~crc == promised ? read : throw new InvalidDataException("The checksum is wrong.");
    }

    protected override void Dispose(bool disposing)
    {
        source.Dispose();
        base.Dispose(disposing);
    }
}
