using System.Data.Common;

namespace KollaNet.ImageService.Metadata;

/// <summary>A connection, in a transaction or not, that runs <see cref="Sql"/>.</summary>
internal sealed class Session(DbConnection connection, DbTransaction? transaction, SqlDialect dialect)
{
    public SqlDialect Dialect => dialect;

    /// <summary>Whether <see cref="SqlDialect.LookedUp"/> works here.</summary>
    public bool CanLookUp => dialect.CanLookUp(connection.ServerVersion);

    /// <summary>How location urls are stored.</summary>
    public LocationCipher Cipher { get; init; } = LocationCipher.None;

    /// <returns>Rows that matched.</returns>
    public async Task<int> ExecuteAsync(Sql sql, CancellationToken cancel)
    {
        await using DbCommand command = sql.CommandOn(connection, transaction, dialect);
        return await command.ExecuteNonQueryAsync(cancel);
    }

    /// <returns>The first column of the first row; null for no row or NULL.</returns>
    public async Task<object?> ScalarAsync(Sql sql, CancellationToken cancel)
    {
        await using DbCommand command = sql.CommandOn(connection, transaction, dialect);
        object? value = await command.ExecuteScalarAsync(cancel);
        return value is DBNull ? null : value;
    }

    public async Task ReadAsync(Sql sql, Action<DbDataReader> row, CancellationToken cancel)
    {
        await using DbCommand command = sql.CommandOn(connection, transaction, dialect);
        await using DbDataReader reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel)) row(reader);
    }

    public async Task<List<T>> ListAsync<T>(Sql sql, Func<DbDataReader, T> map, CancellationToken cancel)
    {
        List<T> rows = [];
        await ReadAsync(sql, reader => rows.Add(map(reader)), cancel);
        return rows;
    }
}
