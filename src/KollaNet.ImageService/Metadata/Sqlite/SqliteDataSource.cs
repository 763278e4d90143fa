using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace KollaNet.ImageService.Metadata.Sqlite;

/// <summary>Connections to one SQLite file: write-ahead log, foreign keys on, and up to ten seconds of patience with another writer.</summary>
internal sealed class SqliteDataSource(string path) : DbDataSource
{
    private const string Settings = "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL";

    public override string ConnectionString { get; } = new SqliteConnectionStringBuilder
    {
        DataSource = path,
        ForeignKeys = true,
        Mode = SqliteOpenMode.ReadWriteCreate,
        Pooling = true,
    }.ToString();

    protected override DbConnection CreateDbConnection() => new SqliteConnection(ConnectionString);

    protected override DbConnection OpenDbConnection()
    {
        DbConnection connection = CreateDbConnection();
        try
        {
            connection.Open();
            using DbCommand command = connection.CreateCommand();
            command.CommandText = Settings;
            command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    protected override ValueTask<DbConnection> OpenDbConnectionAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(OpenDbConnection());
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) CloseIdle();
        base.Dispose(disposing);
    }

    protected override ValueTask DisposeAsyncCore()
    {
        CloseIdle();
        return base.DisposeAsyncCore();
    }

    /// <summary>Pooled connections hold the file and its log open.</summary>
    private void CloseIdle()
    {
        using SqliteConnection any = new(ConnectionString);
        SqliteConnection.ClearPool(any);
    }
}
