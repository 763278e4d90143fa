using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using KollaNet.MariaDb.Pool;
using KollaNet.MariaDb.Protocol;

namespace KollaNet.MariaDb;

/// <summary>
/// A connection to MariaDB, lent from the pool of its <see cref="MariaDbDataSource"/> between opening and closing. The session's time zone is UTC.
/// Closing rolls back an open transaction; prepared statements stay for the next user, and so do user variables, temporary tables, locks by name and
/// session settings, which therefore should not be left behind.
/// </summary>
/// <remarks>For one caller at a time. The synchronous members block a thread.</remarks>
public sealed class MariaDbConnection : DbConnection
{
    private readonly SessionPool pool;
    private Session? session;
    private MariaDbDataReader? openReader;
    private string? database;

    internal MariaDbConnection(SessionPool pool)
    {
        this.pool = pool;
        database = pool.Settings.Database;
    }

    /// <summary>The settings without the password. Cannot be set: connections come from a <see cref="MariaDbDataSource"/>.</summary>
    [AllowNull]
    public override string ConnectionString
    {
        get => pool.Settings.ToString();
        set => throw new NotSupportedException("A connection belongs to its MariaDbDataSource; make another data source for other settings.");
    }

    /// <summary>The default database; empty when there is none.</summary>
    public override string Database => database ?? "";

    /// <summary>The server's host and port.</summary>
    public override string DataSource => pool.Settings.Address;

    /// <summary>The version as the server reports it, such as <c>10.11.19-MariaDB</c>.</summary>
    public override string ServerVersion => Session.ServerVersion;

    /// <summary>Open, closed, or broken when the server was lost.</summary>
    public override ConnectionState State =>
        session is null ? ConnectionState.Closed : session.IsBroken ? ConnectionState.Broken : ConnectionState.Open;

    /// <inheritdoc/>
    public override int ConnectionTimeout => (int)pool.Settings.ConnectTimeout.TotalSeconds;

    internal MariaDbSettings Settings => pool.Settings;

    internal MariaDbTransaction? Transaction { get; set; }

    internal Session Session => session ?? throw new InvalidOperationException("The connection is not open.");

    /// <inheritdoc/>
    public override async Task OpenAsync(CancellationToken cancellationToken)
    {
        if (session is not null)
            throw new InvalidOperationException("The connection is open already.");
        session = await pool.RentAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override async Task CloseAsync()
    {
        if (session is not { } closing)
            return;
        if (openReader is not null)
            await openReader.DisposeAsync();
        session = null;
        database = pool.Settings.Database;
        Transaction?.Forget();
        Transaction = null;
        await pool.ReturnAsync(closing);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await CloseAsync();
        await base.DisposeAsync();
    }

    /// <inheritdoc/>
    public override async Task ChangeDatabaseAsync(string databaseName, CancellationToken cancellationToken = default)
    {
        ThrowIfReading();
        await Session.UseDatabaseAsync(databaseName, pool.Settings.CommandTimeout, cancellationToken);
        database = databaseName;
    }

    /// <summary>Starts a transaction. Disposing it without a commit rolls it back.</summary>
    public new ValueTask<MariaDbTransaction> BeginTransactionAsync(CancellationToken cancel = default) => BeginTransactionAsync(IsolationLevel.Unspecified, cancel);

    /// <summary>Starts a transaction of the given isolation; unspecified means the server's own.</summary>
    public new async ValueTask<MariaDbTransaction> BeginTransactionAsync(IsolationLevel isolationLevel, CancellationToken cancel = default)
    {
        ThrowIfReading();
        if (Transaction is not null)
            throw new InvalidOperationException("A transaction is open already; MariaDB does not nest them.");
        if (isolationLevel != IsolationLevel.Unspecified)
            await Session.QueryAsync($"SET TRANSACTION ISOLATION LEVEL {SqlNameOf(isolationLevel)}", pool.Settings.CommandTimeout, cancel);
        await Session.QueryAsync("START TRANSACTION", pool.Settings.CommandTimeout, cancel);
        return Transaction = new MariaDbTransaction(this, isolationLevel);
    }

    /// <summary>A command on this connection.</summary>
    public new MariaDbCommand CreateCommand() => new(this);

    /// <inheritdoc/>
    public override void Open() => Blocking.Wait(() => OpenAsync(CancellationToken.None));

    /// <inheritdoc/>
    public override void Close()
    {
        if (session is not null)
            Blocking.Wait(CloseAsync);
    }

    /// <inheritdoc/>
    public override void ChangeDatabase(string databaseName) => Blocking.Wait(() => ChangeDatabaseAsync(databaseName));

    /// <inheritdoc/>
    protected override DbCommand CreateDbCommand() => CreateCommand();

    /// <inheritdoc/>
    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => Blocking.Wait(() => BeginTransactionAsync(isolationLevel).AsTask());

    /// <inheritdoc/>
    protected override async ValueTask<DbTransaction> BeginDbTransactionAsync(IsolationLevel isolationLevel, CancellationToken cancellationToken) =>
        await BeginTransactionAsync(isolationLevel, cancellationToken);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Close();
        base.Dispose(disposing);
    }

    internal void ThrowIfReading()
    {
        if (openReader is not null)
            throw new InvalidOperationException("A reader is open on this connection; dispose it first.");
    }

    internal void Reading(MariaDbDataReader? reader) => openReader = reader;

    private static string SqlNameOf(IsolationLevel level) => level switch
    {
        IsolationLevel.ReadUncommitted => "READ UNCOMMITTED",
        IsolationLevel.ReadCommitted => "READ COMMITTED",
        IsolationLevel.RepeatableRead or IsolationLevel.Snapshot => "REPEATABLE READ",
        IsolationLevel.Serializable => "SERIALIZABLE",
        _ => throw new NotSupportedException($"MariaDB has no isolation level {level}."),
    };
}
