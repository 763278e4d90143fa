using System.Buffers.Binary;
using System.Text;

namespace KollaNet.MariaDb.Protocol;

/// <summary>Reads the fields of one packet front to back. A packet shorter than its fields is an <see cref="ArgumentOutOfRangeException"/>, which ends the session.</summary>
internal ref struct PacketReader(ReadOnlySpan<byte> packet)
{
    private ReadOnlySpan<byte> rest = packet;

    public readonly ReadOnlySpan<byte> Rest => rest;

    public readonly bool AtEnd => rest.IsEmpty;

    public byte Byte() => Take(1)[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    /// <summary>An integer of one to nine bytes.</summary>
    public ulong Length() => Byte() switch
    {
        0xfc => UInt16(),
        0xfd => UInt16() | ((ulong)Byte() << 16),
        0xfe => BinaryPrimitives.ReadUInt64LittleEndian(Take(8)),
        byte small => small,
    };

    /// <summary>Bytes with their length before them.</summary>
    public ReadOnlySpan<byte> Counted() => Take(checked((int)Length()));

    /// <summary>Bytes up to a zero byte, or up to the end.</summary>
    public ReadOnlySpan<byte> ZeroEnded()
    {
        int end = rest.IndexOf((byte)0);
        if (end < 0)
            return Take(rest.Length);
        ReadOnlySpan<byte> text = Take(end);
        Take(1);
        return text;
    }

    public string CountedText() => Encoding.UTF8.GetString(Counted());

    public ReadOnlySpan<byte> Take(int count)
    {
        ReadOnlySpan<byte> taken = rest[..count];
        rest = rest[count..];
        return taken;
    }
}
