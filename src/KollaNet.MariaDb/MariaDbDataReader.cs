using System.Collections;
using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using KollaNet.MariaDb.Protocol;

namespace KollaNet.MariaDb;

/// <summary>
/// Reads a command's rows as they arrive. Values are decoded from the receive buffer when they are asked for, so take what is needed before the next row.
/// Dates and times are UTC.
/// </summary>
/// <remarks>Disposing reads and drops the rest of the results. The synchronous members block a thread unless the row has arrived already.</remarks>
[SuppressMessage("Design", "CA1010", Justification = "ADO.NET readers enumerate untyped records.")]
public sealed class MariaDbDataReader : DbDataReader
{
    private readonly MariaDbConnection connection;
    private readonly Session session;
    private readonly TimeSpan timeout;
    private readonly CommandBehavior behavior;
    private ResultHead head;
    private RowState state;
    private bool hasPeeked, peeked, hadRow;
    private int recordsAffected = -1;
    private bool closed;

    internal MariaDbDataReader(MariaDbConnection connection, ResultHead head, TimeSpan timeout, CommandBehavior behavior)
    {
        this.connection = connection;
        this.timeout = timeout;
        this.behavior = behavior;
        session = connection.Session;
        Take(head);
    }

    private enum RowState
    {
        Before,
        On,
        After,
    }

    /// <inheritdoc/>
    public override int FieldCount => head.Columns?.Count ?? 0;

    /// <summary>Rows that were inserted, deleted or, by an update, matched, in all results so far; -1 when there were only reads.</summary>
    public override int RecordsAffected => recordsAffected;

    /// <summary>Whether the current result has a row at all. Blocks when that is not known yet; prefer <see cref="DbDataReader.ReadAsync()"/>.</summary>
    public override bool HasRows
    {
        get
        {
            if (state == RowState.Before && !hasPeeked && head.Columns is not null)
            {
                peeked = Blocking.Wait(() => NextRowAsync(CancellationToken.None).AsTask());
                hasPeeked = true;
            }
            return hasPeeked ? peeked : hadRow;
        }
    }

    /// <inheritdoc/>
    public override bool IsClosed => closed;

    /// <summary>Always 0: results do not nest.</summary>
    public override int Depth => 0;

    /// <inheritdoc/>
    public override object this[int ordinal] => GetValue(ordinal);

    /// <inheritdoc/>
    public override object this[string name] => GetValue(GetOrdinal(name));

    /// <summary>Nothing more will come from the server for this command.</summary>
    internal bool IsExhausted => state == RowState.After && !session.Status.HasFlag(ServerStatus.MoreResults);

