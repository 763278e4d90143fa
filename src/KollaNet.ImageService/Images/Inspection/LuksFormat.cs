using System.Buffers.Binary;

namespace KollaNet.ImageService.Images.Inspection;

/// <summary>Linux Unified Key Setup, encrypted disks. Version 1 passes as raw. Source: LUKS on-disk format.</summary>
internal sealed class LuksFormat : IDiskFormat
{
    public FormatFinding? Recognise(ReadOnlySpan<byte> head)
    {
        if (!head.StartsWith((ReadOnlySpan<byte>)[(byte)'L', (byte)'U', (byte)'K', (byte)'S', 0xba, 0xbe]) || head.Length < 8) return null;
        int version = BinaryPrimitives.ReadUInt16BigEndian(head[6..]);
        return new FormatFinding("luks") { Danger = version == 1 ? null : $"LUKS version {version} is not supported" };
    }
}
