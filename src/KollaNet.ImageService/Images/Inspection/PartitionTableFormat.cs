using System.Buffers.Binary;

namespace KollaNet.ImageService.Images.Inspection;

/// <summary>A plain disk that begins with a partition table, MBR or GPT. Passes as raw. Source: UEFI specification, GPT disk layout.</summary>
internal sealed class PartitionTableFormat : IDiskFormat
{
    /// <summary>What <c>gpt_safety_checks_nonfatal</c> calls the check of the table's entries.</summary>
    public const string EntriesCheck = "mbr";

    private const int TableOffset = 446, EntryBytes = 16, SignatureOffset = 510;
    private const byte Protective = 0xEE;

    /// <summary>Forgives broken entries.</summary>
    public bool ForgiveEntries { get; init; }

    public FormatFinding? Recognise(ReadOnlySpan<byte> head)
    {
        if (head.Length < 512 || BinaryPrimitives.ReadUInt16LittleEndian(head[SignatureOffset..]) != 0xAA55 || IsFileSystem(head)) return null;
        return new FormatFinding("gpt") { Danger = ForgiveEntries ? null : CheckEntries(head[TableOffset..SignatureOffset]) };
    }

    /// <summary>Boot sectors of file systems carry the same signature with code where the table would be.</summary>
    private static bool IsFileSystem(ReadOnlySpan<byte> sector) =>
        sector[0] is 0xEB or 0xE9 && (sector[3..11].SequenceEqual("NTFS    "u8) || sector[3..11].SequenceEqual("EXFAT   "u8) || (sector[16] == 2 && sector[21] >= 0xF0));

    private static string? CheckEntries(ReadOnlySpan<byte> table)
    {
        int used = 0;
        bool protects = false;
        for (int entry = 0; entry < table.Length; entry += EntryBytes)
        {
            byte kind = table[entry + 4];
            if (table[entry] is not (0x00 or 0x80)) return $"entry {entry / EntryBytes} of its partition table has an invalid boot flag";
            used += kind == 0 ? 0 : 1;
            protects |= kind == Protective;
        }

        return protects && used > 1 ? "its protective partition table has other entries" : null;
    }
}
