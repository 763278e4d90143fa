using System.Runtime.CompilerServices;

namespace KollaNet.MariaDb.Protocol;

/// <summary>The commands a session runs, and the results it reads.</summary>
internal sealed partial class Session
{
    private bool cachesMetadata;
    private PreparedStatement? unkept;   // just run, not kept in the cache: to be closed before the next command

    /// <summary>Runs a statement in the text protocol, and reads up to its rows.</summary>
    public async ValueTask<ResultHead> QueryAsync(string sql, TimeSpan timeout, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        await AbsorbKillAsync();
        return await ExchangeAsync(static (session, sql) => session.SendQueryAsync(sql), sql, timeout, cancel);
    }

    /// <summary>Runs a statement with its parameters in the binary protocol, preparing it first if it is new, and reads up to its rows.</summary>
    /// <param name="sql">The statement as its author wrote it.</param>
    public async ValueTask<ResultHead> ExecuteAsync(string sql, MariaDbParameterCollection parameters, TimeSpan timeout, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        PreparedStatement statement = statements.Find(sql) ?? await PrepareAsync(sql, timeout, cancel);
        await AbsorbKillAsync();
        WriteExecute(statement, parameters);
        return await ExchangeAsync(static async (session, statement) =>
        {
            await session.channel.SendAsync();
            return await session.ReadHeadAsync(statement);
        }, statement, timeout, cancel);
    }

    /// <summary>Has the server parse a statement; it is then kept for later runs.</summary>
    public async ValueTask<PreparedStatement> PrepareAsync(string sql, TimeSpan timeout, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (statements.Find(sql) is { } known)
            return known;
        await AbsorbKillAsync();
        var parsed = ParameterizedSql.Parse(sql);
        PreparedStatement statement = await ExchangeAsync(static (session, parsed) => session.SendPrepareAsync(parsed), parsed, timeout, cancel);
        PreparedStatement? dropped = statements.Add(sql, statement);
        if (dropped == statement)
            unkept = statement;
        else if (dropped is not null)
            statementsToClose.Add(dropped.Id);
        return statement;
    }

    /// <summary>Makes another database the default one. The session is not pooled afterwards.</summary>
    public async ValueTask UseDatabaseAsync(string database, TimeSpan timeout, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        await AbsorbKillAsync();
        LeaveDatabase();
        await ExchangeAsync(static async (session, database) =>
        {
            session.Begin(Request.UseDatabase);
            session.channel.Request.Text(database);
            await session.channel.SendAsync();
            return await session.ReadHeadAsync(statement: null);
        }, database, timeout, cancel);
    }

    /// <summary>Prepares for another default database: prepared statements would stay with the one they were prepared in.</summary>
    public void LeaveDatabase()
    {
        databaseChanged = true;
        foreach (PreparedStatement statement in statements.Clear())
            statementsToClose.Add(statement.Id);
    }

    /// <summary>Reads up to the rows of the command's next result; call it after the last row of the one before, and only while <see cref="ServerStatus.MoreResults"/> is set.</summary>
    public ValueTask<ResultHead> NextResultAsync(PreparedStatement? statement, TimeSpan timeout, CancellationToken cancel) =>
        ExchangeAsync(static (session, statement) => session.ReadHeadAsync(statement), statement, timeout, cancel);

    /// <summary>Goes to the next row.</summary>
    /// <returns>False: there was none, and the result is at its end.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> ReadRowAsync(ResultHead head, TimeSpan timeout, CancellationToken cancel) =>
        TryReadBufferedRow(head, out bool isRow)
            ? isRow
            : await ExchangeAsync(static async (session, head) =>
            {
                await session.channel.ReadAsync();
                return session.TakeRow(head);
            }, head, timeout, cancel);

    /// <summary>The current row's bytes; valid until the next read.</summary>
    public ReadOnlySpan<byte> Row => channel.Packet;

    private bool TryReadBufferedRow(ResultHead head, out bool isRow)
    {
        isRow = false;
        // An error takes the way through the exchange, which knows how to handle one.
        if (broken || !channel.TryPeekBuffered(out byte first) || first == ErrorPacket.Marker)
            return false;
        try
        {
            channel.TryReadBuffered();
            isRow = TakeRow(head);
            return true;
        }
        catch (Exception e)
        {
            Break();   // what arrived is not a row: nothing after it can be trusted
            throw Malformed(settings, e);
        }
    }

