using System.Data;
using System.Data.Common;
using KollaNet.TestHost;

namespace KollaNet.MariaDb.Tests;

public sealed class PoolTests(MariaDbServerFixture fixture)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_connection_is_used_again()
    {
        await using var source = new MariaDbDataSource(fixture.Root);

        object? first = await source.ScalarAsync("SELECT CONNECTION_ID()");

        (await source.ScalarAsync("SELECT CONNECTION_ID()")).Should().Be(first);
    }

    [Fact]
    public async Task Nobody_gets_more_connections_than_the_limit_and_those_who_wait_are_served_in_order()
    {
        await using var source = new MariaDbDataSource(fixture.Root with { MaxPoolSize = 2 });
        MariaDbConnection one = await source.OpenConnectionAsync(Cancel);
        MariaDbConnection two = await source.OpenConnectionAsync(Cancel);
        var served = new List<int>();
        Task[] waiting = [.. Enumerable.Range(0, 4).Select(async n =>
        {
            await using MariaDbConnection mine = await source.OpenConnectionAsync(Cancel);
            lock (served)
                served.Add(n);
        })];
        waiting.Should().OnlyContain(task => !task.IsCompleted);

        await one.DisposeAsync();
        await Task.WhenAll(waiting);

        served.Should().Equal(0, 1, 2, 3);
        await two.DisposeAsync();
    }

    [Fact]
    public async Task Waiting_for_a_connection_ends_with_the_timeout_or_the_token_and_loses_no_connection()
    {
        await using var source = new MariaDbDataSource(fixture.Root with { MaxPoolSize = 1, ConnectTimeout = TimeSpan.FromSeconds(1) });
        await using (await source.OpenConnectionAsync(Cancel))
        {
            await source.Awaiting(s => s.OpenConnectionAsync(Cancel).AsTask()).Should().ThrowAsync<MariaDbException>().WithMessage("All 1 connections*");
            using var stop = new CancellationTokenSource();
            Task waiting = source.OpenConnectionAsync(stop.Token).AsTask();
            await stop.CancelAsync();
            await waiting.Awaiting(w => w).Should().ThrowAsync<OperationCanceledException>();
        }

        (await source.ScalarAsync("SELECT 1")).Should().Be(1);
    }

    [Fact]
    public async Task A_failed_login_gives_its_place_back()
    {
        await using var source = new MariaDbDataSource(fixture.Root with { MaxPoolSize = 1, Password = "wrong" });
        for (int attempt = 0; attempt < 3; attempt++)
            await source.Awaiting(s => s.ScalarAsync("SELECT 1")).Should().ThrowAsync<MariaDbException>().Where(e => e.Code == 1045);
    }

    [Fact]
    public async Task Pooled_connections_that_were_killed_are_replaced_unseen()
    {
        await using MariaDbDataSource source = await fixture.NewDatabaseAsync("killed");
        MariaDbConnection[] open = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => source.OpenConnectionAsync(Cancel).AsTask()));
        var ids = new List<object?>();
        foreach (MariaDbConnection connection in open)
            ids.Add(await connection.ScalarAsync("SELECT CONNECTION_ID()"));
        foreach (MariaDbConnection connection in open)
            await connection.DisposeAsync();

        await fixture.Server.ExecuteAsRootAsync(string.Concat(ids.Select(id => $"KILL {id};")), Cancel);

        for (int use = 0; use < 5; use++)
            ids.Should().NotContain(await source.ScalarAsync("SELECT CONNECTION_ID()"));
    }

    [Fact]
    public async Task A_connection_killed_in_use_is_reported_and_replaced_by_the_next()
    {
        await using MariaDbDataSource source = await fixture.NewDatabaseAsync("killedinuse");
        await using (DbConnection connection = await source.OpenConnectionAsync(Cancel))
        {
            await fixture.Server.ExecuteAsRootAsync($"KILL {await connection.ScalarAsync("SELECT CONNECTION_ID()")}", Cancel);
            await connection.Awaiting(c => c.ScalarAsync("SELECT 1")).Should().ThrowAsync<MariaDbException>();
            connection.State.Should().Be(ConnectionState.Broken);
        }

        (await source.ScalarAsync("SELECT 1")).Should().Be(1);
    }

    [Fact]
    public async Task A_restart_of_the_server_is_not_noticed_by_the_next_caller()
    {
        await using MariaDbServer server = await MariaDbServer.StartAsync(tlsPem: null, Cancel);
        await using var source = new MariaDbDataSource(MariaDbSettings.Parse(await server.NewDatabaseAsync("restarted", Cancel)));
        await source.ExecuteAsync("CREATE TABLE t (a INT)");
        await source.ExecuteAsync("INSERT INTO t VALUES (@a)", ("a", 1));

        await server.RestartAsync(Cancel);

        (await source.ExecuteAsync("INSERT INTO t VALUES (@a)", ("a", 2))).Should().Be(1);
        (await source.ScalarAsync("SELECT COUNT(*) FROM t")).Should().Be(2L);
    }

    [Fact]
    public async Task Disposing_the_source_closes_its_connections()
    {
        MariaDbDataSource source = await fixture.NewDatabaseAsync("disposed");
        string user = (string)(await source.ScalarAsync("SELECT DATABASE()"))!;
        MariaDbConnection lent = await source.OpenConnectionAsync(Cancel);

        await source.DisposeAsync();
        await lent.DisposeAsync();

        await source.Awaiting(s => s.OpenConnectionAsync(Cancel).AsTask()).Should().ThrowAsync<ObjectDisposedException>();
        // The server needs a moment to notice that a client said goodbye.
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        deadline.CancelAfter(TimeSpan.FromSeconds(30));
        while (await fixture.Server.ExecuteAsRootAsync($"SELECT COUNT(*) FROM information_schema.processlist WHERE user = '{user}'", deadline.Token) != "0")
            deadline.Token.ThrowIfCancellationRequested();
    }

    [Fact]
    public async Task Another_database_is_not_handed_to_the_next_caller()
    {
        await using MariaDbDataSource source = await fixture.NewDatabaseAsync("usedb", settings => settings with { MaxPoolSize = 1 });
        object? mine = await source.ScalarAsync("SELECT DATABASE()");
        await using (MariaDbConnection connection = await source.OpenConnectionAsync(Cancel))
        {
            await connection.ChangeDatabaseAsync("information_schema", Cancel);
            (await connection.ScalarAsync("SELECT DATABASE()")).Should().Be("information_schema");
            await connection.ExecuteAsync($"USE {mine}");
            (await connection.ScalarAsync("SELECT DATABASE()")).Should().Be(mine);
            await connection.ExecuteAsync("USE information_schema");
        }

        (await source.ScalarAsync("SELECT DATABASE()")).Should().Be(mine);
    }
}
