using System.Buffers.Binary;

namespace KollaNet.ImageService.Images.Inspection;

/// <summary>Optical discs: ISO 9660 and UDF. Source: ECMA-119, ECMA-167.</summary>
internal sealed class IsoFormat : IDiskFormat
{
    private const int DescriptorOffset = 32768, BlockCountOffset = 80, BlockBytesOffset = 128;

    public FormatFinding? Recognise(ReadOnlySpan<byte> head)
    {
        if (head.Length < DescriptorOffset + 2048) return null;
        ReadOnlySpan<byte> descriptor = head[DescriptorOffset..];
        ReadOnlySpan<byte> mark = descriptor.Slice(1, 5);
        if (mark.SequenceEqual("NSR02"u8) || mark.SequenceEqual("NSR03"u8)) return new FormatFinding("iso");
        if (!mark.SequenceEqual("CD001"u8)) return null;
        long blocks = BinaryPrimitives.ReadUInt32LittleEndian(descriptor[BlockCountOffset..]);
        return new FormatFinding("iso") { VirtualSizeBytes = blocks * BinaryPrimitives.ReadUInt16LittleEndian(descriptor[BlockBytesOffset..]) };
    }
}
