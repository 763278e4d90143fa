using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace KollaNet.MariaDb.Protocol;

/// <summary>Sends and receives packets over a stream: a length of three bytes, a sequence number, and a payload that is split where it exceeds 16 MiB.</summary>
/// <remarks>Reads and writes take no token, so that the stream of packets never loses its step; who must stop them closes the stream.</remarks>
internal sealed class PacketChannel(Stream stream) : IDisposable
{
    /// <summary>A payload of this length is followed by its continuation, if only by an empty one.</summary>
    public const int LargestPayload = 0xff_ff_ff;
    private const int UsualSize = 16 * 1024;
    private const int KeptSize = 1024 * 1024;

    private byte[] received = new byte[UsualSize];
    private int unread, end;
    private int packetAt, packetLength;
    private byte sequence;

    /// <summary>What the next <see cref="SendAsync"/> sends.</summary>
    public PacketWriter Request { get; } = new();

    /// <summary>Whether the last request left completely, so that the server may have acted on it.</summary>
    public bool RequestSent { get; private set; }

    /// <summary>The payload read last; valid until the next read.</summary>
    public ReadOnlySpan<byte> Packet => received.AsSpan(packetAt, packetLength);

    public Stream Stream => stream;

    /// <summary>Goes on over the encrypted stream around the first.</summary>
    public void Switch(Stream encrypted)
    {
        if (unread != end)
            throw new InvalidDataException("Data arrived before the encryption was in place; somebody may have put it there.");
        stream = encrypted;
    }

    /// <summary>Starts a conversation: the sequence numbers begin again.</summary>
    public void Begin(Request request)
    {
        sequence = 0;
        RequestSent = false;
        if (received.Length > KeptSize && unread == end)
        {
            received = new byte[UsualSize];
            unread = end = packetAt = packetLength = 0;
        }
        Request.BeginPacket(request);
    }

    /// <summary>Sends all that was written to <see cref="Request"/>: in one write, unless its last packet must be split.</summary>
    public async ValueTask SendAsync()
    {
        Request.EndPacket(sequence++);
        int payloadAt = Request.PacketStart + PacketWriter.HeaderSize;
        int remaining = Request.Length - payloadAt;
        if (remaining < LargestPayload)
            await stream.WriteAsync(Request.Written);
        else
            await SendSplitAsync(payloadAt, remaining);
        Request.Clear();
        RequestSent = true;
    }

    /// <summary>Takes the next packet if it has arrived already.</summary>
    public bool TryReadBuffered()
    {
        if (!TryPeekHeader(out uint header))
            return false;
        CheckSequence(header);
        SetPacket((int)(header & LargestPayload));
        return true;
    }

    /// <summary>The first byte of the next packet, if it has arrived already and is not empty.</summary>
    public bool TryPeekBuffered(out byte first)
    {
        bool arrived = TryPeekHeader(out uint header) && (header & LargestPayload) > 0;
        first = arrived ? received[unread + PacketWriter.HeaderSize] : (byte)0;
        return arrived;
    }

    /// <summary>Waits for the next packet.</summary>
    /// <exception cref="EndOfStreamException">The server closed the connection.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask ReadAsync()
    {
        if (TryReadBuffered())
            return;
        int joined = 0;
        while (true)
        {
            int headerAt = joined == 0 ? 0 : PacketWriter.HeaderSize + joined;
            await FillAsync(headerAt + PacketWriter.HeaderSize);
            int length = TakeHeader(headerAt);
            await FillAsync(PacketWriter.HeaderSize + joined + length);
            joined += length;
            if (length < LargestPayload)
                break;
        }
        SetPacket(joined);
    }

    public void Dispose() => stream.Dispose();

    // Each header overwrites the end of the part before it, which has left already.
    private async ValueTask SendSplitAsync(int payloadAt, int remaining)
    {
        int from = 0;
        while (true)
        {
            int part = Math.Min(remaining, LargestPayload);
            await stream.WriteAsync(Request.Written[from..(payloadAt + part)]);
            if (part < LargestPayload)
                return;
            remaining -= part;
            payloadAt += part;
            from = payloadAt - PacketWriter.HeaderSize;
            Request.WriteHeader(from, Math.Min(remaining, LargestPayload), sequence++);
        }
    }

    // Whether the next packet lies complete in the buffer; a split one never counts as such.
    private bool TryPeekHeader(out uint header)
    {
        int available = end - unread;
        header = available < PacketWriter.HeaderSize ? LargestPayload : BinaryPrimitives.ReadUInt32LittleEndian(received.AsSpan(unread));
        int length = (int)(header & LargestPayload);
        return length < LargestPayload && available >= PacketWriter.HeaderSize + length;
    }

    // The header of a continuation is cut out, so that the payload lies in one piece.
    private int TakeHeader(int headerAt)
    {
        int at = unread + headerAt;
        uint header = BinaryPrimitives.ReadUInt32LittleEndian(received.AsSpan(at));
        CheckSequence(header);
        if (headerAt > 0)
        {
            Buffer.BlockCopy(received, at + PacketWriter.HeaderSize, received, at, end - at - PacketWriter.HeaderSize);
            end -= PacketWriter.HeaderSize;
        }
        return (int)(header & LargestPayload);
    }

    private void CheckSequence(uint header)
    {
        if ((byte)(header >> 24) != sequence++)
            throw new InvalidDataException("A packet arrived out of order.");
    }

    private void SetPacket(int length)
    {
        packetAt = unread + PacketWriter.HeaderSize;
        packetLength = length;
        unread = packetAt + length;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FillAsync(int count)
    {
        while (end - unread < count)
        {
            MakeRoom(count);
            int read = await stream.ReadAsync(received.AsMemory(end));
            if (read == 0)
                throw new EndOfStreamException("The server closed the connection.");
            end += read;
        }
    }

    private void MakeRoom(int count)
    {
        if (unread + count <= received.Length && unread != end)
            return;
        byte[] target = count <= received.Length ? received : new byte[Math.Max(count, (int)Math.Min(2L * received.Length, Array.MaxLength))];
        Buffer.BlockCopy(received, unread, target, 0, end - unread);
        received = target;
        end -= unread;
        unread = 0;
    }
}
