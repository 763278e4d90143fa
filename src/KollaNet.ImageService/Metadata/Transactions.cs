using System.Data;
using System.Data.Common;

namespace KollaNet.ImageService.Metadata;

/// <summary>Runs units of work against a database, again from the start when it lost a deadlock, waited too long for a lock or met a cluster
/// that is changing over. A connection that breaks during COMMIT is not retried: the transaction may have been kept.</summary>
internal sealed class Transactions(DbDataSource source, SqlDialect dialect, LocationCipher? cipher = null)
{
    private const int Attempts = 6;

    public SqlDialect Dialect => dialect;

    public DbDataSource Source => source;

    /// <summary>One or more reads that need not see the same moment.</summary>
    public Task<T> ReadAsync<T>(Func<Session, Task<T>> work, CancellationToken cancel) =>
        RepeatAsync(async () =>
        {
            await using DbConnection connection = await source.OpenConnectionAsync(cancel);
            return await work(new Session(connection, null, dialect) { Cipher = cipher ?? LocationCipher.None });
        }, cancel);

    /// <summary>All of <paramref name="work"/> or nothing.</summary>
    public Task<T> WriteAsync<T>(Func<Session, Task<T>> work, CancellationToken cancel) =>
        RepeatAsync(async () =>
        {
            await using DbConnection connection = await source.OpenConnectionAsync(cancel);
            await using DbTransaction transaction = await connection.BeginTransactionAsync(cancel);
            T result = await work(new Session(connection, transaction, dialect) { Cipher = cipher ?? LocationCipher.None });
            await CommitAsync(connection, transaction, cancel);
            return result;
        }, cancel);

    private static async Task CommitAsync(DbConnection connection, DbTransaction transaction, CancellationToken cancel)
    {
        try
        {
            await transaction.CommitAsync(cancel);
        }
        catch (DbException error) when (connection.State != ConnectionState.Open)
        {
            throw new CommitInDoubtException(error);
        }
    }

    private async Task<T> RepeatAsync<T>(Func<Task<T>> work, CancellationToken cancel)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await work();
            }
            catch (DbException error) when (attempt < Attempts && dialect.IsTransient(error))
            {
                // The spread keeps two losers of one deadlock from meeting again.
                await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(5, 20 << attempt)), cancel);
            }
        }
    }
}

/// <summary>The connection broke while a transaction was being committed: it may or may not have been kept.</summary>
public sealed class CommitInDoubtException(Exception inner) : Exception("The connection to the database broke during a commit; the change may have been kept.", inner);
