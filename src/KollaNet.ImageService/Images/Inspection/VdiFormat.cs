using System.Buffers.Binary;

namespace KollaNet.ImageService.Images.Inspection;

/// <summary>VirtualBox disk images.</summary>
internal sealed class VdiFormat : IDiskFormat
{
    private const int SignatureOffset = 0x40, SizeOffset = 0x170;

    public FormatFinding? Recognise(ReadOnlySpan<byte> head)
    {
        if (head.Length < SizeOffset + sizeof(long) || BinaryPrimitives.ReadUInt32LittleEndian(head[SignatureOffset..]) != 0xBEDA107F) return null;
        return new FormatFinding("vdi") { VirtualSizeBytes = BinaryPrimitives.ReadInt64LittleEndian(head[SizeOffset..]) };
    }
}
