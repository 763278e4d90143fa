using System.Data.Common;

namespace KollaNet.MariaDb;

/// <summary>The server refused or failed a command, or could not be talked to. No message contains a password.</summary>
/// <param name="code">See <see cref="Code"/>.</param>
/// <param name="sqlState">See <see cref="SqlState"/>.</param>
/// <param name="isTransient">See <see cref="IsTransient"/>.</param>
public sealed class MariaDbException(int code, string sqlState, string message, bool isTransient, Exception? inner = null)
    : DbException(message, inner)
{
    /// <summary>MariaDB's number for the error, such as 1062 for a duplicate key; from 2000 on it was found by this client; 0 when MariaDB has no number for it.</summary>
    /// <remarks>Source: MariaDB documentation, "MariaDB Error Code Reference".</remarks>
    public int Code { get; } = code;

    /// <summary>The five-character SQLSTATE; <c>HY000</c> where nothing more precise is known.</summary>
    public override string SqlState { get; } = sqlState;

    /// <summary>
    /// Whether running the whole transaction again may succeed and cannot apply it twice: a deadlock (1213), a lock wait that took too long (1205), a Galera node that
    /// is not ready (1047), too many connections (1040), or a connection that broke before the request left.
    /// </summary>
    public override bool IsTransient { get; } = isTransient;

    internal static MariaDbException FromServer(int code, string sqlState, string message) =>
        new(code, sqlState, message, code is ErrorNumber.Deadlock or ErrorNumber.LockWaitTimeout or ErrorNumber.NotReady or ErrorNumber.TooManyConnections);
}
