using System.Buffers.Binary;

namespace KollaNet.ImageService.Images.Inspection;

/// <summary>A plain disk that begins with a partition table, MBR or GPT. Passes as raw. Source: UEFI specification, GPT disk layout.</summary>
internal sealed class PartitionTableFormat : IDiskFormat
{
    /// <summary>What <c>gpt_safety_checks_nonfatal</c> calls the check of the table's entries.</summary>
    public const string EntriesCheck = "mbr";

    private const int TableOffset = 446, EntryBytes = 16, SignatureOffset = 510;
    private const byte Protective = 0xEE;

    /// <summary>Head 0, sector 2, cylinder 0: where a protective partition begins.</summary>
    private static ReadOnlySpan<byte> FirstTrack => [0x00, 0x02, 0x00];

    /// <summary>Forgives broken entries.</summary>
    public bool ForgiveEntries { get; init; }

    public FormatFinding? Recognise(ReadOnlySpan<byte> head)
    {
        if (head.Length < 512 || BinaryPrimitives.ReadUInt16LittleEndian(head[SignatureOffset..]) != 0xAA55 || IsFat(head)) return null;
        return new FormatFinding("gpt") { Danger = ForgiveEntries ? null : CheckEntries(head[TableOffset..SignatureOffset]) };
    }

    /// <summary>FAT's boot sectors carry the same signature, with code where the table would be: two file allocation tables on a fixed disk.</summary>
    private static bool IsFat(ReadOnlySpan<byte> sector) => sector[16] == 2 && sector[21] == 0xF8;

    /// <returns>What is wrong with the table; null when nothing is.</returns>
    private static string? CheckEntries(ReadOnlySpan<byte> table)
    {
        var used = new List<int>();
        bool protects = false;
        for (int number = 0; number < table.Length / EntryBytes; number++)
        {
            ReadOnlySpan<byte> entry = table.Slice(number * EntryBytes, EntryBytes);
            if (entry[0] is not (0x00 or 0x80)) return $"entry {number} of its partition table has an invalid boot flag";
            if (entry[4] != 0) used.Add(number);
            if (entry[4] != Protective) continue;
            protects = true;
            if (!entry[1..4].SequenceEqual(FirstTrack) || BinaryPrimitives.ReadUInt32LittleEndian(entry[8..]) != 1) return "its protective partition does not begin right after the first sector";
        }

        if (used.Count == 0) return "its partition table has no entries";
        return protects && used is not [0] ? "its protective partition is not the only entry of its partition table, or not the first" : null;
    }
}
