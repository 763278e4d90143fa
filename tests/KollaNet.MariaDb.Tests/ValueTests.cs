using System.Data.Common;

namespace KollaNet.MariaDb.Tests;

public sealed class ValueTests(MariaDbServerFixture fixture)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, object> Values => new()
    {
        { "TINYINT", sbyte.MinValue }, { "TINYINT UNSIGNED", byte.MaxValue }, { "TINYINT(1)", true }, { "TINYINT(1)", false },
        { "SMALLINT", short.MinValue }, { "SMALLINT UNSIGNED", ushort.MaxValue }, { "MEDIUMINT", -8388608 }, { "MEDIUMINT UNSIGNED", 16777215u },
        { "INT", int.MinValue }, { "INT UNSIGNED", uint.MaxValue }, { "BIGINT", long.MinValue }, { "BIGINT", long.MaxValue }, { "BIGINT UNSIGNED", ulong.MaxValue },
        { "YEAR", 2155 }, { "BIT(64)", 0x8000_0000_0000_0001ul }, { "BIT(3)", 5ul },
        { "FLOAT", 1.5f }, { "DOUBLE", -1.0 / 3 }, { "DOUBLE", double.MaxValue },
        { "DECIMAL(28,10)", 123456789012345678.0123456789m }, { "DECIMAL(5,2)", -0.01m },
        { "VARCHAR(20) CHARACTER SET utf8mb4", "Kölla 😀" }, { "VARCHAR(20)", "" }, { "CHAR(3)", "abc" }, { "TEXT", "it's \\ \"quoted\" \0 `x`" },
        { "ENUM('a','b')", "b" }, { "SET('a','b')", "a,b" },
        { "VARBINARY(20)", new byte[] { 0, 255, 39, 92, 0 } }, { "BLOB", Array.Empty<byte>() }, { "BINARY(2)", new byte[] { 1, 2 } },
        { "DATETIME(6)", new DateTime(2026, 2, 28, 23, 59, 59, DateTimeKind.Utc).AddTicks(9_999_990) },
        { "DATETIME(6)", new DateTime(9999, 12, 31, 0, 0, 0, DateTimeKind.Utc) }, { "DATETIME", new DateTime(1000, 1, 1, 0, 0, 1, DateTimeKind.Utc) },
        { "TIMESTAMP(6)", new DateTime(2026, 7, 1, 12, 0, 0, DateTimeKind.Utc).AddTicks(10) }, { "DATE", new DateTime(2024, 2, 29, 0, 0, 0, DateTimeKind.Utc) },
        { "TIME(6)", new TimeSpan(0, 838, 59, 58).Add(TimeSpan.FromTicks(10)).Negate() }, { "TIME", TimeSpan.Zero }, { "TIME", new TimeSpan(23, 59, 59) },
    };

    [Theory]
    [MemberData(nameof(Values), DisableDiscoveryEnumeration = true)]
    public async Task A_value_comes_back_as_it_went_in_by_both_protocols(string type, object value)
    {
        await using var source = new MariaDbDataSource(fixture.Root);
        await using DbConnection connection = await source.OpenConnectionAsync(Cancel);
        await connection.ExecuteAsync($"CREATE TEMPORARY TABLE t (v {type})");
        await connection.ExecuteAsync("INSERT INTO t VALUES (@v)", ("@v", value));

        foreach (string select in new[] { "SELECT v FROM t", "/* as text */ SELECT v FROM t" })
        {
            await using DbDataReader reader = await connection.Command(select).ExecuteReaderAsync(Cancel);
            (await reader.ReadAsync(Cancel)).Should().BeTrue();
            reader.GetValue(0).Should().BeOfType(value.GetType()).And.BeEquivalentTo(value);
            reader.GetFieldType(0).Should().Be(value.GetType());
            if (value is DateTime)
                reader.GetDateTime(0).Kind.Should().Be(DateTimeKind.Utc);
            (await reader.ReadAsync(Cancel)).Should().BeFalse();
        }
        (await connection.ScalarAsync("SELECT COUNT(*) FROM t WHERE v = @v", ("v", value))).Should().Be(1L);
    }

    [Fact]
    public async Task NULL_is_told_from_every_value()
    {
        await using MariaDbDataSource source = await fixture.NewDatabaseAsync("nulls");
        await using DbConnection connection = await source.OpenConnectionAsync(Cancel);
        string nine = string.Join(", ", Enumerable.Range(0, 9).Select(n => $"@p{n} AS c{n}"));

        await using DbDataReader reader = await connection.Command($"SELECT {nine}", [.. Enumerable.Range(0, 9).Select(n => ($"p{n}", n % 2 == 0 ? null : (object?)n))]).ExecuteReaderAsync(Cancel);
        await reader.ReadAsync(Cancel);

        Enumerable.Range(0, 9).Select(reader.IsDBNull).Should().Equal(true, false, true, false, true, false, true, false, true);
        reader.GetValue(8).Should().Be(DBNull.Value);
        reader.GetInt32(7).Should().Be(7);
        reader.GetFieldValue<int?>(8).Should().BeNull();
        reader.Invoking(r => r.GetInt32(8)).Should().Throw<InvalidCastException>().WithMessage("*c8*NULL*");
        reader.Invoking(r => r.GetFieldValue<string>(8)).Should().Throw<InvalidCastException>();
    }

    [Fact]
    public async Task Values_read_as_the_type_that_is_asked_for()
    {
        await using var source = new MariaDbDataSource(fixture.Root);
        await using DbConnection connection = await source.OpenConnectionAsync(Cancel);
        var id = Guid.NewGuid();
        await using DbDataReader reader = await connection.Command(
            "SELECT CAST(1 AS SIGNED) one, @id id, CAST('2026-03-04 05:06:07.000008' AS DATETIME(6)) at, SUM(3) three, CAST('x' AS BINARY) bytes, 300 big, CAST(18446744073709551615 AS UNSIGNED) most",
            ("id", id)).ExecuteReaderAsync(Cancel);
        await reader.ReadAsync(Cancel);

        reader.GetBoolean(0).Should().BeTrue();
        reader.GetFieldValue<long?>(0).Should().Be(1);
        reader.GetFieldValue<DayOfWeek>(0).Should().Be(DayOfWeek.Monday);
        reader.GetFieldValue<Guid>(1).Should().Be(id);
        reader.GetString(reader.GetOrdinal("ID")).Should().Be(id.ToString());
        reader.GetFieldValue<DateTimeOffset>(2).Should().Be(new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero).AddTicks(80));
        reader.GetFieldValue<DateOnly>(2).Should().Be(new DateOnly(2026, 3, 4));
        reader.GetInt64(3).Should().Be(3);
        reader.GetFieldValue<byte[]>(4).Should().Equal((byte)'x');
        reader.Invoking(r => r.GetByte(5)).Should().Throw<OverflowException>();
        reader.GetFieldValue<ulong>(6).Should().Be(ulong.MaxValue);
        reader.Invoking(r => r.GetInt64(6)).Should().Throw<OverflowException>();
        reader.Invoking(r => r.GetDateTime(1)).Should().Throw<InvalidCastException>().WithMessage("*id*");
        reader.Invoking(r => r.GetString(0)).Should().Throw<InvalidCastException>();
        reader.Invoking(r => r.GetValue(99)).Should().Throw<ArgumentOutOfRangeException>();
        reader.Invoking(r => r.GetOrdinal("nobody")).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*nobody*");
    }

    [Fact]
    public async Task A_date_of_zeros_is_refused_and_not_invented()
    {
        await using var source = new MariaDbDataSource(fixture.Root);

        Func<Task> read = () => source.ScalarAsync("SELECT CAST('0000-00-00' AS DATE) FROM (SELECT 1) x WHERE @@sql_mode <> ''");

        await read.Should().ThrowAsync<InvalidCastException>();
    }

    [Fact]
    public async Task A_long_text_of_three_million_characters_survives()
    {
        await using MariaDbDataSource source = await fixture.NewDatabaseAsync("longtext");
        string text = string.Concat(Enumerable.Repeat("0123456789 ü😀", 230_000));
        await source.ExecuteAsync("CREATE TABLE t (v LONGTEXT CHARACTER SET utf8mb4)");
        await source.ExecuteAsync("INSERT INTO t VALUES (@v)", ("v", text));

        text.Length.Should().BeGreaterThan(3_000_000);
        ((string)(await source.ScalarAsync("SELECT v FROM t"))! == text).Should().BeTrue();
    }

    // Around the length at which a packet is split; the rest of a row and of an execute request is a few bytes.
    [Theory]
    [InlineData(0xff_ff_ff - 40)]
    [InlineData(0xff_ff_ff)]
    [InlineData(2 * 0xff_ff_ff + 5)]
    public async Task A_value_larger_than_a_packet_survives_in_both_directions(int length)
    {
        await using var source = new MariaDbDataSource(fixture.Root);
        byte[] value = new byte[length];
        new Random(length).NextBytes(value);

        object? back = await source.ScalarAsync("SELECT @v", ("v", value));

        ((byte[])back!).AsSpan().SequenceEqual(value).Should().BeTrue();
    }

    [Fact]
    public async Task Every_payload_length_around_the_largest_packet_is_framed_correctly()
    {
        await using var source = new MariaDbDataSource(fixture.Root);
        await using DbConnection connection = await source.OpenConnectionAsync(Cancel);
        // An execute request with one blob has 21 bytes before the value; a binary row with one has 6.
        foreach (int before in new[] { 21, 6 })
        {
            for (int off = -1; off <= 1; off++)
            {
                byte[] value = new byte[0xff_ff_ff - before + off];
                value[^1] = 7;
                byte[] back = (byte[])(await connection.ScalarAsync("SELECT @v", ("v", value)))!;
                (back.Length, back[^1]).Should().Be((value.Length, (byte)7));
            }
        }
    }
}
