using System.Buffers.Binary;
using System.Text;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Images.Inspection;

namespace KollaNet.ImageService.Tests.Images.Inspection;

/// <summary>Images made to hurt whoever looks at them.</summary>
public sealed class HostileImageTests
{
    private const int Rounds = 4000, Seed = 20261125;
    private const long MostBytes = 4 << 20;
    private static readonly string[] Claims = ["raw", "qcow2", "vmdk", "vdi", "vhd", "vhdx", "iso", "ami"];
    private static readonly long[] Extremes = [0, 1, -1, int.MaxValue, int.MinValue, uint.MaxValue, long.MaxValue, long.MinValue, 1L << 40, 1L << 62, 192 << 10, 511, 512];

    public static TheoryData<string, string> Hostile => new()
    {
        { "qcow2 of a negative size", "size is impossible" },
        { "qcow2 with a backing file at the end of time", "backing file" },
        { "vdi of a negative size", "size is impossible" },
        { "vhd of a negative size", "size is impossible" },
        { "vmdk without a capacity", "capacity is impossible" },
        { "vmdk of a capacity beyond bytes", "capacity is impossible" },
        { "vmdk with a descriptor of 4 GiB", "no descriptor" },
        { "vmdk with a descriptor beyond the end", "cut off" },
        { "vmdk of nothing but lines", "type '' is not allowed" },
        { "vmdk of a thousand types", "names its type twice" },
        { "vmdk with a device", "outside the file" },
        { "vhdx whose metadata is in front", "metadata cannot be found" },
        { "vhdx whose metadata is nowhere", "metadata cannot be found" },
        { "vhdx whose size is nowhere", "metadata cannot be found" },
        { "vhdx with more regions than fit", "metadata cannot be found" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void It_is_refused_with_a_reason_however_it_is_cut(string content, string why)
    {
        byte[] bytes = Make(content);
        foreach (int piece in new[] { 7, 4096, int.MaxValue })
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            FluentActions.Invoking(() => Inspect(bytes, content.Split(' ')[0], _ => piece)).Should().Throw<ImageContentRefusedException>().WithMessage($"*{why}*");
            (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(MostBytes);
        }
    }

    [Fact]
    public void One_byte_at_a_time_is_as_good_as_all_at_once()
    {
        foreach (string content in new[] { "qcow2", "vmdk", "vhdx", "vdi" })
            Inspect(Make(content), content, _ => 1).Should().Be(1 << 30, content);
    }

    /// <summary>Whatever a stranger writes into a header: an answer or a refusal, a size that is one, and little memory.</summary>
    [Fact]
    public void Headers_changed_at_random_never_hurt()
    {
        var random = new Random(Seed);
        string[] kinds = ["qcow2", "vmdk", "vhdx", "vdi", "vhd", "iso", "gpt", "luks"];
        Dictionary<string, byte[]> originals = kinds.ToDictionary(kind => kind, Make);
        int refused = 0;
        for (int round = 0; round < Rounds; round++)
        {
            string kind = kinds[random.Next(kinds.Length)], claimed = random.Next(2) == 0 && Claims.Contains(kind) ? kind : Claims[random.Next(Claims.Length)];
            byte[] bytes = Change([.. originals[kind]], originals[kinds[random.Next(kinds.Length)]], random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                (Inspect(bytes, claimed, left => random.Next(1, 70_000)) ?? 0).Should().BeGreaterThanOrEqualTo(0, "round {0}, {1} as {2}", round, kind, claimed);
            }
            catch (ImageContentRefusedException)
            {
                refused++;
            }

            (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(MostBytes, "round {0}, {1} as {2}", round, kind, claimed);
        }

        refused.Should().BeInRange(Rounds / 10, Rounds - (Rounds / 100), "the changes must be neither harmless nor hopeless");
    }

    private static byte[] Change(byte[] bytes, byte[] other, Random random)
    {
        for (int changes = random.Next(1, 6); changes > 0; changes--)
        {
            int at = random.Next(4) == 0 ? random.Next(bytes.Length - 8) : random.Next(600);
            switch (random.Next(5))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(at & ~3), Extremes[random.Next(Extremes.Length)]); break;
                case 2: BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(at & ~3), Extremes[random.Next(Extremes.Length)]); break;
                case 3: other.AsSpan(0, Math.Min(512, bytes.Length - at)).CopyTo(bytes.AsSpan(at)); break;
                default: bytes = bytes[..Math.Max(600, random.Next(bytes.Length))]; break;
            }
        }

        return bytes;
    }

    private static long? Inspect(byte[] bytes, string claimed, Func<int, int> pieceOf)
    {
        var inspector = new ContentInspector(claimed, "bare", GlanceOptions.Defaults.ImageFormat);
        for (int at = 0; at < bytes.Length;)
        {
            int piece = Math.Min(pieceOf(bytes.Length - at), bytes.Length - at);
            inspector.Feed(bytes.AsSpan(at, piece));
            at += piece;
        }

        inspector.Finish();
        return inspector.VirtualSizeBytes;
    }

