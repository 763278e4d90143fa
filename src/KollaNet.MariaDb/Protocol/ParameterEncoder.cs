using System.Globalization;
using System.Runtime.InteropServices;

namespace KollaNet.MariaDb.Protocol;

/// <summary>Writes .NET values as parameters of a prepared statement.</summary>
internal static class ParameterEncoder
{
    private const ushort Unsigned = 0x8000;

    /// <summary>Which wire type a value travels as, with the flag for unsigned integers.</summary>
    /// <exception cref="NotSupportedException">Values of this .NET type cannot be parameters.</exception>
    public static ushort TypeOf(object? value) => value switch
    {
        null or DBNull => (ushort)ColumnType.Null,
        Enum => (ushort)ColumnType.LongLong,
        bool or sbyte => (ushort)ColumnType.Tiny,
        byte => (ushort)ColumnType.Tiny | Unsigned,
        short => (ushort)ColumnType.Short,
        ushort => (ushort)ColumnType.Short | Unsigned,
        int => (ushort)ColumnType.Long,
        uint => (ushort)ColumnType.Long | Unsigned,
        long => (ushort)ColumnType.LongLong,
        ulong => (ushort)ColumnType.LongLong | Unsigned,
        float => (ushort)ColumnType.Float,
        double => (ushort)ColumnType.Double,
        decimal => (ushort)ColumnType.Decimal,
        string or char or Guid or ReadOnlyMemory<char> => (ushort)ColumnType.VarString,
        byte[] or ReadOnlyMemory<byte> or Memory<byte> or ArraySegment<byte> => (ushort)ColumnType.Blob,
        DateTime or DateTimeOffset or DateOnly => (ushort)ColumnType.DateTime,
        TimeSpan or TimeOnly => (ushort)ColumnType.Time,
        _ => throw new NotSupportedException($"A parameter cannot be a {value.GetType()}."),
    };

    public static void Write(PacketWriter writer, object? value)
    {
        switch (value)
        {
            case null or DBNull: break;
            case Enum number: writer.UInt64((ulong)Convert.ToInt64(number, CultureInfo.InvariantCulture)); break;
            case bool truth: writer.Byte(truth ? (byte)1 : (byte)0); break;
            case sbyte number: writer.Byte((byte)number); break;
            case byte number: writer.Byte(number); break;
            case short number: writer.UInt16((ushort)number); break;
            case ushort number: writer.UInt16(number); break;
            case int number: writer.UInt32((uint)number); break;
            case uint number: writer.UInt32(number); break;
            case long number: writer.UInt64((ulong)number); break;
            case ulong number: writer.UInt64(number); break;
            case float number: writer.UInt32(BitConverter.SingleToUInt32Bits(number)); break;
            case double number: writer.UInt64(BitConverter.DoubleToUInt64Bits(number)); break;
            case byte[] bytes: writer.Counted(bytes); break;
            case ReadOnlyMemory<byte> bytes: writer.Counted(bytes.Span); break;
            case Memory<byte> bytes: writer.Counted(bytes.Span); break;
            case ArraySegment<byte> bytes: writer.Counted(bytes); break;
            case DateTime time: Temporal.Write(writer, time); break;
            case DateTimeOffset time: Temporal.Write(writer, time.UtcDateTime); break;
            case DateOnly date: Temporal.Write(writer, date.ToDateTime(default)); break;
            case TimeSpan time: Temporal.Write(writer, time); break;
            case TimeOnly time: Temporal.Write(writer, time.ToTimeSpan()); break;
            default: WriteText(writer, value); break;
        }
    }

    private static void WriteText(PacketWriter writer, object value)
    {
        switch (value)
        {
            case string text: writer.CountedText(text); break;
            case ReadOnlyMemory<char> text: writer.CountedText(text.Span); break;
            case char character: writer.CountedText(MemoryMarshal.CreateReadOnlySpan(ref character, 1)); break;
            case decimal number: WriteFormatted(writer, number); break;
            case Guid guid: WriteFormatted(writer, guid); break;
        }
    }

    private static void WriteFormatted<T>(PacketWriter writer, T value)
        where T : IUtf8SpanFormattable
    {
        Span<byte> text = stackalloc byte[64];
        value.TryFormat(text, out int written, default, CultureInfo.InvariantCulture);
        writer.Counted(text[..written]);
    }
}
