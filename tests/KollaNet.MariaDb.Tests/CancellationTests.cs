using System.Data.Common;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace KollaNet.MariaDb.Tests;

public sealed class CancellationTests(MariaDbServerFixture fixture)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_cancelled_query_stops_on_the_server_and_its_connection_goes_on()
    {
        await using var source = new MariaDbDataSource(fixture.Root);
        await using DbConnection connection = await source.OpenConnectionAsync(Cancel);
        object? id = await connection.ScalarAsync("SELECT CONNECTION_ID()");
        for (int round = 0; round < 3; round++)
        {
            using var stop = new CancellationTokenSource();
            Task<object?> sleeping = connection.Command("SELECT SLEEP(1000)").ExecuteScalarAsync(stop.Token);
            await RunningAsync(source, id!, "SELECT SLEEP(1000)");

            await stop.CancelAsync();

            await sleeping.Awaiting(s => s).Should().ThrowAsync<OperationCanceledException>();
            (await connection.ScalarAsync("SELECT CONNECTION_ID()")).Should().Be(id);
        }
    }

    [Fact]
    public async Task A_query_that_takes_too_long_is_stopped_and_its_connection_goes_on()
    {
        await using var source = new MariaDbDataSource(fixture.Root);
        await using DbConnection connection = await source.OpenConnectionAsync(Cancel);
        object? id = await connection.ScalarAsync("SELECT CONNECTION_ID()");
        await using DbCommand command = connection.Command("SELECT SLEEP(1000)");
        command.CommandTimeout = 1;

        (await command.Awaiting(c => c.ExecuteScalarAsync(Cancel)).Should().ThrowAsync<MariaDbException>()).Which.Code.Should().Be(1969);

        (await connection.ScalarAsync("SELECT CONNECTION_ID()")).Should().Be(id);
    }

    [Fact]
    public async Task A_cancel_between_rows_ends_the_reader_only()
    {
        await using var source = new MariaDbDataSource(fixture.Root);
        await using DbConnection connection = await source.OpenConnectionAsync(Cancel);
        await using (DbDataReader reader = await connection.Command("SELECT seq, IF(seq > 1, SLEEP(1000), REPEAT('x', 100000)) FROM seq_1_to_3").ExecuteReaderAsync(Cancel))
        {
            await reader.ReadAsync(Cancel);
            using var stop = new CancellationTokenSource();
            Task<bool> next = reader.ReadAsync(stop.Token);
            await stop.CancelAsync();
            await next.Awaiting(n => n).Should().ThrowAsync<OperationCanceledException>();
            (await reader.ReadAsync(Cancel)).Should().BeFalse();
        }

        (await connection.ScalarAsync("SELECT 1")).Should().Be(1);
    }

    [Fact]
    public async Task A_kill_that_comes_late_does_not_hit_the_next_query()
    {
        await using MariaDbDataSource source = await fixture.NewDatabaseAsync("late");
        await using DbConnection connection = await source.OpenConnectionAsync(Cancel);
        await connection.ExecuteAsync("CREATE TABLE t (a INT)");
        await connection.ScalarAsync("SELECT COUNT(*) FROM t WHERE a = @a", ("a", 1));
        var random = new Random(1);
        for (int round = 0; round < 60; round++)
        {
            // Cancelled at every moment from before the request to after the answer.
            using var stop = new CancellationTokenSource(TimeSpan.FromMicroseconds(random.Next(1500)));
            try
            {
                await connection.Command("SELECT COUNT(*) FROM t WHERE a = @a", ("a", 1)).ExecuteScalarAsync(stop.Token);
            }
            catch (OperationCanceledException)
            {
                // Either way, the next must work.
            }
            (await connection.ScalarAsync("SELECT COUNT(*) FROM t WHERE a = @a", ("a", 1))).Should().Be(0L);
        }
    }

    [Fact]
    public async Task A_token_that_is_cancelled_already_sends_nothing()
    {
        await using MariaDbDataSource source = await fixture.NewDatabaseAsync("precancelled");
        await source.ExecuteAsync("CREATE TABLE t (a INT)");
        await using DbConnection connection = await source.OpenConnectionAsync(Cancel);

        await connection.Awaiting(c => c.Command("INSERT INTO t VALUES (@a)", ("a", 1)).ExecuteNonQueryAsync(new CancellationToken(true))).Should().ThrowAsync<OperationCanceledException>();

        (await connection.ScalarAsync("SELECT COUNT(*) FROM t")).Should().Be(0L);
    }

    [Fact]
    public async Task Sixteen_connections_wait_at_the_same_time()
    {
        await using MariaDbDataSource source = await fixture.NewDatabaseAsync("parallel");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        async Task SleepAsync()
        {
            await using DbConnection connection = await source.OpenConnectionAsync(Cancel);
            await connection.Command("SELECT SLEEP(1000)").ExecuteScalarAsync(stop.Token);
        }
        Task[] sleeping = [.. Enumerable.Range(0, 16).Select(_ => SleepAsync())];
        var clock = Stopwatch.StartNew();
        while ((long)(await source.ScalarAsync("SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE() AND state = 'User sleep'"))! < 16)
            clock.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(30));

        await stop.CancelAsync();
        foreach (Task sleeper in sleeping)
            await sleeper.Awaiting(s => s).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task A_server_that_never_answers_costs_the_connect_timeout_and_not_more()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var source = new MariaDbDataSource(fixture.Root with { Port = ((IPEndPoint)silent.LocalEndpoint).Port, ConnectTimeout = TimeSpan.FromMilliseconds(200) });

        (await source.Awaiting(s => s.OpenConnectionAsync(Cancel).AsTask()).Should().ThrowAsync<MariaDbException>()).Which
            .Should().BeEquivalentTo(new { Code = 2003, IsTransient = true });
    }

    // Waits until the server shows the query as running on that connection.
    private static async Task RunningAsync(DbDataSource source, object connectionId, string query)
    {
        var clock = Stopwatch.StartNew();
        while ((long)(await source.ScalarAsync("SELECT COUNT(*) FROM information_schema.processlist WHERE id = @id AND info = @query", ("id", connectionId), ("query", query)))! == 0)
            clock.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(30));
    }
}
