using System.Buffers.Binary;
using System.Text;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Images.Inspection;

namespace KollaNet.ImageService.Tests.Images;

/// <summary>The table of the image-api reference, section 9.1, with files made by hand.</summary>
public sealed class ContentInspectorTests
{
    private const long Gigabyte = 1L << 30;
    private const int ByteCount = -1;

    public static TheoryData<string, string, long?> Accepted => new()
    {
        { "qcow2 v2", "qcow2", Gigabyte },
        { "qcow2 v3", "qcow2", Gigabyte },
        { "qcow2 v3", "raw", ByteCount },
        { "nothing", "raw", ByteCount },
        { "nothing", "ami", null },
        { "nothing", "ari", null },
        { "nothing", "aki", null },
        { "nothing", "ploop", null },
        { "one byte", "raw", ByteCount },
        { "mbr", "raw", ByteCount },
        { "gpt", "raw", ByteCount },
        { "fat file system", "raw", ByteCount },
        { "kernel", "aki", null },
        { "vmdk monolithicSparse", "vmdk", Gigabyte },
        { "vmdk streamOptimized", "vmdk", Gigabyte },
        { "vdi", "vdi", Gigabyte },
        { "vhd dynamic", "vhd", Gigabyte },
        { "vhdx", "vhdx", Gigabyte },
        { "iso", "iso", 2048 * 100 },
        { "udf", "iso", ByteCount },
        { "iso with mbr", "iso", 2048 * 100 },
        { "luks 1", "raw", ByteCount },
    };

    public static TheoryData<string, string, string> Refused => new()
    {
        { "qcow2 v3", "vmdk", "disk_format is vmdk, the content is qcow2" },
        { "qcow2 v3", "ami", "the content is qcow2" },
        { "qcow2 with backing file", "qcow2", "backing file" },
        { "qcow2 with backing file", "raw", "backing file" },
        { "qcow2 with data file", "raw", "external file" },
        { "qcow2 with unknown features", "qcow2", "features" },
        { "qcow2 cut off", "qcow2", "cut off" },
        { "qcow version 1", "qcow2", "version 1" },
        { "nothing", "qcow2", "the content is raw" },
        { "nothing", "vmdk", "the content is raw" },
        { "nothing", "vdi", "the content is raw" },
        { "nothing", "vhd", "the content is raw" },
        { "nothing", "vhdx", "the content is raw" },
        { "nothing", "iso", "the content is raw" },
        { "mbr", "qcow2", "the content is gpt" },
        { "vmdk monolithicFlat", "vmdk", "type 'monolithicFlat'" },
        { "vmdk with an extent elsewhere", "vmdk", "outside" },
        { "vmdk with a parent", "vmdk", "difference" },
        { "vmdk with another footer", "vmdk", "footer" },
        { "vhd differencing", "vhd", "difference" },
        { "vhdx without metadata", "vhdx", "metadata" },
        { "qcow2 and iso", "iso", "several formats at once: qcow2, iso" },
        { "qed", "raw", "obsolete" },
        { "luks 2", "raw", "LUKS version 2" },
    };

