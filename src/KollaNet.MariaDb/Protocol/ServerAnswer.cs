using System.Text;

namespace KollaNet.MariaDb.Protocol;

/// <summary>The server's word that something is done.</summary>
internal readonly record struct OkPacket(long AffectedRows, ulong InsertId, ServerStatus Status)
{
    public const byte Marker = 0x00;

    /// <summary>Marks the OK packet at the end of rows, where <see cref="Marker"/> would look like a row.</summary>
    public const byte EndMarker = 0xfe;

    public static OkPacket Read(ReadOnlySpan<byte> packet)
    {
        var reader = new PacketReader(packet[1..]);
        return new OkPacket((long)reader.Length(), reader.Length(), (ServerStatus)reader.UInt16());
    }
}

/// <summary>The server's refusal.</summary>
internal static class ErrorPacket
{
    public const byte Marker = 0xff;

    public static MariaDbException Read(ReadOnlySpan<byte> packet)
    {
        var reader = new PacketReader(packet[1..]);
        int code = reader.UInt16();
        string state = "HY000";
        if (reader.Rest is [(byte)'#', ..] && reader.Rest.Length >= 6)
            state = Encoding.ASCII.GetString(reader.Take(6)[1..]);
        return MariaDbException.FromServer(code, state, Encoding.UTF8.GetString(reader.Rest));
    }
}

/// <summary>The start of one result of a command: rows with <paramref name="Columns"/> follow, or none when they are null.</summary>
/// <param name="Binary">How its rows are encoded.</param>
internal readonly record struct ResultHead(ColumnSet? Columns, bool Binary, PreparedStatement? Statement, OkPacket Ok);
