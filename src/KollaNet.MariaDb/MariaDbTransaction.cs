using System.Data;
using System.Data.Common;

namespace KollaNet.MariaDb;

/// <summary>A transaction on one connection. Every command of that connection belongs to it until it ends.</summary>
public sealed class MariaDbTransaction : DbTransaction
{
    private MariaDbConnection? connection;   // null once it has ended

    internal MariaDbTransaction(MariaDbConnection connection, IsolationLevel isolationLevel)
    {
        this.connection = connection;
        IsolationLevel = isolationLevel;
    }

    /// <inheritdoc/>
    public override IsolationLevel IsolationLevel { get; }

    /// <summary>The transaction's connection; null once it has ended.</summary>
    protected override DbConnection? DbConnection => connection;

    /// <inheritdoc/>
    public override Task CommitAsync(CancellationToken cancellationToken = default) => EndAsync("COMMIT", cancellationToken);

    /// <inheritdoc/>
    public override Task RollbackAsync(CancellationToken cancellationToken = default) => EndAsync("ROLLBACK", cancellationToken);

    /// <inheritdoc/>
    public override void Commit() => Blocking.Wait(() => CommitAsync());

    /// <inheritdoc/>
    public override void Rollback() => Blocking.Wait(() => RollbackAsync());

    /// <summary>Rolls back what was not committed. A lost connection is no error here: the server rolls back by itself.</summary>
    public override async ValueTask DisposeAsync()
    {
        if (connection is { State: ConnectionState.Open })
        {
            try
            {
                await RollbackAsync();
            }
            catch (MariaDbException e) when (e.Code == ErrorNumber.ConnectionLost)
            {
                // The server notices too.
            }
        }
        Forget();
        await base.DisposeAsync();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && connection is not null)
            Blocking.Wait(() => DisposeAsync().AsTask());
        base.Dispose(disposing);
    }

    internal void Forget()
    {
        if (connection?.Transaction == this)
            connection.Transaction = null;
        connection = null;
    }

    private async Task EndAsync(string sql, CancellationToken cancel)
    {
        if (connection is null)
            throw new InvalidOperationException("The transaction has ended already.");
        connection.ThrowIfReading();
        await connection.Session.QueryAsync(sql, connection.Settings.CommandTimeout, cancel);
        Forget();
    }
}