    private static byte[] Make(string content) => content switch
    {
        "qcow2" => Qcow2(1 << 30, 0),
        "qcow2 of a negative size" => Qcow2(-1, 0),
        "qcow2 with a backing file at the end of time" => Qcow2(1 << 30, -1),
        "vdi" => Vdi(1 << 30),
        "vdi of a negative size" => Vdi(long.MinValue),
        "vhd" => Vhd(1 << 30),
        "vhd of a negative size" => Vhd(-5),
        "vmdk" => Vmdk(),
        "vmdk without a capacity" => Vmdk(capacity: 0),
        "vmdk of a capacity beyond bytes" => Vmdk(capacity: long.MaxValue / 2),
        "vmdk with a descriptor of 4 GiB" => Vmdk(descriptorSectors: 8 << 20),
        "vmdk with a descriptor beyond the end" => Vmdk(descriptorAt: 1 << 20),
        "vmdk of nothing but lines" => Vmdk(text: new string('\n', 1 << 19), descriptorSectors: 1024),
        "vmdk of a thousand types" => Vmdk(text: string.Concat(Enumerable.Repeat("createType=\"monolithicSparse\"\n", 1000)), descriptorSectors: 64),
        "vmdk with a device" => Vmdk(text: "createType=\"monolithicSparse\"\nRW 1 FLAT \"/dev/sda\" 0\n"),
        "vhdx" => Vhdx(2 << 20),
        "vhdx whose metadata is in front" => Vhdx(4096),
        "vhdx whose metadata is nowhere" => Vhdx(long.MinValue),
        "vhdx whose size is nowhere" => Vhdx(2 << 20, sizeAt: -1),
        "vhdx with more regions than fit" => Vhdx(long.MaxValue - 1000, regions: -1),
        "iso" => Put(new byte[70_000], 32769, "CD001"u8),
        "gpt" => Put(Put(new byte[70_000], 510, [0x55, 0xaa]), 450, [0xee]),
        "luks" => Put(new byte[70_000], 0, [(byte)'L', (byte)'U', (byte)'K', (byte)'S', 0xba, 0xbe, 0, 1]),
        _ => throw new ArgumentOutOfRangeException(nameof(content), content, "No such file."),
    };

    private static byte[] Qcow2(long size, long backing)
    {
        byte[] bytes = Put(new byte[70_000], 0, [(byte)'Q', (byte)'F', (byte)'I', 0xfb, 0, 0, 0, 3]);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(8), backing);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(24), size);
        return bytes;
    }

    private static byte[] Vdi(long size) => Long(Put(new byte[70_000], 0x40, [0x7f, 0x10, 0xda, 0xbe]), 0x170, size);

    private static byte[] Vhd(long size)
    {
        byte[] bytes = Put(new byte[70_000], 0, "conectix"u8);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(40), size);
        return bytes;
    }

    private static byte[] Vmdk(long capacity = (1 << 30) / 512, long descriptorAt = 1, long descriptorSectors = 20, string text = "createType=\"monolithicSparse\"\nRW 2097152 SPARSE \"disk.vmdk\"\n")
    {
        byte[] bytes = Put(new byte[Math.Max(70_000, 2048 + text.Length)], 0, "KDMV"u8);
        Long(Long(Long(bytes, 12, capacity), 28, descriptorAt), 36, descriptorSectors);
        return Put(bytes, 512, Encoding.ASCII.GetBytes(text));
    }

    private static byte[] Vhdx(long metadata, int sizeAt = 65544, int regions = 1)
    {
        const int Table = 192 << 10, Items = 2 << 20;
        byte[] bytes = Put(Put(new byte[3 << 20], 0, "vhdxfile"u8), Table, "regi"u8);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(Table + 8), regions);
        Long(Put(bytes, Table + 16, new Guid("8b7ca206-4790-4b9a-b8fe-575f050f886e").ToByteArray()), Table + 32, metadata);
        Put(bytes, Items, "metadata"u8)[Items + 10] = 2;
        Put(bytes, Items + 32, new Guid("caa16737-fa36-4d43-b3b6-33f0aa44e76b").ToByteArray());
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(Items + 48), 65536);
        Put(bytes, Items + 64, new Guid("2fa54224-cd1b-4876-b211-5dbed83bf4b8").ToByteArray());
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(Items + 80), sizeAt);
        return Long(bytes, Items + 65544, 1 << 30);
    }

    private static byte[] Put(byte[] bytes, int at, ReadOnlySpan<byte> what)
    {
        what.CopyTo(bytes.AsSpan(at));
        return bytes;
    }

    private static byte[] Long(byte[] bytes, int at, long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(at), value);
        return bytes;
    }
}
