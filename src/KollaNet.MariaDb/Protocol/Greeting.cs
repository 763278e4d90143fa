using System.Text;

namespace KollaNet.MariaDb.Protocol;

/// <summary>The server's first packet. Source: MariaDB documentation, "Connecting: initial handshake packet".</summary>
internal sealed record Greeting(string ServerVersion, uint ThreadId, byte[] Challenge, Capabilities Offered, string Plugin)
{
    public static Greeting Read(ReadOnlySpan<byte> packet)
    {
        if (packet is [ErrorPacket.Marker, ..])
            throw ErrorPacket.Read(packet);
        var reader = new PacketReader(packet);
        byte version = reader.Byte();
        if (version != 10)
            throw new InvalidDataException($"The server speaks protocol version {version}, not 10.");
        string server = Encoding.UTF8.GetString(reader.ZeroEnded());
        uint thread = reader.UInt32();
        byte[] challenge = reader.Take(8).ToArray();
        reader.Take(1);
        ulong offered = reader.UInt16();
        reader.Take(3);   // character set, status
        offered |= (ulong)reader.UInt16() << 16;
        int challengeLength = reader.Byte();
        reader.Take(6);
        ulong own = reader.UInt32();   // MariaDB's own capabilities; zeros from others
        if (((Capabilities)offered & Capabilities.Mysql) == 0)
            offered |= own << 32;
        challenge = [.. challenge, .. reader.Take(Math.Max(12, challengeLength - 9))];
        if (!reader.AtEnd)
            reader.Take(1);
        return new Greeting(server, thread, challenge, (Capabilities)offered, Encoding.UTF8.GetString(reader.ZeroEnded()));
    }
}
