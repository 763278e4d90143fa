namespace KollaNet.ImageService.Images.Inspection;

/// <summary>QEMU's abandoned enhanced disk format: never allowed.</summary>
internal sealed class QedFormat : IDiskFormat
{
    public FormatFinding? Recognise(ReadOnlySpan<byte> head) =>
        head.StartsWith("QED\0"u8) ? new FormatFinding("qed") { Danger = "the format is obsolete and not supported" } : null;
}
