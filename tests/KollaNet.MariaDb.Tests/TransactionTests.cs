using System.Data;
using System.Data.Common;

namespace KollaNet.MariaDb.Tests;

public sealed class TransactionTests(MariaDbServerFixture fixture)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_commit_keeps_and_a_rollback_or_dispose_undoes()
    {
        await using MariaDbDataSource source = await TableAsync("transactions");
        await using DbConnection connection = await source.OpenConnectionAsync(Cancel);
        await using (DbTransaction kept = await connection.BeginTransactionAsync(Cancel))
        {
            await connection.ExecuteAsync("INSERT INTO t VALUES (1, 0)");
            await kept.CommitAsync(Cancel);
        }
        await using (DbTransaction undone = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, Cancel))
        {
            await connection.ExecuteAsync("INSERT INTO t VALUES (2, 0)");
            await undone.RollbackAsync(Cancel);
        }
        await using (await connection.BeginTransactionAsync(Cancel))
            await connection.ExecuteAsync("INSERT INTO t VALUES (3, 0)");

        (await connection.ScalarAsync("SELECT GROUP_CONCAT(a) FROM t")).Should().Be("1");
    }

    [Fact]
    public async Task A_connection_returns_to_the_pool_without_its_transaction()
    {
        await using MariaDbDataSource source = await TableAsync("leftover", settings => settings with { MaxPoolSize = 1 });
        await using (DbConnection careless = await source.OpenConnectionAsync(Cancel))
        {
            await careless.ExecuteAsync("START TRANSACTION");
            await careless.ExecuteAsync("INSERT INTO t VALUES (1, 0)");
        }

        await source.ExecuteAsync("COMMIT");

        (await source.ScalarAsync("SELECT COUNT(*) FROM t")).Should().Be(0L);
    }

    [Fact]
    public async Task A_deadlock_is_transient_and_names_itself()
    {
        await using MariaDbDataSource source = await TableAsync("deadlock");
        await source.ExecuteAsync("INSERT INTO t VALUES (1, 0), (2, 0)");
        await using DbConnection first = await source.OpenConnectionAsync(Cancel);
        await using DbConnection second = await source.OpenConnectionAsync(Cancel);
        await using DbTransaction one = await first.BeginTransactionAsync(Cancel);
        await using DbTransaction two = await second.BeginTransactionAsync(Cancel);
        await first.ExecuteAsync("UPDATE t SET b = 1 WHERE a = 1");
        await second.ExecuteAsync("UPDATE t SET b = 1 WHERE a = 2");

        Task[] crossing = [first.ExecuteAsync("UPDATE t SET b = 2 WHERE a = 2"), second.ExecuteAsync("UPDATE t SET b = 2 WHERE a = 1")];

        Func<Task> both = () => Task.WhenAll(crossing);
        (await both.Should().ThrowAsync<MariaDbException>()).Which.Should().BeEquivalentTo(new { Code = 1213, IsTransient = true });
        crossing.Count(task => task.IsCompletedSuccessfully).Should().Be(1);
    }

    [Fact]
    public async Task A_second_transaction_on_one_connection_is_refused()
    {
        await using MariaDbDataSource source = await TableAsync("nested");
        await using DbConnection connection = await source.OpenConnectionAsync(Cancel);
        await using DbTransaction only = await connection.BeginTransactionAsync(Cancel);

        await connection.Awaiting(c => c.BeginTransactionAsync(Cancel).AsTask()).Should().ThrowAsync<InvalidOperationException>();
        await only.CommitAsync(Cancel);
        await only.Awaiting(t => t.CommitAsync(Cancel)).Should().ThrowAsync<InvalidOperationException>();
    }

    private async Task<MariaDbDataSource> TableAsync(string hint, Func<MariaDbSettings, MariaDbSettings>? with = null)
    {
        MariaDbDataSource source = await fixture.NewDatabaseAsync(hint, with);
        await source.ExecuteAsync("CREATE TABLE t (a INT PRIMARY KEY, b INT)");
        return source;
    }
}
