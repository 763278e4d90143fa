using System.Buffers.Binary;
using System.Text;

namespace KollaNet.MariaDb.Protocol;

/// <summary>Collects the packets of one request in a buffer that is used again for the next.</summary>
internal sealed class PacketWriter
{
    public const int HeaderSize = 4;
    private const int UsualSize = 8 * 1024;
    private const int KeptSize = 1024 * 1024;

    private byte[] buffer = new byte[UsualSize];
    private int length;

    /// <summary>Where the packet being written starts, its header included.</summary>
    public int PacketStart { get; private set; }

    public int Length => length;

    public Memory<byte> Written => buffer.AsMemory(0, length);

    /// <summary>Forgets everything written, and the buffer too when one large request made it large.</summary>
    public void Clear()
    {
        length = PacketStart = 0;
        if (buffer.Length > KeptSize)
            buffer = new byte[UsualSize];
    }

    /// <summary>Starts a packet; its header is filled in by <see cref="EndPacket"/>.</summary>
    public void BeginPacket()
    {
        PacketStart = length;
        Take(HeaderSize);
    }

    public void BeginPacket(Request request)
    {
        BeginPacket();
        Byte((byte)request);
    }

    /// <summary>Fills in the header of a packet that fits one; <see cref="PacketChannel"/> splits a longer one as it sends it.</summary>
    public void EndPacket(byte sequence) => WriteHeader(PacketStart, Math.Min(length - PacketStart - HeaderSize, PacketChannel.LargestPayload), sequence);

    /// <summary>Takes back the packet being written, and leaves those before it.</summary>
    public void DropPacket() => length = PacketStart;

    public void WriteHeader(int at, int payload, byte sequence) =>
        BinaryPrimitives.WriteUInt32LittleEndian(buffer.AsSpan(at), (uint)payload | ((uint)sequence << 24));

    public void Byte(byte value) => Take(1)[0] = value;

    public void UInt16(ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Take(2), value);

    public void UInt32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Take(4), value);

    public void UInt64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Take(8), value);

    public void Zeros(int count) => Take(count).Clear();

    public void Bytes(ReadOnlySpan<byte> value) => value.CopyTo(Take(value.Length));

    public void Text(string value) => Encoding.UTF8.GetBytes(value, Take(Encoding.UTF8.GetByteCount(value)));

    public void ZeroEndedText(string value)
    {
        Text(value);
        Byte(0);
    }

    public void Counted(ReadOnlySpan<byte> value)
    {
        CountOf(value.Length);
        Bytes(value);
    }

    public void CountedText(ReadOnlySpan<char> value)
    {
        int count = Encoding.UTF8.GetByteCount(value);
        CountOf(count);
        Encoding.UTF8.GetBytes(value, Take(count));
    }

    /// <summary>Changes one byte that was written before.</summary>
    public void SetBits(int at, byte bits) => buffer[at] |= bits;

    private void CountOf(int count)
    {
        switch (count)
        {
            case < 0xfb:
                Byte((byte)count);
                break;
            case <= ushort.MaxValue:
                Byte(0xfc);
                UInt16((ushort)count);
                break;
            case < 1 << 24:
                Byte(0xfd);
                UInt16((ushort)count);
                Byte((byte)(count >> 16));
                break;
            default:
                Byte(0xfe);
                UInt64((ulong)count);
                break;
        }
    }

    private Span<byte> Take(int count)
    {
        int end = checked(length + count);
        if (end > buffer.Length)
            Array.Resize(ref buffer, (int)Math.Max(end, Math.Min(2L * buffer.Length, Array.MaxLength)));
        Span<byte> taken = buffer.AsSpan(length, count);
        length = end;
        return taken;
    }
}
