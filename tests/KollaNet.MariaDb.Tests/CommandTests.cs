using System.Data.Common;

namespace KollaNet.MariaDb.Tests;

public sealed class CommandTests(MariaDbServerFixture fixture)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_statement_is_prepared_once_and_run_many_times()
    {
        await using MariaDbDataSource source = await fixture.NewDatabaseAsync("prepared");
        await using DbConnection connection = await source.OpenConnectionAsync(Cancel);
        for (int run = 0; run < 20; run++)
            (await connection.ScalarAsync("SELECT @a + 1", ("a", run))).Should().Be((long)run + 1);

        (await CounterAsync(connection, "Com_stmt_prepare")).Should().Be(1);
        (await CounterAsync(connection, "Com_stmt_execute")).Should().Be(20);
    }

    [Fact]
    public async Task Statements_beyond_the_limit_are_closed_the_least_recently_used_first()
    {
        await using MariaDbDataSource source = await fixture.NewDatabaseAsync("lru", settings => settings with { StatementCacheSize = 2 });
        await using DbConnection connection = await source.OpenConnectionAsync(Cancel);
        foreach (string sql in new[] { "SELECT 1", "SELECT 2", "SELECT 1", "SELECT 3", "SELECT 1", "SELECT 3" })
            await connection.ScalarAsync(sql);
        (await CounterAsync(connection, "Com_stmt_prepare")).Should().Be(3, "1 and 3 stayed and 2 went");

        await connection.ScalarAsync("SELECT 2");

        (await CounterAsync(connection, "Com_stmt_prepare")).Should().Be(4);
        (await CounterAsync(connection, "Com_stmt_close")).Should().Be(2);
        ((MariaDbConnection)connection).Session.StatementCount.Should().Be(2);
    }

    [Fact]
    public async Task Without_a_cache_statements_still_run_and_are_closed()
    {
        await using MariaDbDataSource source = await fixture.NewDatabaseAsync("uncached", settings => settings with { StatementCacheSize = 0 });
        await using DbConnection connection = await source.OpenConnectionAsync(Cancel);
        for (int run = 0; run < 5; run++)
            (await connection.ScalarAsync("SELECT @a", ("a", run))).Should().Be((long)run);

        (await CounterAsync(connection, "Com_stmt_close")).Should().BeGreaterThanOrEqualTo(4);
    }

    [Fact]
    public async Task A_prepared_statement_follows_its_table_when_that_changes()
    {
        await using MariaDbDataSource source = await fixture.NewDatabaseAsync("altered");
        await using DbConnection connection = await source.OpenConnectionAsync(Cancel);
        await connection.ExecuteAsync("CREATE TABLE t (a INT)");
        await connection.ExecuteAsync("INSERT INTO t VALUES (1)");
        (await connection.ScalarAsync("SELECT * FROM t WHERE a = @a", ("a", 1))).Should().Be(1);

        await connection.ExecuteAsync("ALTER TABLE t MODIFY a VARCHAR(10), ADD b BIGINT DEFAULT 9");

        (await connection.ScalarAsync("SELECT * FROM t WHERE a = @a", ("a", 1))).Should().Be("1");
        await using DbDataReader reader = await connection.Command("SELECT * FROM t WHERE a = @a", ("a", 1)).ExecuteReaderAsync(Cancel);
        await reader.ReadAsync(Cancel);
        reader.GetInt64(reader.GetOrdinal("b")).Should().Be(9);
    }

    [Fact]
    public async Task A_statement_may_have_thousands_of_parameters()
    {
        await using var source = new MariaDbDataSource(fixture.Root);
        (string, object?)[] values = [.. Enumerable.Range(0, 5000).Select(n => ($"p{n}", (object?)n))];

        object? found = await source.ScalarAsync($"SELECT COUNT(*) FROM seq_0_to_9999 WHERE seq IN ({string.Join(", ", values.Select(value => "@" + value.Item1))})", values);

        found.Should().Be(5000L);
    }

    [Fact]
    public async Task Parameters_are_found_by_position_when_the_text_has_question_marks()
    {
        await using var source = new MariaDbDataSource(fixture.Root);

        (await source.ScalarAsync("SELECT CONCAT(?, '?', ?)", ("", "a"), ("", "b"))).Should().Be("a?b");
    }

    [Fact]
    public async Task A_name_may_stand_twice_and_in_another_case()
    {
        await using var source = new MariaDbDataSource(fixture.Root);

        (await source.ScalarAsync("SELECT @A * 10 + @b + @a", ("@b", 5), ("@a", 2))).Should().Be(27L);
    }

    [Fact]
    public async Task A_missing_parameter_is_named_and_the_connection_goes_on()
    {
        await using var source = new MariaDbDataSource(fixture.Root);
        await using DbConnection connection = await source.OpenConnectionAsync(Cancel);

        await connection.Awaiting(c => c.ScalarAsync("SELECT @a, @b", ("a", 1))).Should().ThrowAsync<InvalidOperationException>().WithMessage("*@b*");
        await connection.Awaiting(c => c.ScalarAsync("SELECT @a")).Should().ThrowAsync<InvalidOperationException>().WithMessage("*@a*");
        await connection.Awaiting(c => c.ScalarAsync("SET NAMES utf8mb4 -- @a\n, @b")).Should().ThrowAsync<InvalidOperationException>();
        await connection.Awaiting(c => c.ScalarAsync("SELECT @a", ("a", new Version(1, 2)))).Should().ThrowAsync<NotSupportedException>();

        (await connection.ScalarAsync("SELECT @a", ("a", 4))).Should().Be(4L);
    }

    [Fact]
    public async Task A_duplicate_key_is_error_1062_and_the_connection_goes_on()
    {
        await using MariaDbDataSource source = await fixture.NewDatabaseAsync("duplicate");
        await using DbConnection connection = await source.OpenConnectionAsync(Cancel);
        await connection.ExecuteAsync("CREATE TABLE t (a INT PRIMARY KEY)");
        await connection.ExecuteAsync("INSERT INTO t VALUES (@a)", ("a", 1));

        MariaDbException error = (await connection.Awaiting(c => c.ExecuteAsync("INSERT INTO t VALUES (@a)", ("a", 1))).Should().ThrowAsync<MariaDbException>()).Which;

        error.Should().BeEquivalentTo(new { Code = 1062, SqlState = "23000", IsTransient = false });
        (await connection.ScalarAsync("SELECT COUNT(*) FROM t")).Should().Be(1L);
    }

    [Fact]
    public async Task An_update_counts_the_rows_it_found_also_when_nothing_changed()
    {
        await using MariaDbDataSource source = await fixture.NewDatabaseAsync("found");
        await source.ExecuteAsync("CREATE TABLE t (a INT, b INT)");
        (await source.ExecuteAsync("INSERT INTO t VALUES (1, 1), (2, 2)")).Should().Be(2);

        (await source.ExecuteAsync("UPDATE t SET b = 1 WHERE a = @a", ("a", 1))).Should().Be(1);
        (await source.ExecuteAsync("UPDATE t SET b = 1 WHERE a = @a", ("a", 3))).Should().Be(0);
        (await source.ExecuteAsync("SELECT * FROM t")).Should().Be(-1);
    }

    [Fact]
    public async Task An_insert_tells_the_number_it_was_given()
    {
        await using MariaDbDataSource source = await fixture.NewDatabaseAsync("lastid");
        await source.ExecuteAsync("CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, a INT) AUTO_INCREMENT = 41");
        await using DbConnection connection = await source.OpenConnectionAsync(Cancel);
        await using var command = (MariaDbCommand)connection.Command("INSERT INTO t (a) VALUES (@a)", ("a", 1));

        await command.ExecuteNonQueryAsync(Cancel);

        command.LastInsertedId.Should().Be(41);
    }

    [Fact]
    public async Task A_procedure_returns_several_results()
    {
        await using MariaDbDataSource source = await fixture.NewDatabaseAsync("results");
        await source.ExecuteAsync("CREATE PROCEDURE p() BEGIN SELECT 1 AS a; SELECT 'x' AS b, 'y' AS c UNION SELECT 'z', 'w'; END");
        await using DbConnection connection = await source.OpenConnectionAsync(Cancel);

        for (int run = 0; run < 3; run++)
        {
            await using DbDataReader reader = await connection.Command("CALL p()").ExecuteReaderAsync(Cancel);
            (await reader.ReadAsync(Cancel)).Should().BeTrue();
            reader.GetInt32(0).Should().Be(1);
            (await reader.NextResultAsync(Cancel)).Should().BeTrue();
            await reader.ReadAsync(Cancel);
            await reader.ReadAsync(Cancel);
            reader.GetString(1).Should().Be("w");
            (await reader.NextResultAsync(Cancel)).Should().BeFalse();
        }
        await connection.ExecuteAsync("CALL p()");
        (await connection.ScalarAsync("CALL p()")).Should().Be(1);
        (await connection.ScalarAsync("SELECT 5")).Should().Be(5);
    }

    [Fact]
    public async Task An_unfinished_reader_blocks_its_connection_until_it_is_disposed()
    {
        await using var source = new MariaDbDataSource(fixture.Root);
        await using DbConnection connection = await source.OpenConnectionAsync(Cancel);
        DbDataReader reader = await connection.Command("SELECT seq FROM seq_1_to_100000").ExecuteReaderAsync(Cancel);
        await reader.ReadAsync(Cancel);

        await connection.Awaiting(c => c.ScalarAsync("SELECT 1")).Should().ThrowAsync<InvalidOperationException>();
        await reader.DisposeAsync();

        (await connection.ScalarAsync("SELECT 2")).Should().Be(2);
    }

    [Fact]
    public async Task Many_rows_arrive_in_order()
    {
        await using var source = new MariaDbDataSource(fixture.Root);
        await using DbConnection connection = await source.OpenConnectionAsync(Cancel);
        await using DbDataReader reader = await connection.Command("SELECT seq, REPEAT('x', seq % 300) FROM seq_1_to_50000").ExecuteReaderAsync(Cancel);
        reader.HasRows.Should().BeTrue();
        long expected = 0;
        while (await reader.ReadAsync(Cancel))
        {
            if (reader.GetInt64(0) != ++expected || reader.GetString(1).Length != expected % 300)
                Assert.Fail($"Row {expected} is wrong.");
        }
        expected.Should().Be(50000);
    }

    [Fact]
    public async Task The_data_source_runs_commands_without_a_connection_in_sight_and_synchronously()
    {
        await using var source = new MariaDbDataSource(fixture.Root);
        await using DbCommand command = source.CreateCommand("SELECT 6 * 7");

        (await command.ExecuteScalarAsync(Cancel)).Should().Be(42);

        using DbConnection connection = source.OpenConnection();
        using DbCommand blocking = connection.Command("SELECT seq FROM seq_1_to_3");
        using DbDataReader reader = blocking.ExecuteReader();
        var rows = new List<long>();
        while (reader.Read())
            rows.Add(reader.GetInt64(0));
        rows.Should().Equal(1, 2, 3);
    }

    [Fact]
    public async Task A_syntax_error_says_where()
    {
        await using var source = new MariaDbDataSource(fixture.Root);

        (await source.Awaiting(s => s.ScalarAsync("SELEKT 1")).Should().ThrowAsync<MariaDbException>()).Which.Should().BeEquivalentTo(new { Code = 1064, SqlState = "42000" });
    }

    [Fact]
    public async Task A_request_larger_than_the_server_takes_costs_the_connection_and_nothing_else()
    {
        await using var source = new MariaDbDataSource(fixture.Root);

        await source.Awaiting(s => s.ScalarAsync("SELECT @v", ("v", new byte[65 * 1024 * 1024]))).Should().ThrowAsync<MariaDbException>();

        (await source.ScalarAsync("SELECT 1")).Should().Be(1);
    }

    private static async Task<int> CounterAsync(DbConnection connection, string name)
    {
        await using DbDataReader reader = await connection.Command($"SHOW SESSION STATUS LIKE '{name}'").ExecuteReaderAsync(Cancel);
        await reader.ReadAsync(Cancel);
        return int.Parse(reader.GetString(1), System.Globalization.CultureInfo.InvariantCulture);
    }
}
