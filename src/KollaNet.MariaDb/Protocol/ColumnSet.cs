namespace KollaNet.MariaDb.Protocol;

/// <summary>The columns of a result, and where the values of its current row lie. A prepared statement keeps its set from one run to the next.</summary>
internal sealed class ColumnSet
{
    private readonly Column[] columns;
    private readonly byte[][] definitions;
    private readonly int[] starts;
    private readonly int[] lengths;
    private Dictionary<string, int>? ordinals;

    private ColumnSet(byte[][] definitions)
    {
        this.definitions = definitions;
        columns = Array.ConvertAll(definitions, static definition => Column.Read(definition));
        starts = new int[columns.Length];
        lengths = new int[columns.Length];
    }

    public int Count => columns.Length;

    public Column this[int ordinal] => columns[ordinal];

    /// <summary>Reads <paramref name="count"/> definitions; returns <paramref name="known"/> when they are the same as its own.</summary>
    public static async ValueTask<ColumnSet> ReadAsync(PacketChannel channel, int count, ColumnSet? known)
    {
        byte[][]? changed = known?.Count == count ? null : new byte[count][];
        for (int at = 0; at < count; at++)
        {
            await channel.ReadAsync();
            if (changed is null && !channel.Packet.SequenceEqual(known!.definitions[at]))
                changed = [.. known.definitions];
            if (changed is not null)
                changed[at] = channel.Packet.ToArray();
        }
        return changed is null ? known! : new ColumnSet(changed);
    }

    /// <summary>The column of that name, first by exact spelling, then ignoring case; -1 when there is none.</summary>
    public int IndexOf(string name)
    {
        if (ordinals is null)
        {
            ordinals = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
            for (int at = 0; at < columns.Length; at++)
                ordinals.TryAdd(columns[at].Name, at);
        }
        int exact = Array.FindIndex(columns, column => column.Name == name);
        return exact >= 0 ? exact : ordinals.GetValueOrDefault(name, -1);
    }

    /// <summary>Finds the values of a row; fails when they do not fill it exactly.</summary>
    public void Locate(ReadOnlySpan<byte> row, bool binary)
    {
        var reader = new PacketReader(row);
        ReadOnlySpan<byte> nulls = default;
        if (binary)
        {
            reader.Take(1);
            nulls = reader.Take((columns.Length + 9) / 8);
        }
        for (int at = 0; at < columns.Length; at++)
        {
            bool isNull = binary ? (nulls[(at + 2) >> 3] & (1 << ((at + 2) & 7))) != 0 : reader.Rest[0] == 0xfb;
            if (isNull && !binary)
                reader.Take(1);
            lengths[at] = isNull ? -1 : LengthOfNext(ref reader, binary ? columns[at].BinarySize : 0);
            starts[at] = row.Length - reader.Rest.Length;
            if (!isNull)
                reader.Take(lengths[at]);
        }
        if (!reader.AtEnd)
            throw new InvalidDataException("A row is longer than its columns.");
    }

    public bool IsNull(int ordinal) => lengths[ordinal] < 0;

    public ReadOnlySpan<byte> Slice(ReadOnlySpan<byte> row, int ordinal) => row.Slice(starts[ordinal], lengths[ordinal]);

    private static int LengthOfNext(ref PacketReader reader, int fixedSize) => fixedSize > 0 ? fixedSize : checked((int)reader.Length());
}
