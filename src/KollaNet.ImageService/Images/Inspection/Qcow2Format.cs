using System.Buffers.Binary;

namespace KollaNet.ImageService.Images.Inspection;

/// <summary>QEMU's copy-on-write format, versions 2 and 3. Source: qemu docs/interop/qcow2.</summary>
internal sealed class Qcow2Format : IDiskFormat
{
    private const int HeaderV2Bytes = 72, HeaderV3Bytes = 104;
    private const ulong DataFile = 1 << 2, Known = 0b11111;

    public FormatFinding? Recognise(ReadOnlySpan<byte> head)
    {
        if (!head.StartsWith("QFI"u8) || head.Length < 4 || head[3] != 0xfb) return null;
        if (head.Length < HeaderV2Bytes) return new FormatFinding("qcow2") { Danger = "its header is cut off" };
        uint version = BinaryPrimitives.ReadUInt32BigEndian(head[4..]);
        return new FormatFinding("qcow2")
        {
            VirtualSizeBytes = BinaryPrimitives.ReadInt64BigEndian(head[24..]),
            Danger = version is 2 or 3 ? FindDanger(head, version) : $"version {version} is not known",
        };
    }

    private static string? FindDanger(ReadOnlySpan<byte> head, uint version)
    {
        if (BinaryPrimitives.ReadUInt64BigEndian(head[8..]) != 0) return "it has a backing file";
        if (version == 2) return null;
        if (head.Length < HeaderV3Bytes) return "its header is cut off";
        ulong incompatible = BinaryPrimitives.ReadUInt64BigEndian(head[72..]);
        if ((incompatible & DataFile) != 0) return "its data is in an external file";
        return (incompatible & ~Known) != 0 ? "it needs features that are not known" : null;
    }
}
