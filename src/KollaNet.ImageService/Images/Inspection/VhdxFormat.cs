using System.Buffers.Binary;

namespace KollaNet.ImageService.Images.Inspection;

/// <summary>Hyper-V disks. The size stands in an item of the metadata region, which the region table points to. Source: [MS-VHDX].</summary>
internal sealed class VhdxFormat : IDiskFormat
{
    public FormatFinding? Recognise(ReadOnlySpan<byte> head) => head.StartsWith("vhdxfile"u8) ? new Finding() : null;

    private sealed class Finding() : FormatFinding("vhdx")
    {
        private const int TableBytes = 64 * 1024, ItemBytes = 8;
        private const long TableOffset = 192 * 1024;
        private static readonly Guid MetadataRegion = new("8b7ca206-4790-4b9a-b8fe-575f050f886e");
        private static readonly Guid FileParameters = new("caa16737-fa36-4d43-b3b6-33f0aa44e76b");
        private static readonly Guid VirtualDiskSize = new("2fa54224-cd1b-4876-b211-5dbed83bf4b8");

        private readonly StreamRegion regions = new(TableOffset, TableBytes);
        private StreamRegion? metadata, size, parameters;

        public override void Feed(long at, ReadOnlySpan<byte> piece)
        {
            // Each table is in front of what it points to, so one pass is enough.
            bool wanted = !regions.IsComplete;
            regions.Feed(at, piece);
            if (wanted && regions.IsComplete && FindRegion(regions.Bytes) is { } table) StartMetadata(table);
            wanted = metadata is { IsComplete: false };
            metadata?.Feed(at, piece);
            if (wanted && metadata!.IsComplete) StartItems(metadata.Bytes);
            size?.Feed(at, piece);
            parameters?.Feed(at, piece);
        }

        public override FormatFinding Finish()
        {
            if (size is not { IsComplete: true } || parameters is not { IsComplete: true }) return new FormatFinding(Format) { Danger = "its metadata cannot be found" };
            return new FormatFinding(Format)
            {
                VirtualSizeBytes = BinaryPrimitives.ReadInt64LittleEndian(size.Bytes),
                Danger = (BinaryPrimitives.ReadUInt32LittleEndian(parameters.Bytes[4..]) & 2) != 0 ? "it is a difference to another disk" : null,
            };
        }

        private long metadataOffset;

        private void StartMetadata(long offset)
        {
            metadataOffset = offset;
            metadata = new StreamRegion(offset, TableBytes);
        }

        private void StartItems(ReadOnlySpan<byte> table)
        {
            size = FindItem(table, VirtualDiskSize) is { } sizeAt ? new StreamRegion(metadataOffset + sizeAt, ItemBytes) : null;
            parameters = FindItem(table, FileParameters) is { } parametersAt ? new StreamRegion(metadataOffset + parametersAt, ItemBytes) : null;
        }

        private static long? FindRegion(ReadOnlySpan<byte> table)
        {
            if (!table.StartsWith("regi"u8)) return null;
            int count = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(table[8..]), 2047);
            for (int entry = 16; entry < 16 + (count * 32); entry += 32)
                if (new Guid(table.Slice(entry, 16)) == MetadataRegion) return BinaryPrimitives.ReadInt64LittleEndian(table[(entry + 16)..]);
            return null;
        }

        private static uint? FindItem(ReadOnlySpan<byte> table, Guid id)
        {
            if (!table.StartsWith("metadata"u8)) return null;
            int count = Math.Min((int)BinaryPrimitives.ReadUInt16LittleEndian(table[10..]), 2047);
            for (int entry = 32; entry < 32 + (count * 32); entry += 32)
                if (new Guid(table.Slice(entry, 16)) == id) return BinaryPrimitives.ReadUInt32LittleEndian(table[(entry + 16)..]);
            return null;
        }
    }
}