    private bool TakeRow(ResultHead head)
    {
        ReadOnlySpan<byte> packet = channel.Packet;
        if (packet[0] == ErrorPacket.Marker)
            throw ErrorPacket.Read(packet);
        if (packet[0] == OkPacket.EndMarker && packet.Length < PacketChannel.LargestPayload)
        {
            Status = OkPacket.Read(packet).Status;
            return false;
        }
        head.Columns!.Locate(packet, head.Binary);
        return true;
    }

    private async ValueTask<ResultHead> SendQueryAsync(string sql)
    {
        Begin(Request.Query);
        channel.Request.Text(sql);
        await channel.SendAsync();
        return await ReadHeadAsync(statement: null);
    }

    private async ValueTask<PreparedStatement> SendPrepareAsync(ParameterizedSql sql)
    {
        Begin(Request.Prepare);
        channel.Request.Text(sql.Text);
        await channel.SendAsync();
        await channel.ReadAsync();
        (uint id, int columns, int parameters) = ReadPrepared();
        for (int at = 0; at < parameters; at++)
            await channel.ReadAsync();
        var statement = new PreparedStatement(sql, id, columns == 0 ? null : await ColumnSet.ReadAsync(channel, columns, known: null));
        if (parameters == sql.Count)
            return statement;
        statementsToClose.Add(id);
        throw new MariaDbException(0, "HY000", $"The server sees {parameters} parameters in the statement where this client sees {sql.Count}.", isTransient: false);
    }

    private (uint Id, int Columns, int Parameters) ReadPrepared()
    {
        if (channel.Packet[0] == ErrorPacket.Marker)
            throw ErrorPacket.Read(channel.Packet);
        var reader = new PacketReader(channel.Packet[1..]);
        return (reader.UInt32(), reader.UInt16(), reader.UInt16());
    }

    private void WriteExecute(PreparedStatement statement, MariaDbParameterCollection parameters)
    {
        Begin(Request.Execute);
        PacketWriter writer = channel.Request;
        try
        {
            writer.UInt32(statement.Id);
            writer.Byte(0);     // no cursor
            writer.UInt32(1);   // run once
            parameters.Write(writer, statement.Sql);
        }
        catch
        {
            writer.DropPacket();
            throw;
        }
    }

    /// <summary>Reads what follows a request: nothing but success, or the columns of a result.</summary>
    private async ValueTask<ResultHead> ReadHeadAsync(PreparedStatement? statement)
    {
        await channel.ReadAsync();
        switch (channel.Packet[0])
        {
            case OkPacket.Marker:
                var ok = OkPacket.Read(channel.Packet);
                Status = ok.Status;
                return new ResultHead(null, statement is not null, statement, ok);
            case ErrorPacket.Marker:
                throw ErrorPacket.Read(channel.Packet);
            case 0xfb:
                throw new InvalidDataException("The server asked for a file, which this client never offers.");
        }
        (int count, bool definitionsFollow) = ReadColumnCount();
        ColumnSet columns = definitionsFollow || statement?.Columns is null
            ? await ColumnSet.ReadAsync(channel, count, statement?.Columns)
            : statement.Columns;
        if (columns.Count != count)
            throw new InvalidDataException("The server left out column definitions that this client does not have.");
        if (statement is not null)
            statement.Columns = columns;
        return new ResultHead(columns, statement is not null, statement, new OkPacket(-1, 0, 0));
    }

    private (int Count, bool DefinitionsFollow) ReadColumnCount()
    {
        var reader = new PacketReader(channel.Packet);
        int count = (int)reader.Length();
        return (count, !cachesMetadata || reader.AtEnd || reader.Byte() != 0);
    }

    // Closing a statement has no answer, so it travels with the next request.
    private void Begin(Request request)
    {
        if (statementsToClose.Count > 0)
        {
            foreach (uint id in statementsToClose)
            {
                channel.Request.BeginPacket(Request.CloseStatement);
                channel.Request.UInt32(id);
                channel.Request.EndPacket(sequence: 0);
            }
            statementsToClose.Clear();
        }
        channel.Begin(request);
        if (unkept is not null && request != Request.Execute)
        {
            statementsToClose.Add(unkept.Id);
            unkept = null;
        }
    }
}
