using KollaNet.MariaDb.Protocol;

namespace KollaNet.MariaDb;

/// <summary>Values as the type a caller names. The casts over object cost nothing: the compiler sees one branch per type.</summary>
internal static class FieldConversion
{
    public static T To<T>(FieldValue value)
    {
        Type type = Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T);
        if (type == typeof(int)) return Cast<int, T>(checked((int)value.Int64()));
        if (type == typeof(long)) return Cast<long, T>(value.Int64());
        if (type == typeof(bool)) return Cast<bool, T>(value.Boolean());
        if (type == typeof(string)) return (T)(object)value.Text();
        if (type == typeof(DateTime)) return Cast<DateTime, T>(value.DateTime());
        if (type == typeof(byte[])) return (T)(object)value.ByteArray();
        if (type == typeof(ulong)) return Cast<ulong, T>(value.UInt64());
        if (type == typeof(uint)) return Cast<uint, T>(checked((uint)value.Int64()));
        if (type == typeof(short)) return Cast<short, T>(checked((short)value.Int64()));
        if (type == typeof(ushort)) return Cast<ushort, T>(checked((ushort)value.Int64()));
        if (type == typeof(byte)) return Cast<byte, T>(checked((byte)value.Int64()));
        if (type == typeof(sbyte)) return Cast<sbyte, T>(checked((sbyte)value.Int64()));
        if (type == typeof(double)) return Cast<double, T>(value.Double());
        if (type == typeof(float)) return Cast<float, T>(value.Single());
        if (type == typeof(decimal)) return Cast<decimal, T>(value.Decimal());
        if (type == typeof(Guid)) return Cast<Guid, T>(value.Guid());
        if (type == typeof(DateTimeOffset)) return Cast<DateTimeOffset, T>(new DateTimeOffset(value.DateTime()));
        if (type == typeof(DateOnly)) return Cast<DateOnly, T>(DateOnly.FromDateTime(value.DateTime()));
        if (type == typeof(TimeSpan)) return Cast<TimeSpan, T>(value.TimeSpan());
        if (type == typeof(TimeOnly)) return Cast<TimeOnly, T>(TimeOnly.FromTimeSpan(value.TimeSpan()));
        if (type.IsEnum) return (T)Enum.ToObject(type, value.Int64());
        return (T)value.Boxed();
    }

    /// <summary>NULL as a type that can hold it.</summary>
    public static T Null<T>(Column column)
    {
        if (typeof(T) == typeof(object))
            return (T)(object)DBNull.Value;
        return Nullable.GetUnderlyingType(typeof(T)) is not null
            ? default!
            : throw new InvalidCastException($"Column {column.Name} is NULL, which {typeof(T).Name} cannot be; ask IsDBNull first.");
    }

    private static TTo Cast<TFrom, TTo>(TFrom value)
        where TFrom : struct =>
        typeof(TTo) == typeof(TFrom) ? (TTo)(object)value : (TTo)(object)(TFrom?)value;
}
