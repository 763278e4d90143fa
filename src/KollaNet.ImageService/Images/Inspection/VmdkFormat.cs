using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;

namespace KollaNet.ImageService.Images.Inspection;

/// <summary>VMware disks that are one sparse file. Source: VMware Virtual Disk Format 1.1.</summary>
/// <param name="allowedTypes"><c>vmdk_allowed_types</c>.</param>
internal sealed partial class VmdkFormat(ImmutableArray<string> allowedTypes) : IDiskFormat
{
    private const int SectorBytes = 512, CapacityOffset = 12, DescriptorOffset = 28, DescriptorSizeOffset = 36, DirectoryOffset = 56;
    private const int MostDescriptorBytes = 1 << 20;

    public FormatFinding? Recognise(ReadOnlySpan<byte> head)
    {
        if (!head.StartsWith("KDMV"u8)) return null;
        if (head.Length < SectorBytes) return new FormatFinding("vmdk") { Danger = "its header is cut off" };
        long sectors = BinaryPrimitives.ReadInt64LittleEndian(head[CapacityOffset..]);
        ulong at = BinaryPrimitives.ReadUInt64LittleEndian(head[DescriptorOffset..]), size = BinaryPrimitives.ReadUInt64LittleEndian(head[DescriptorSizeOffset..]);
        if (sectors is < 0 or > long.MaxValue / SectorBytes) return new FormatFinding("vmdk") { Danger = "its capacity is impossible" };
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
            seen = at + piece.Length;
            ReadOnlySpan<byte> last = piece[Math.Max(0, piece.Length - tail.Length)..];
            tail.AsSpan(last.Length).CopyTo(tail);
            last.CopyTo(tail.AsSpan(tail.Length - last.Length));
        }

        public override FormatFinding Finish() => new(Format) { VirtualSizeBytes = capacityBytes, Danger = CheckFooter() ?? CheckDescriptor() };

        /// <summary>A directory "at the end" means that readers trust the copy of the header there: it must say the same.</summary>
        private string? CheckFooter()
        {
            if (BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(DirectoryOffset)) != ulong.MaxValue) return null;
            ReadOnlySpan<byte> footer = tail.AsSpan(SectorBytes, SectorBytes);
            bool same = footer[..DirectoryOffset].SequenceEqual(header.AsSpan(0, DirectoryOffset));
            return same ? null : "its footer contradicts its header";
        }

        private string? CheckDescriptor()
        {
            if (!descriptor.IsComplete) return "its descriptor is cut off";
            string text = Encoding.Latin1.GetString(descriptor.Bytes).TrimEnd('\0');
            string type = CreateType().Match(text) is { Success: true } match ? match.Groups[1].Value : "";
            if (!allowedTypes.Contains(type, StringComparer.OrdinalIgnoreCase)) return $"its type '{type}' is not allowed";
            MatchCollection extents = Extent().Matches(text);
            if (extents.Count > 1) return "it has more than one extent";
            if (extents.Any(extent => !extent.Groups["kind"].Value.Equals("SPARSE", StringComparison.OrdinalIgnoreCase) || extent.Groups["file"].Value.AsSpan().ContainsAny('/', '\\')))
                return "its data is outside the file";
            return ParentHint().IsMatch(text) ? "it is a difference to another disk" : null;
        }
    }

    [GeneratedRegex("^\\s*createType\\s*=\\s*\"?([^\"\\r\\n]*?)\"?\\s*$", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex CreateType();

    [GeneratedRegex("^\\s*(RW|RDONLY|NOACCESS)\\s+\\d+\\s+(?<kind>\\w+)(\\s+\"(?<file>[^\"]*)\")?", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex Extent();

    [GeneratedRegex("^\\s*parentFileNameHint\\s*=", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex ParentHint();
}
