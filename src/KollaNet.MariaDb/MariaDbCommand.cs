using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using KollaNet.MariaDb.Protocol;

namespace KollaNet.MariaDb;

/// <summary>
/// One SQL statement with <c>@named</c> parameters or question marks. Statements that read or change data are prepared once per connection and kept;
/// others without parameters go as text. User variables (<c>@x</c>) cannot be used: every <c>@name</c> needs a parameter.
/// </summary>
/// <remarks>The synchronous members block a thread. Cancelling stops the statement on the server; the connection stays usable.</remarks>
public sealed class MariaDbCommand : DbCommand
{
    private static readonly string[] PreparedVerbs = ["SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "WITH", "CALL", "VALUES", "(SELECT"];

    private MariaDbConnection? connection;
    private int? timeoutSeconds;
    private string text = "";
    private volatile CancellationTokenSource? running;

    /// <summary>A command without connection and text.</summary>
    public MariaDbCommand()
    {
    }

    internal MariaDbCommand(MariaDbConnection connection) => this.connection = connection;

    /// <inheritdoc/>
    [AllowNull]
    public override string CommandText
    {
        get => text;
        set => text = value ?? "";
    }

    /// <summary>Seconds the server may take for each answer; zero for any time. Unset, it is the data source's.</summary>
    public override int CommandTimeout
    {
        get => timeoutSeconds ?? (int)Math.Ceiling((connection?.Settings.CommandTimeout ?? TimeSpan.Zero).TotalSeconds);
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            timeoutSeconds = value;
        }
    }

    /// <summary>Always <see cref="CommandType.Text"/>.</summary>
    public override CommandType CommandType
    {
        get => CommandType.Text;
        set
        {
            if (value != CommandType.Text)
                throw new NotSupportedException("Only SQL text can be run; call a procedure with CALL.");
        }
    }

    /// <inheritdoc/>
    public override bool DesignTimeVisible { get; set; }

    /// <summary>Not used.</summary>
    public override UpdateRowSource UpdatedRowSource { get; set; }

    /// <summary>The command's values.</summary>
    public new MariaDbParameterCollection Parameters { get; } = new();

    /// <summary>The AUTO_INCREMENT value that the last execution made; 0 when it made none.</summary>
    public ulong LastInsertedId { get; private set; }

    /// <inheritdoc/>
    protected override DbConnection? DbConnection
    {
        get => connection;
        set => connection = (MariaDbConnection?)value;
    }

    /// <inheritdoc/>
    protected override DbParameterCollection DbParameterCollection => Parameters;

    /// <summary>Kept for ADO.NET; a command runs in its connection's transaction, whether it is named here or not.</summary>
    protected override DbTransaction? DbTransaction { get; set; }

    internal TimeSpan Timeout => timeoutSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : Connected.Settings.CommandTimeout;

    private MariaDbConnection Connected => connection ?? throw new InvalidOperationException("The command has no connection.");

    /// <summary>Runs the command and returns a reader before its first row.</summary>
    public new Task<MariaDbDataReader> ExecuteReaderAsync(CancellationToken cancel = default) => ReadAsync(CommandBehavior.Default, cancel);

    /// <summary>Runs the command to its end, through all its results.</summary>
    /// <returns>How many rows were inserted, deleted or, by an update, matched (not: changed); -1 when there were only reads.</returns>
    public override async Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken)
    {
        await using MariaDbDataReader reader = await ReadAsync(CommandBehavior.Default, cancellationToken);
        while (await reader.NextResultAsync(cancellationToken))
        {
            // Only the counts matter.
        }
        return reader.RecordsAffected;
    }

    /// <summary>Runs the command.</summary>
    /// <returns>The first column of the first row; null when there is no row, <see cref="DBNull"/> when it is NULL.</returns>
    public override async Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken)
    {
        await using MariaDbDataReader reader = await ReadAsync(CommandBehavior.Default, cancellationToken);
        return reader.FieldCount > 0 && await reader.ReadAsync(cancellationToken) ? reader.GetValue(0) : null;
    }

    /// <summary>Has the server parse the statement now; executing does it by itself otherwise.</summary>
    public override async Task PrepareAsync(CancellationToken cancellationToken = default)
    {
        Connected.ThrowIfReading();
        await Connected.Session.PrepareAsync(text, Timeout, cancellationToken);
    }

    /// <summary>Stops the execution that is running, from another thread.</summary>
    public override void Cancel()
    {
        try
        {
            running?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended at this moment.
        }
    }

    /// <inheritdoc/>
    public override int ExecuteNonQuery() => Blocking.Wait(() => CancellableAsync(ExecuteNonQueryAsync));

    /// <inheritdoc/>
    public override object? ExecuteScalar() => Blocking.Wait(() => CancellableAsync(ExecuteScalarAsync));

    /// <inheritdoc/>
    public override void Prepare() => Blocking.Wait(() => PrepareAsync());

    /// <inheritdoc/>
    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => Blocking.Wait(() => CancellableAsync(cancel => ReadAsync(behavior, cancel)));

    /// <inheritdoc/>
    protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken) =>
        await ReadAsync(behavior, cancellationToken);

    /// <inheritdoc/>
    protected override DbParameter CreateDbParameter() => new MariaDbParameter();

    private async Task<MariaDbDataReader> ReadAsync(CommandBehavior behavior, CancellationToken cancel)
    {
        if (text.Length == 0)
            throw new InvalidOperationException("The command has no text.");
        Connected.ThrowIfReading();
        ResultHead head = await RunAsync(Connected.Session, cancel);
        LastInsertedId = head.Ok.InsertId;
        var reader = new MariaDbDataReader(Connected, head, Timeout, behavior);
        if (!reader.IsExhausted)
            Connected.Reading(reader);
        return reader;
    }

    private async ValueTask<ResultHead> RunAsync(Session session, CancellationToken cancel)
    {
        if (Parameters.Count == 0 && StartsWith("USE"))
            session.LeaveDatabase();
        if (Parameters.Count == 0 && !Array.Exists(PreparedVerbs, StartsWith))
            return await session.QueryAsync(TextWithoutParameters(), Timeout, cancel);
        try
        {
            return await session.ExecuteAsync(text, Parameters, Timeout, cancel);
        }
        catch (MariaDbException e) when (e.Code == ErrorNumber.CannotBePrepared && Parameters.Count == 0)
        {
            return await session.QueryAsync(TextWithoutParameters(), Timeout, cancel);
        }
    }

    private bool StartsWith(string verb) => text.AsSpan().TrimStart().StartsWith(verb, StringComparison.OrdinalIgnoreCase);

    private string TextWithoutParameters() => ParameterizedSql.Parse(text).Count == 0
        ? text
        : throw new InvalidOperationException("The statement has parameters, and the command no values for them.");

    private async Task<T> CancellableAsync<T>(Func<CancellationToken, Task<T>> operation)
    {
        using var source = new CancellationTokenSource();
        running = source;
        try
        {
            return await operation(source.Token);
        }
        finally
        {
            running = null;
        }
    }
}