    [Theory]
    [MemberData(nameof(Accepted))]
    public void What_is_what_it_claims_to_be_passes_with_its_size(string content, string claimed, long? virtualSize)
    {
        byte[] bytes = Make(content);

        foreach (int piece in Pieces) Inspect(bytes, claimed, piece).Should().Be(virtualSize == ByteCount ? bytes.Length : virtualSize, "in pieces of {0}", piece);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_is_dangerous_or_something_else_is_refused(string content, string claimed, string why)
    {
        byte[] bytes = Make(content);

        foreach (int piece in Pieces)
            FluentActions.Invoking(() => Inspect(bytes, claimed, piece)).Should().Throw<ImageContentRefusedException>().WithMessage($"*{why}*");
    }

    public static TheoryData<string, string, string?> PartitionTables => new()
    {
        { "mbr", "raw", null },
        { "gpt", "raw", null },
        { "fat file system", "raw", null },
        { "iso with broken mbr", "iso", null },
        { "kernel", "aki", null },
        { "kernel", "raw", "boot flag" },
        { "broken mbr", "raw", "boot flag" },
        { "empty mbr", "raw", "no entries" },
        { "gpt at another sector", "raw", "right after the first sector" },
        { "gpt at another track", "raw", "right after the first sector" },
        { "gpt with another entry", "raw", "not the only entry" },
        { "gpt in the second entry", "raw", "not the first" },
        { "floppy", "raw", "boot flag" },
    };

    /// <summary>Source: oslo.utils, imageutils, GPT inspector.</summary>
    [Theory]
    [MemberData(nameof(PartitionTables))]
    public void A_broken_partition_table_is_refused_unless_that_check_is_not_fatal(string content, string claimed, string? why)
    {
        byte[] bytes = Make(content);
        Action strict = () => Inspect(bytes, claimed, 4096, Options with { GptSafetyChecksNonfatal = [] });
        if (why is null) strict.Should().NotThrow();
        else strict.Should().Throw<ImageContentRefusedException>().WithMessage($"*{why}*");
        FluentActions.Invoking(() => Inspect(bytes, claimed, 4096, Options with { GptSafetyChecksNonfatal = ["mbr"] })).Should().NotThrow();
    }

    [Fact]
    public void Nothing_is_refused_when_no_match_is_required_and_sizes_are_found_all_the_same()
    {
        Inspect(Make("nothing"), "qcow2", 4096, Options with { RequireMatch = false }).Should().BeNull();
        Inspect(Make("qcow2 v3"), "qcow2", 4096, Options with { RequireMatch = false }).Should().Be(Gigabyte);
    }

    [Fact]
    public void What_is_wrapped_in_a_container_is_not_looked_at()
    {
        var inspector = new ContentInspector("qcow2", "ova", Options);

        inspector.Feed(new byte[1000]);
        inspector.Finish();

        inspector.VirtualSizeBytes.Should().BeNull();
    }

    [Fact]
    public void A_footer_right_behind_the_head_is_read_wherever_the_pieces_are_cut()
    {
        byte[] honest = Vmdk("streamOptimized", footer: Gigabyte, length: 35_328), forged = Vmdk("streamOptimized", footer: Gigabyte / 2, length: 35_328);
        for (int cut = 33_000; cut < honest.Length; cut += 4)
        {
            Inspect(honest, "vmdk", cut).Should().Be(Gigabyte, "cut at {0}", cut);
            FluentActions.Invoking(() => Inspect(forged, "vmdk", cut)).Should().Throw<ImageContentRefusedException>("cut at {0}", cut);
        }
    }

    [Fact]
    public void A_refusal_comes_with_the_first_bytes_and_not_only_at_the_end()
    {
        var inspector = new ContentInspector("vmdk", "bare", Options);

        inspector.Invoking(i => i.Feed(Make("qcow2 v3"))).Should().Throw<ImageContentRefusedException>();
    }

    private static int[] Pieces => [100, 4096, 1 << 20, int.MaxValue];

    private static ImageFormatOptions Options => GlanceOptions.Defaults.ImageFormat;

    private static long? Inspect(byte[] bytes, string claimed, int piece, ImageFormatOptions? options = null)
    {
        var inspector = new ContentInspector(claimed, "bare", options ?? Options);
        for (long at = 0; at < bytes.Length; at += piece) inspector.Feed(bytes.AsSpan((int)at, (int)Math.Min(piece, bytes.Length - at)));
        inspector.Finish();
        return inspector.VirtualSizeBytes;
    }

    private static byte[] Make(string content) => content switch
    {
        "nothing" => Random(),
        "one byte" => [1],
        "qcow2 v2" => Qcow2(2),
        "qcow2 v3" => Qcow2(3),
        "qcow version 1" => Qcow2(1),
        "qcow2 with backing file" => Qcow2(3, backing: 512),
        "qcow2 with data file" => Qcow2(3, features: 0b100),
        "qcow2 with unknown features" => Qcow2(3, features: 1UL << 40),
        "qcow2 cut off" => Qcow2(2)[..40],
        "qcow2 and iso" => Put(Qcow2(3), 32769, "CD001"u8),
        "qed" => Put(new byte[70000], 0, "QED\0"u8),
        "luks 1" => Luks(1),
        "luks 2" => Luks(2),
        "mbr" => PartitionTable((0x80, 0x83), (0, 0x82)),
        "gpt" => Protective(),
        "gpt at another sector" => Put(Protective(), 446 + 8, [2]),
        "gpt at another track" => Put(Protective(), 446 + 2, [1]),
        "gpt with another entry" => Put(Protective(), 446 + 16 + 4, [0x83]),
        "gpt in the second entry" => Put(Protective(entry: 1), 446 + 4, [0]),
        "broken mbr" => PartitionTable((0x17, 0x83)),
        "empty mbr" => PartitionTable(),
        "floppy" => Put(Put(PartitionTable((0x55, 0x55)), 0, [0xEB, 0x3C, 0x90]), 16, [2, 0, 0, 0, 0, 0xF0]),
        "fat file system" => Put(Put(PartitionTable((0x55, 0x55)), 0, [0xEB, 0x3C, 0x90]), 16, [2, 0, 0, 0, 0, 0xF8]),
        "kernel" => PartitionTable((0x4D, 0x5A)),
        "vdi" => LittleLong(Put(new byte[70000], 0x40, [0x7F, 0x10, 0xDA, 0xBE]), 0x170, Gigabyte),
        "vhd dynamic" => Vhd(3),
        "vhd differencing" => Vhd(4),
        "vhdx" => Vhdx(),
        "vhdx without metadata" => Put(new byte[3 << 20], 0, "vhdxfile"u8),
        "iso" => Iso(),
        "udf" => Put(new byte[70000], 32769, "NSR02"u8),
        "iso with mbr" => Put(Put(Iso(), 446, [0x80, 0, 0, 0, 0x17]), 510, [0x55, 0xAA]),
        "iso with broken mbr" => Put(Put(Iso(), 446, [0x33, 0, 0, 0, 0x17]), 510, [0x55, 0xAA]),
        "vmdk monolithicSparse" => Vmdk("monolithicSparse"),
        "vmdk streamOptimized" => Vmdk("streamOptimized", footer: Gigabyte),
        "vmdk monolithicFlat" => Vmdk("monolithicFlat"),
        "vmdk with an extent elsewhere" => Vmdk("monolithicSparse", extent: "RW 2097152 SPARSE \"/etc/shadow\""),
        "vmdk with a parent" => Vmdk("monolithicSparse", more: "parentFileNameHint=\"/base.vmdk\"\n"),
        "vmdk with another footer" => Vmdk("streamOptimized", footer: Gigabyte / 2),
        _ => throw new ArgumentOutOfRangeException(nameof(content), content, "No such file."),
    };

    private static byte[] Random()
    {
        byte[] bytes = new byte[100_000];
        new Random(1).NextBytes(bytes);
        bytes[510] = 0;
        return bytes;
    }

    private static byte[] Qcow2(uint version, ulong backing = 0, ulong features = 0)
    {
        byte[] bytes = new byte[70_000];
        Put(bytes, 0, [(byte)'Q', (byte)'F', (byte)'I', 0xfb]);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4), version);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(8), backing);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(24), Gigabyte);
        if (version == 3) BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(72), features);
        return bytes;
    }

    private static byte[] Luks(byte version) => Put(new byte[70_000], 0, [(byte)'L', (byte)'U', (byte)'K', (byte)'S', 0xba, 0xbe, 0, version]);

    private static byte[] PartitionTable(params (byte Boot, byte Kind)[] entries)
    {
        byte[] bytes = Put(new byte[70_000], 510, [0x55, 0xAA]);
        for (int i = 0; i < entries.Length; i++) (bytes[446 + (i * 16)], bytes[446 + (i * 16) + 4]) = entries[i];
        return bytes;
    }

    private static byte[] Protective(int entry = 0) => Put(Put(new byte[70_000], 510, [0x55, 0xAA]), 446 + (entry * 16), [0, 0, 2, 0, 0xEE, 0xFF, 0xFF, 0xFF, 1]);

    private static byte[] Vhd(byte kind)
    {
        byte[] bytes = Put(new byte[70_000], 0, "conectix"u8);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(40), Gigabyte);
        bytes[63] = kind;
        return bytes;
    }

    private static byte[] Vhdx()
    {
        const int metadata = 2 << 20;
        byte[] bytes = new byte[3 << 20];
        Put(bytes, 0, "vhdxfile"u8);
        Put(bytes, 192 << 10, "regi"u8);
        bytes[(192 << 10) + 8] = 1;
        Put(bytes, (192 << 10) + 16, new Guid("8b7ca206-4790-4b9a-b8fe-575f050f886e").ToByteArray());
        LittleLong(bytes, (192 << 10) + 32, metadata);
        Put(bytes, metadata, "metadata"u8);
        bytes[metadata + 10] = 2;
        Put(bytes, metadata + 32, new Guid("caa16737-fa36-4d43-b3b6-33f0aa44e76b").ToByteArray());
        LittleLong(bytes, metadata + 48, 65536);
        Put(bytes, metadata + 64, new Guid("2fa54224-cd1b-4876-b211-5dbed83bf4b8").ToByteArray());
        LittleLong(bytes, metadata + 80, 65544);
        return LittleLong(bytes, metadata + 65544, Gigabyte);
    }

    private static byte[] Iso()
    {
        byte[] bytes = Put(new byte[70_000], 32769, "CD001"u8);
        bytes[32768 + 80] = 100;
        bytes[32768 + 129] = 8;
        return bytes;
    }

    private static byte[] Vmdk(string type, string extent = "RW 2097152 SPARSE \"disk.vmdk\"", string more = "", long? footer = null, int length = 200_000)
    {
        byte[] bytes = VmdkHeader(new byte[length], 0, Gigabyte, footer is not null);
        Put(bytes, 512, Encoding.ASCII.GetBytes($"# Disk DescriptorFile\nversion=1\nparentCID=ffffffff\ncreateType=\"{type}\"\n{more}\n# Extent description\n{extent}\n"));
        return footer is { } size ? VmdkHeader(bytes, bytes.Length - 1024, size, true) : bytes;
    }

    private static byte[] VmdkHeader(byte[] bytes, int at, long size, bool directoryAtEnd)
    {
        Put(bytes, at, "KDMV"u8);
        LittleLong(bytes, at + 12, size / 512);
        LittleLong(bytes, at + 28, 1);
        LittleLong(bytes, at + 36, 20);
        return LittleLong(bytes, at + 56, directoryAtEnd ? -1 : 21);
    }

    private static byte[] Put(byte[] bytes, int at, ReadOnlySpan<byte> what)
    {
        what.CopyTo(bytes.AsSpan(at));
        return bytes;
    }

    private static byte[] LittleLong(byte[] bytes, int at, long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(at), value);
        return bytes;
    }
}
