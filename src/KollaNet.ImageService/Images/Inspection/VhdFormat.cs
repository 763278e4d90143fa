using System.Buffers.Binary;

namespace KollaNet.ImageService.Images.Inspection;

/// <summary>Virtual PC disks with a header at the front, which only the dynamic ones have. Source: Virtual Hard Disk image format specification.</summary>
internal sealed class VhdFormat : IDiskFormat
{
    private const int SizeOffset = 40, KindOffset = 60, FooterBytes = 512;
    private const uint Differencing = 4;

    public FormatFinding? Recognise(ReadOnlySpan<byte> head)
    {
        if (!head.StartsWith("conectix"u8)) return null;
        if (head.Length < FooterBytes) return new FormatFinding("vhd") { Danger = "its header is cut off" };
        return new FormatFinding("vhd")
        {
            VirtualSizeBytes = BinaryPrimitives.ReadInt64BigEndian(head[SizeOffset..]),
            Danger = BinaryPrimitives.ReadUInt32BigEndian(head[KindOffset..]) == Differencing ? "it is a difference to another disk" : null,
        };
    }
}
