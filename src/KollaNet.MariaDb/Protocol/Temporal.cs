using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace KollaNet.MariaDb.Protocol;

/// <summary>Dates and times in both of the server's encodings.</summary>
internal static class Temporal
{
    /// <summary>Fields that are zero at the end are left out: 0, 4, 7 or 11 bytes.</summary>
    public static DateTime BinaryDateTime(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 4)
            throw ZeroDate();
        int year = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        if (year == 0 || bytes[2] == 0 || bytes[3] == 0)
            throw ZeroDate();
        var value = new DateTime(year, bytes[2], bytes[3], 0, 0, 0, DateTimeKind.Utc);
        if (bytes.Length >= 7)
            value = value.AddTicks(new TimeSpan(bytes[4], bytes[5], bytes[6]).Ticks);
        return bytes.Length >= 11 ? value.AddTicks(BinaryPrimitives.ReadUInt32LittleEndian(bytes[7..]) * TimeSpan.TicksPerMicrosecond) : value;
    }

    /// <summary>0, 8 or 12 bytes: sign, days, hours, minutes, seconds, microseconds.</summary>
    public static TimeSpan BinaryTime(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 8)
            return TimeSpan.Zero;
        var value = new TimeSpan((int)BinaryPrimitives.ReadUInt32LittleEndian(bytes[1..]), bytes[5], bytes[6], bytes[7]);
        if (bytes.Length >= 12)
            value += TimeSpan.FromTicks(BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) * TimeSpan.TicksPerMicrosecond);
        return bytes[0] == 0 ? value : -value;
    }

    public static DateTime TextDateTime(ReadOnlySpan<byte> text)
    {
        string value = Encoding.ASCII.GetString(text);
        string format = value.Length switch
        {
            10 => "yyyy-MM-dd",
            19 => "yyyy-MM-dd HH:mm:ss",
            _ => "yyyy-MM-dd HH:mm:ss.FFFFFF",
        };
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        return DateTime.TryParseExact(value, format, CultureInfo.InvariantCulture, Utc, out DateTime parsed) ? parsed : throw ZeroDate();
    }

    // "-838:59:59.000000": up to three digits of hours, which TimeSpan's own formats do not know.
    public static TimeSpan TextTime(ReadOnlySpan<byte> text)
    {
        string value = Encoding.ASCII.GetString(text);
        bool negative = value.StartsWith('-');
        string[] parts = value.TrimStart('-').Split(':', '.');
        int Part(int at) => int.Parse(parts[at], NumberStyles.None, CultureInfo.InvariantCulture);
        var span = new TimeSpan(Part(0), Part(1), Part(2));
        if (parts.Length > 3)
            span += TimeSpan.FromTicks(int.Parse(parts[3].PadRight(6, '0'), NumberStyles.None, CultureInfo.InvariantCulture) * TimeSpan.TicksPerMicrosecond);
        return negative ? -span : span;
    }

    public static void Write(PacketWriter writer, DateTime value)
    {
        if (value.Kind == DateTimeKind.Local)
            value = value.ToUniversalTime();
        writer.Byte(11);
        writer.UInt16((ushort)value.Year);
        writer.Byte((byte)value.Month);
        writer.Byte((byte)value.Day);
        writer.Byte((byte)value.Hour);
        writer.Byte((byte)value.Minute);
        writer.Byte((byte)value.Second);
        writer.UInt32((uint)(value.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond));
    }

    public static void Write(PacketWriter writer, TimeSpan value)
    {
        TimeSpan size = value.Duration();
        writer.Byte(12);
        writer.Byte(value < TimeSpan.Zero ? (byte)1 : (byte)0);
        writer.UInt32((uint)size.Days);
        writer.Byte((byte)size.Hours);
        writer.Byte((byte)size.Minutes);
        writer.Byte((byte)size.Seconds);
        writer.UInt32((uint)(size.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond));
    }

    private static InvalidCastException ZeroDate() => new("A date of zeros, or with a zero in it, has no equivalent in .NET.");
}
