using System.Buffers.Binary;
using System.Collections.Immutable;

namespace KollaNet.ImageService.Images.Inspection;

/// <summary>VMware disks that are one sparse file. Source: VMware Virtual Disk Format 1.1.</summary>
/// <param name="allowedTypes"><c>vmdk_allowed_types</c>.</param>
internal sealed class VmdkFormat(ImmutableArray<string> allowedTypes) : IDiskFormat
{
    private const int SectorBytes = 512, CapacityOffset = 12, DescriptorOffset = 28, DescriptorSizeOffset = 36, DirectoryOffset = 56;
    private const int MostDescriptorBytes = 1 << 20;

    public FormatFinding? Recognise(ReadOnlySpan<byte> head)
    {
        if (!head.StartsWith("KDMV"u8)) return null;
        if (head.Length < SectorBytes) return new FormatFinding("vmdk") { Danger = "its header is cut off" };
        long sectors = BinaryPrimitives.ReadInt64LittleEndian(head[CapacityOffset..]);
        ulong at = BinaryPrimitives.ReadUInt64LittleEndian(head[DescriptorOffset..]), size = BinaryPrimitives.ReadUInt64LittleEndian(head[DescriptorSizeOffset..]);

        // Without a capacity QEMU takes the descriptor for all there is, and opens whatever files that names.
        if (sectors is <= 0 or > long.MaxValue / SectorBytes) return new FormatFinding("vmdk") { Danger = "its capacity is impossible" };
        if (at is 0 or > 1 << 20 || size is 0 or > MostDescriptorBytes / SectorBytes) return new FormatFinding("vmdk") { Danger = "it has no descriptor where one must be" };
        return new Finding(head[..SectorBytes].ToArray(), new StreamRegion((long)at * SectorBytes, (int)size * SectorBytes), sectors * SectorBytes, allowedTypes);
    }

    private sealed class Finding(byte[] header, StreamRegion descriptor, long capacityBytes, ImmutableArray<string> allowedTypes) : FormatFinding("vmdk")
    {
        private readonly byte[] tail = new byte[3 * SectorBytes];   // A footer's marker, the footer, the end marker.
        private long seen;

        public override void Feed(long at, ReadOnlySpan<byte> piece)
        {
            descriptor.Feed(at, piece);
            if (at + piece.Length <= seen) return;
            ReadOnlySpan<byte> news = piece[(int)Math.Max(0, seen - at)..];   // The head and the piece that completed it overlap.
            seen = at + piece.Length;
            ReadOnlySpan<byte> last = news[Math.Max(0, news.Length - tail.Length)..];
            tail.AsSpan(last.Length).CopyTo(tail);   // Moves up what stays.
            last.CopyTo(tail.AsSpan(tail.Length - last.Length));
        }

        public override FormatFinding Finish() => new(Format)
        {
            VirtualSizeBytes = capacityBytes,
            Danger = CheckFooter() ?? (descriptor.IsComplete ? VmdkDescriptor.FindDanger(descriptor.Bytes, allowedTypes) : "its descriptor is cut off"),
        };

        /// <summary>A directory "at the end" means that readers trust the copy of the header there: it must say the same.</summary>
        private string? CheckFooter()
        {
            if (BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(DirectoryOffset)) != ulong.MaxValue) return null;
            ReadOnlySpan<byte> footer = tail.AsSpan(SectorBytes, SectorBytes);
            bool same = footer[..DirectoryOffset].SequenceEqual(header.AsSpan(0, DirectoryOffset));
            return same ? null : "its footer contradicts its header";
        }
    }
}