    /// <inheritdoc/>
    public override async Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(closed, this);
        cancellationToken.ThrowIfCancellationRequested();
        if (state == RowState.After)
            return false;
        bool isRow = hasPeeked ? peeked : await NextRowAsync(cancellationToken);
        hasPeeked = false;
        state = isRow ? RowState.On : RowState.After;
        if (IsExhausted)
            connection.Reading(null);
        return isRow;
    }

    /// <inheritdoc/>
    public override async Task<bool> NextResultAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(closed, this);
        while (await ReadAsync(cancellationToken))
        {
            // The rest of this result is not wanted.
        }
        while (!IsExhausted)
        {
            ResultHead next;
            try
            {
                next = await session.NextResultAsync(head.Statement, timeout, cancellationToken);
            }
            catch
            {
                EndAfterFailure();
                throw;
            }
            Take(next);
            if (head.Columns is not null)
                return true;
        }
        connection.Reading(null);
        return false;
    }

    /// <inheritdoc/>
    public override async Task CloseAsync()
    {
        if (closed)
            return;
        try
        {
            while (!IsExhausted && !session.IsBroken && await NextResultAsync(CancellationToken.None))
            {
                // Dropped, so that the session is free for its next command.
            }
        }
        catch (MariaDbException)
        {
            // Whoever stopped reading does not care how the rest would have ended; a lost connection shows at its next use.
        }
        closed = true;
        connection.Reading(null);
        if (behavior.HasFlag(CommandBehavior.CloseConnection))
            await connection.CloseAsync();
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await CloseAsync();
        await base.DisposeAsync();
    }

    /// <inheritdoc/>
    public override bool Read() => Blocking.Wait(() => ReadAsync(CancellationToken.None));

    /// <inheritdoc/>
    public override bool NextResult() => Blocking.Wait(() => NextResultAsync(CancellationToken.None));

    /// <inheritdoc/>
    public override void Close()
    {
        if (!closed)
            Blocking.Wait(CloseAsync);
    }

    /// <inheritdoc/>
    public override string GetName(int ordinal) => ColumnAt(ordinal).Name;

    /// <inheritdoc/>
    public override int GetOrdinal(string name)
    {
        int ordinal = head.Columns?.IndexOf(name) ?? -1;
        return ordinal >= 0 ? ordinal : throw new ArgumentOutOfRangeException(nameof(name), $"The result has no column {name}.");
    }

    /// <inheritdoc/>
    public override string GetDataTypeName(int ordinal) => ColumnAt(ordinal).TypeName;

    /// <inheritdoc/>
    [return: DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicFields | DynamicallyAccessedMemberTypes.PublicProperties)]
    public override Type GetFieldType(int ordinal) => ColumnAt(ordinal).ClrType;

    /// <inheritdoc/>
    public override bool IsDBNull(int ordinal)
    {
        ThrowIfNoRow(ordinal);
        return head.Columns!.IsNull(ordinal);
    }

    /// <inheritdoc/>
    public override object GetValue(int ordinal) => IsDBNull(ordinal) ? DBNull.Value : ValueAt(ordinal).Boxed();

    /// <inheritdoc/>
    public override int GetValues(object[] values)
    {
        int count = Math.Min(values.Length, FieldCount);
        for (int at = 0; at < count; at++)
            values[at] = GetValue(at);
        return count;
    }

    /// <summary>The value as <typeparamref name="T"/>: an integer type, bool, float, double, decimal, string, byte[], DateTime, DateTimeOffset, DateOnly, TimeSpan, TimeOnly, Guid, an enum, or a nullable of these.</summary>
    /// <exception cref="InvalidCastException">The column does not read as that type, or is NULL and the type does not allow it.</exception>
    /// <exception cref="OverflowException">The number is too large for the type.</exception>
    public override T GetFieldValue<T>(int ordinal)
    {
        if (IsDBNull(ordinal))
            return FieldConversion.Null<T>(ColumnAt(ordinal));
        return FieldConversion.To<T>(ValueAt(ordinal));
    }

    /// <inheritdoc/>
    public override bool GetBoolean(int ordinal) => NotNull(ordinal).Boolean();

    /// <inheritdoc/>
    public override byte GetByte(int ordinal) => checked((byte)NotNull(ordinal).Int64());

    /// <inheritdoc/>
    public override short GetInt16(int ordinal) => checked((short)NotNull(ordinal).Int64());

    /// <inheritdoc/>
    public override int GetInt32(int ordinal) => checked((int)NotNull(ordinal).Int64());

    /// <inheritdoc/>
    public override long GetInt64(int ordinal) => NotNull(ordinal).Int64();

    /// <inheritdoc/>
    public override float GetFloat(int ordinal) => NotNull(ordinal).Single();

    /// <inheritdoc/>
    public override double GetDouble(int ordinal) => NotNull(ordinal).Double();

    /// <inheritdoc/>
    public override decimal GetDecimal(int ordinal) => NotNull(ordinal).Decimal();

    /// <inheritdoc/>
    public override string GetString(int ordinal) => NotNull(ordinal).Text();

    /// <inheritdoc/>
    public override DateTime GetDateTime(int ordinal) => NotNull(ordinal).DateTime();

    /// <inheritdoc/>
    public override Guid GetGuid(int ordinal) => NotNull(ordinal).Guid();

    /// <inheritdoc/>
    public override char GetChar(int ordinal) => GetString(ordinal) is [char only] ? only : throw new InvalidCastException($"Column {GetName(ordinal)} is not a single character.");

    /// <inheritdoc/>
    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length)
    {
        ReadOnlySpan<byte> bytes = NotNull(ordinal).Bytes;
        if (buffer is null)
            return bytes.Length;
        ReadOnlySpan<byte> part = bytes[(int)Math.Min(dataOffset, bytes.Length)..];
        part = part[..Math.Min(length, part.Length)];
        part.CopyTo(buffer.AsSpan(bufferOffset));
        return part.Length;
    }

    /// <inheritdoc/>
    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length)
    {
        string text = GetString(ordinal);
        if (buffer is null)
            return text.Length;
        int from = (int)Math.Min(dataOffset, text.Length);
        int count = Math.Min(length, text.Length - from);
        text.CopyTo(from, buffer, bufferOffset, count);
        return count;
    }

    /// <inheritdoc/>
    public override IEnumerator GetEnumerator() => new DbEnumerator(this);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Close();
        base.Dispose(disposing);
    }

    private void Take(ResultHead next)
    {
        head = next;
        hadRow = hasPeeked = false;
        state = next.Columns is null ? RowState.After : RowState.Before;
        if (next.Columns is null)
            recordsAffected = Math.Max(recordsAffected, 0) + (int)next.Ok.AffectedRows;
    }

    private async ValueTask<bool> NextRowAsync(CancellationToken cancel)
    {
        try
        {
            bool isRow = await session.ReadRowAsync(head, timeout, cancel);
            hadRow |= isRow;
            return isRow;
        }
        catch
        {
            EndAfterFailure();
            throw;
        }
    }

    // The server sends nothing after an error, and an error is what ends a command that was stopped.
    private void EndAfterFailure()
    {
        state = RowState.After;
        connection.Reading(null);
    }

    private Column ColumnAt(int ordinal) =>
        head.Columns is { } columns && (uint)ordinal < (uint)columns.Count ? columns[ordinal] : throw new ArgumentOutOfRangeException(nameof(ordinal), $"The result has no column {ordinal}.");

    private FieldValue ValueAt(int ordinal) => new(head.Columns![ordinal], head.Columns.Slice(session.Row, ordinal), head.Binary);

    private FieldValue NotNull(int ordinal) => IsDBNull(ordinal)
        ? throw new InvalidCastException($"Column {GetName(ordinal)} is NULL; ask IsDBNull first.")
        : ValueAt(ordinal);

    private void ThrowIfNoRow(int ordinal)
    {
        ColumnAt(ordinal);
        if (state != RowState.On || closed)
            throw new InvalidOperationException("There is no current row; call ReadAsync first.");
    }
}
