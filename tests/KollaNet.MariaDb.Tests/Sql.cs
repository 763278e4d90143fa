using System.Data.Common;

namespace KollaNet.MariaDb.Tests;

/// <summary>One-line SQL for tests, over ADO.NET's base types only, as repositories use them.</summary>
internal static class Sql
{
    public static DbCommand Command(this DbConnection connection, string sql, params (string Name, object? Value)[] values)
    {
        DbCommand command = connection.CreateCommand();
        command.CommandText = sql;
        foreach ((string name, object? value) in values)
        {
            DbParameter parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value;
            command.Parameters.Add(parameter);
        }
        return command;
    }

    public static async Task<int> ExecuteAsync(this DbConnection connection, string sql, params (string Name, object? Value)[] values)
    {
        await using DbCommand command = connection.Command(sql, values);
        return await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    public static async Task<object?> ScalarAsync(this DbConnection connection, string sql, params (string Name, object? Value)[] values)
    {
        await using DbCommand command = connection.Command(sql, values);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    public static async Task<int> ExecuteAsync(this DbDataSource source, string sql, params (string Name, object? Value)[] values)
    {
        await using DbConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        return await connection.ExecuteAsync(sql, values);
    }

    public static async Task<object?> ScalarAsync(this DbDataSource source, string sql, params (string Name, object? Value)[] values)
    {
        await using DbConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        return await connection.ScalarAsync(sql, values);
    }
}
