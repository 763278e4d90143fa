using System.Data.Common;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace KollaNet.ImageService.Metadata;

/// <summary>A piece of SQL written as an interpolated string: every hole becomes a parameter, another <see cref="Sql"/> is spliced in. Text that
/// is not a literal in our source can only enter through <see cref="Raw"/>, so a client's words never become SQL.</summary>
[InterpolatedStringHandler]
internal sealed class Sql
{
    /// <summary>Literal text; null marks the place of the next value.</summary>
    private readonly List<string?> parts;
    private readonly List<object?> values = [];

    public Sql(int literalLength, int formattedCount) => parts = new(formattedCount * 2 + (literalLength > 0 ? 1 : 0));

    /// <summary>Always true.</summary>
    public static Sql True => Raw("1 = 1");

    /// <summary>Never true.</summary>
    public static Sql False => Raw("1 = 0");

    /// <summary>Text from our own tables of names.</summary>
    public static Sql Raw(string text)
    {
        Sql sql = new(text.Length, 0);
        sql.AppendLiteral(text);
        return sql;
    }

    public static Sql Join(string separator, IEnumerable<Sql> pieces)
    {
        Sql joined = new(0, 0);
        foreach (Sql piece in pieces)
        {
            if (joined.parts.Count > 0) joined.AppendLiteral(separator);
            joined.AppendFormatted(piece);
        }

        return joined;
    }

    /// <summary><c>column IN (…)</c> with the list filled up to a power of two, so that few different texts exist and statements stay prepared.</summary>
    public static Sql In<T>(string column, IReadOnlyList<T> values)
    {
        if (values.Count == 0) return False;
        int places = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)values.Count);
        Sql list = Join(", ", Enumerable.Range(0, places).Select(i => { Sql one = $"{values[Math.Min(i, values.Count - 1)]}"; return one; }));
        return $"{Raw(column)} IN ({list})";
    }

    public void AppendLiteral(string text) => parts.Add(text);

    public void AppendFormatted(Sql piece)
    {
        parts.AddRange(piece.parts);
        values.AddRange(piece.values);
    }

    public void AppendFormatted<T>(T value)
    {
        parts.Add(null);
        values.Add(value);
    }

    public DbCommand CommandOn(DbConnection connection, DbTransaction? transaction, SqlDialect dialect)
    {
        DbCommand command = connection.CreateCommand();
        command.Transaction = transaction;
        StringBuilder text = new();
        int next = 0;
        foreach (string? part in parts)
        {
            if (part is not null)
            {
                text.Append(part);
                continue;
            }

            DbParameter parameter = command.CreateParameter();
            parameter.ParameterName = string.Create(CultureInfo.InvariantCulture, $"@p{next}");
            parameter.Value = Plain(values[next], dialect);
            command.Parameters.Add(parameter);
            text.Append(parameter.ParameterName);
            next++;
        }

        command.CommandText = text.ToString();
        return command;
    }

    private static object Plain(object? value, SqlDialect dialect) => value switch
    {
        null => DBNull.Value,
        bool truth => truth ? 1L : 0L,
        int number => (long)number,
        DateTime time => dialect.Time(time),
        _ => value,
    };
}
