using System.Data.Common;
using KollaNet.MariaDb.Pool;

namespace KollaNet.MariaDb;

/// <summary>Connections to one server with one account, pooled. One instance serves the whole process; it is safe to use from any thread.</summary>
/// <param name="settings">Where and as whom to connect.</param>
public sealed class MariaDbDataSource(MariaDbSettings settings) : DbDataSource
{
    private readonly SessionPool pool = new(settings);

    /// <summary>The settings, in the form of a connection string without the password.</summary>
    public override string ConnectionString => settings.ToString();

    /// <summary>How many sessions there are, and how many of these nobody uses at this moment.</summary>
    public (int Open, int Idle) Sessions => pool.Count;

    /// <summary>A connection that is not open yet.</summary>
    public new MariaDbConnection CreateConnection() => new(pool);

    /// <summary>An open connection; it goes back to the pool when it is disposed.</summary>
    /// <exception cref="MariaDbException">The server is out of reach or refuses, or the pool stayed exhausted.</exception>
    public new async ValueTask<MariaDbConnection> OpenConnectionAsync(CancellationToken cancel = default)
    {
        MariaDbConnection connection = CreateConnection();
        await connection.OpenAsync(cancel);
        return connection;
    }

    /// <inheritdoc/>
    protected override DbConnection CreateDbConnection() => CreateConnection();

    /// <inheritdoc/>
    protected override async ValueTask<DbConnection> OpenDbConnectionAsync(CancellationToken cancellationToken = default) => await OpenConnectionAsync(cancellationToken);

    /// <inheritdoc/>
    protected override async ValueTask DisposeAsyncCore()
    {
        await pool.DisposeAsync();
        await base.DisposeAsyncCore();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Blocking.Wait(() => pool.DisposeAsync().AsTask());
        base.Dispose(disposing);
    }
}
