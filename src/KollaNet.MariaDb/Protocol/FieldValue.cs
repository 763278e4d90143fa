using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace KollaNet.MariaDb.Protocol;

/// <summary>One value that is not NULL, as it lies in the receive buffer, in either of the two encodings.</summary>
/// <param name="binary">Encoded as prepared statements do; otherwise as text.</param>
internal readonly ref struct FieldValue(Column column, ReadOnlySpan<byte> bytes, bool binary)
{
    private readonly ReadOnlySpan<byte> bytes = bytes;

    public ReadOnlySpan<byte> Bytes => bytes;

    public long Int64()
    {
        if (column.IsInteger)
            return column is { IsUnsigned: true, Type: ColumnType.LongLong } ? checked((long)UInt64()) : SignedInteger();
        return column.Type switch
        {
            ColumnType.Bit => checked((long)Bits()),
            ColumnType.Decimal or ColumnType.OldDecimal => checked((long)Decimal()),
            _ => throw Mismatch("an integer"),
        };
    }

    public ulong UInt64()
    {
        if (column is { IsUnsigned: true, Type: ColumnType.LongLong })
            return binary ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : ulong.Parse(bytes, NumberStyles.None, CultureInfo.InvariantCulture);
        return column.Type switch
        {
            ColumnType.Bit => Bits(),
            ColumnType.Decimal or ColumnType.OldDecimal => checked((ulong)Decimal()),
            _ => checked((ulong)Int64()),
        };
    }

    public bool Boolean() => Int64() != 0;

    public double Double() => column.Type switch
    {
        ColumnType.Double when binary => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        ColumnType.Float when binary => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        ColumnType.Double or ColumnType.Float => double.Parse(bytes, NumberStyles.Float, CultureInfo.InvariantCulture),
        ColumnType.Decimal or ColumnType.OldDecimal => (double)Decimal(),
        _ => Int64(),
    };

    public float Single() => column.Type == ColumnType.Float && !binary
        ? float.Parse(bytes, NumberStyles.Float, CultureInfo.InvariantCulture)
        : (float)Double();

    public decimal Decimal() => column.Type switch
    {
        ColumnType.Decimal or ColumnType.OldDecimal => decimal.Parse(bytes, NumberStyles.Number, CultureInfo.InvariantCulture),
        ColumnType.Float or ColumnType.Double => (decimal)Double(),
        ColumnType.LongLong when column.IsUnsigned => UInt64(),
        _ => Int64(),
    };

    public string Text() => column.IsText || column.Type is ColumnType.Decimal or ColumnType.OldDecimal
        ? Encoding.UTF8.GetString(bytes)
        : throw Mismatch("text");

    public byte[] ByteArray() => IsBytes ? bytes.ToArray() : throw Mismatch("bytes");

    /// <summary>Held to be UTC, as the session's time zone is.</summary>
    public DateTime DateTime() => column.Type is ColumnType.Date or ColumnType.DateTime or ColumnType.Timestamp
        ? binary ? Temporal.BinaryDateTime(bytes) : Temporal.TextDateTime(bytes)
        : throw Mismatch("a date");

    public TimeSpan TimeSpan() => column.Type == ColumnType.Time
        ? binary ? Temporal.BinaryTime(bytes) : Temporal.TextTime(bytes)
        : throw Mismatch("a time");

    public Guid Guid() => column.IsText && System.Guid.TryParse(bytes, CultureInfo.InvariantCulture, out Guid guid)
        ? guid
        : throw Mismatch("a UUID");

    /// <summary>The value in the type that suits the column: <see cref="Column.ClrType"/>.</summary>
    public object Boxed() => column.Type switch
    {
        ColumnType.Tiny => column.IsBoolean ? Boolean() : column.IsUnsigned ? (byte)Int64() : (sbyte)Int64(),
        ColumnType.Short => column.IsUnsigned ? (ushort)Int64() : (short)Int64(),
        ColumnType.Long or ColumnType.Int24 => column.IsUnsigned ? (uint)Int64() : (int)Int64(),
        ColumnType.LongLong => column.IsUnsigned ? UInt64() : Int64(),
        ColumnType.Year => (object)(int)Int64(),   // the cast keeps the compiler from widening the other integers
        ColumnType.Bit => Bits(),
        ColumnType.Float => Single(),
        ColumnType.Double => Double(),
        ColumnType.Decimal or ColumnType.OldDecimal => Decimal(),
        ColumnType.Date or ColumnType.DateTime or ColumnType.Timestamp => DateTime(),
        ColumnType.Time => TimeSpan(),
        _ => column.IsText ? Text() : bytes.ToArray(),
    };

    private bool IsBytes => column.IsText || (column.BinarySize == 0 && column.Type is >= ColumnType.TinyBlob or ColumnType.VarChar or ColumnType.Bit);

    private long SignedInteger()
    {
        if (!binary)
            return long.Parse(bytes, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return (bytes.Length, column.IsUnsigned) switch
        {
            (1, true) => bytes[0],
            (1, false) => (sbyte)bytes[0],
            (2, true) => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            (2, false) => BinaryPrimitives.ReadInt16LittleEndian(bytes),
            (4, true) => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            (4, false) => BinaryPrimitives.ReadInt32LittleEndian(bytes),
            _ => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        };
    }

    private ulong Bits()
    {
        ulong bits = 0;
        foreach (byte part in bytes)
            bits = (bits << 8) | part;
        return bits;
    }

    private InvalidCastException Mismatch(string wanted) => new($"Column {column.Name} is {column.TypeName}, which does not read as {wanted}.");
}
