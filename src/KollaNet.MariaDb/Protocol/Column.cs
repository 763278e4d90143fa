using System.Diagnostics.CodeAnalysis;

namespace KollaNet.MariaDb.Protocol;

/// <summary>One column of a result, as the server describes it.</summary>
internal sealed class Column
{
    private const ushort BinaryCharset = 63;
    private const ushort UnsignedFlag = 32;

    private Column(string name, ColumnType type, ushort charset, uint length, ushort flags)
    {
        Name = name;
        Type = type;
        IsUnsigned = (flags & UnsignedFlag) != 0;
        IsText = type is ColumnType.VarChar or ColumnType.Json or ColumnType.Enum or ColumnType.Set or (>= ColumnType.TinyBlob and <= ColumnType.String)
            && charset != BinaryCharset;
        IsBoolean = type == ColumnType.Tiny && length == 1 && !IsUnsigned;
        ClrType = ClrTypeOf();
    }

    public string Name { get; }

    public ColumnType Type { get; }

    public bool IsUnsigned { get; }

    /// <summary>Characters in UTF-8, and not bytes.</summary>
    public bool IsText { get; }

    /// <summary>A <c>TINYINT(1)</c>, MariaDB's way to store a truth value.</summary>
    public bool IsBoolean { get; }

    /// <summary>What <see cref="MariaDbDataReader.GetValue"/> returns for it.</summary>
    [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicFields | DynamicallyAccessedMemberTypes.PublicProperties)]
    public Type ClrType { get; }

    public bool IsInteger => Type is ColumnType.Tiny or ColumnType.Short or ColumnType.Long or ColumnType.Int24 or ColumnType.LongLong or ColumnType.Year;

    /// <summary>How many bytes a value has in a binary row; 0 when its length stands before it.</summary>
    public int BinarySize => Type switch
    {
        ColumnType.Tiny => 1,
        ColumnType.Short or ColumnType.Year => 2,
        ColumnType.Long or ColumnType.Int24 or ColumnType.Float => 4,
        ColumnType.LongLong or ColumnType.Double => 8,
        _ => 0,
    };

    /// <summary>MariaDB's word for the type, in lower case.</summary>
    public string TypeName => Type switch
    {
        ColumnType.Tiny => "tinyint",
        ColumnType.Short => "smallint",
        ColumnType.Int24 => "mediumint",
        ColumnType.Long => "int",
        ColumnType.LongLong => "bigint",
        ColumnType.OldDecimal => "decimal",
        ColumnType.VarChar or ColumnType.VarString => IsText ? "varchar" : "varbinary",
        ColumnType.String => IsText ? "char" : "binary",
        ColumnType.TinyBlob or ColumnType.Blob or ColumnType.MediumBlob or ColumnType.LongBlob => IsText ? "text" : "blob",
        _ => Type.ToString().ToLowerInvariant(),
    };

    public static Column Read(ReadOnlySpan<byte> packet)
    {
        var reader = new PacketReader(packet);
        for (int skipped = 0; skipped < 4; skipped++)   // catalogue, schema, table alias, table
            reader.Counted();
        string name = reader.CountedText();
        reader.Counted();   // the column's own name
        reader.Length();    // of the fixed fields that follow
        ushort charset = reader.UInt16();
        uint length = reader.UInt32();
        var type = (ColumnType)reader.Byte();
        return new Column(name, type, charset, length, reader.UInt16());
    }

    [return: DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicFields | DynamicallyAccessedMemberTypes.PublicProperties)]
    private Type ClrTypeOf() => Type switch
    {
        ColumnType.Tiny => IsBoolean ? typeof(bool) : IsUnsigned ? typeof(byte) : typeof(sbyte),
        ColumnType.Short => IsUnsigned ? typeof(ushort) : typeof(short),
        ColumnType.Long or ColumnType.Int24 => IsUnsigned ? typeof(uint) : typeof(int),
        ColumnType.LongLong => IsUnsigned ? typeof(ulong) : typeof(long),
        ColumnType.Year => typeof(int),
        ColumnType.Bit => typeof(ulong),
        ColumnType.Float => typeof(float),
        ColumnType.Double => typeof(double),
        ColumnType.Decimal or ColumnType.OldDecimal => typeof(decimal),
        ColumnType.Date or ColumnType.DateTime or ColumnType.Timestamp => typeof(DateTime),
        ColumnType.Time => typeof(TimeSpan),
        ColumnType.Null => typeof(object),
        _ => IsText ? typeof(string) : typeof(byte[]),
    };
}
