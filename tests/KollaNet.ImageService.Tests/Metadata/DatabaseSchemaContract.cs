using System.Collections.Immutable;
using System.Data.Common;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Metadata.MariaDb;
using static KollaNet.ImageService.Tests.Metadata.SampleImages;

namespace KollaNet.ImageService.Tests.Metadata;

/// <summary>What making, adopting and refusing a database promises, whatever the database.</summary>
public abstract partial class DatabaseSchemaContract
{
    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A database without tables; every call of the function opens it anew.</summary>
    protected abstract Task<Func<ImageDatabase>> EmptyDatabaseAsync();

    [Fact]
    public async Task An_empty_database_becomes_usable_once()
    {
        await using ImageDatabase database = (await EmptyDatabaseAsync())();
        (await database.Images.IsReadyAsync(Cancel)).Should().BeFalse();
        (await database.Schema.InspectAsync(Cancel)).Condition.Should().Be(DatabaseCondition.Empty);

        (await database.Schema.SyncAsync(Cancel)).Should().BeTrue();
        (await database.Schema.SyncAsync(Cancel)).Should().BeFalse();

        DatabaseState state = await database.Schema.InspectAsync(Cancel);
        (state.Condition, state.Revisions.Single()).Should().Be((DatabaseCondition.Current, "2024_1_contract01"));
        (await database.Images.IsReadyAsync(Cancel)).Should().BeTrue();
    }

    [Fact]
    public async Task A_second_sync_touches_nothing()
    {
        await using ImageDatabase database = (await EmptyDatabaseAsync())();
        await database.Schema.SyncAsync(Cancel);
        await RunAsync(database, "ALTER TABLE images ADD COLUMN theirs INT");
        await database.Images.AddAsync(New(), Cancel);

        (await database.Schema.SyncAsync(Cancel)).Should().BeFalse();

        (await database.Images.ListAsync(Query, Admin, Cancel)).Should().ContainSingle();
    }

    [Fact]
    public async Task The_index_for_lists_is_added_to_tables_without_it()
    {
        await using ImageDatabase database = (await EmptyDatabaseAsync())();
        await database.Schema.SyncAsync(Cancel);
        await RunAsync(database, DialectOf(database) is MariaDbDialect ? "ALTER TABLE images DROP INDEX kollanet_newest_live_idx" : "DROP INDEX kollanet_newest_live_idx");

        (await database.Schema.InspectAsync(Cancel)).Condition.Should().Be(DatabaseCondition.Current, "it can be served without");
        (await database.Schema.SyncAsync(Cancel)).Should().BeTrue();
        (await database.Schema.SyncAsync(Cancel)).Should().BeFalse();
    }

    [Fact]
    public async Task Many_at_once_make_one_database()
    {
        Func<ImageDatabase> open = await EmptyDatabaseAsync();

        bool[] made = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(async () =>
        {
            await using ImageDatabase database = open();
            return await database.Schema.SyncAsync(Cancel);
        })));

        made.Count(m => m).Should().Be(1);
        await using ImageDatabase afterwards = open();
        (await afterwards.Schema.InspectAsync(Cancel)).Condition.Should().Be(DatabaseCondition.Current);
    }

    [Fact]
    public async Task A_sync_killed_after_any_statement_is_completed_by_the_next()
    {
        await using ImageDatabase whole = (await EmptyDatabaseAsync())();
        await whole.Schema.SyncAsync(Cancel);
        ImmutableArray<string> statements = [.. GlanceTables.All.SelectMany(DialectOf(whole).Create)];
        int[] kills = [0, 1, 2, statements.Length / 2, statements.Length - 1, statements.Length];

        foreach (int kill in kills)
        {
            await using ImageDatabase database = (await EmptyDatabaseAsync())();
            foreach (string statement in statements[..kill]) await RunAsync(database, statement);

            (await database.Schema.SyncAsync(Cancel)).Should().BeTrue();

            (await database.Schema.InspectAsync(Cancel)).Condition.Should().Be(DatabaseCondition.Current, $"it was killed after statement {kill}");
        }
    }

    [Theory]
    [InlineData("ussuri_contract01", DatabaseCondition.Older, "Glance Ussuri or Victoria (alembic revision ussuri_contract01), older than 2022.2.\n  Next: upgrade that Glance to 2022.2 first")]
    [InlineData("rocky_contract02", DatabaseCondition.Older, "Glance Rocky or Stein")]
    [InlineData("mitaka02", DatabaseCondition.Older, "Glance Mitaka or Newton")]
    [InlineData("wallaby_expand01,ussuri_contract01", DatabaseCondition.MidUpgrade, "ussuri_contract01 and wallaby_expand01")]
    [InlineData("2024_1_expand01", DatabaseCondition.MidUpgrade, "2024_1_expand01")]
    [InlineData("2031_1_contract07", DatabaseCondition.Unknown, "2031_1_contract07")]
    [InlineData("2024_1_contract02", DatabaseCondition.Unknown, "2024_1_contract02")]
    [InlineData("2024_1_contract01,2027_1_expand01", DatabaseCondition.Unknown, "of which 2027_1_expand01 is not known")]
    public async Task Another_revision_is_refused_by_name_and_left_alone(string revisions, DatabaseCondition condition, string named)
    {
        await using ImageDatabase database = (await EmptyDatabaseAsync())();
        await RunAsync(database, "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)");
        foreach (string revision in revisions.Split(',')) await RunAsync(database, $"INSERT INTO alembic_version VALUES ('{revision}')");

        DatabaseRefusedException refused = (await database.Schema.Awaiting(s => s.SyncAsync(Cancel)).Should().ThrowAsync<DatabaseRefusedException>()).Which;

        refused.State.Condition.Should().Be(condition);
        refused.Message.Should().Contain(named);
        (await TablesAsync(database)).Should().Equal("alembic_version");
        (await database.Images.IsReadyAsync(Cancel)).Should().BeFalse();
    }

    [Theory]
    [InlineData("CREATE TABLE images (id VARCHAR(36) PRIMARY KEY)", "no table alembic_version")]
    [InlineData("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY); CREATE TABLE images (id VARCHAR(36) PRIMARY KEY)", "images lacks the columns name, size")]
    [InlineData("CREATE TABLE migrate_version (version INT)", "Newton or older")]
    public async Task Tables_that_are_not_ours_are_refused(string made, string because)
    {
        await using ImageDatabase database = (await EmptyDatabaseAsync())();
        foreach (string statement in made.Split("; ")) await RunAsync(database, statement);
        List<string> before = await TablesAsync(database);

        (await database.Schema.Awaiting(s => s.SyncAsync(Cancel)).Should().ThrowAsync<DatabaseRefusedException>()).Which.Message.Should().Contain(because);

        (await TablesAsync(database)).Should().Equal(before);
    }

    [Fact]
    public async Task Tables_that_the_revision_promises_must_be_there()
    {
        await using ImageDatabase database = (await EmptyDatabaseAsync())();
        await AgeAsync(database, keepsTables: false, "wallaby_contract01", "2024_1_expand01");

        (await database.Schema.Awaiting(s => s.SyncAsync(Cancel)).Should().ThrowAsync<DatabaseRefusedException>()).Which.Message.Should().Contain("node_reference, cached_images");
    }

    [Fact]
    public async Task A_table_lost_from_a_finished_database_is_reported_not_remade()
    {
        await using ImageDatabase database = (await EmptyDatabaseAsync())();
        await database.Schema.SyncAsync(Cancel);
        await RunAsync(database, "DROP TABLE image_tags");

        DatabaseState state = await database.Schema.InspectAsync(Cancel);

        (state.Condition, state.Detail.Contains("image_tags", StringComparison.Ordinal)).Should().Be((DatabaseCondition.Damaged, true));
        await database.Schema.Awaiting(s => s.SyncAsync(Cancel)).Should().ThrowAsync<DatabaseRefusedException>();
    }

    [Fact]
    public async Task Other_peoples_tables_do_not_matter()
    {
        await using ImageDatabase database = (await EmptyDatabaseAsync())();
        await RunAsync(database, "CREATE TABLE notes (id INT)");

        (await database.Schema.SyncAsync(Cancel)).Should().BeTrue();
    }

    [Theory]
    [InlineData("INSERT INTO image_tags (image_id, value, created_at, deleted) VALUES ('no such image', 't', '2026-07-22 12:00:00', 0)")]
    [InlineData("INSERT INTO images (id, status, created_at, deleted, min_disk, min_ram) VALUES ('x', 'queued', '2026-07-22 12:00:00', 2, 0, 0)")]
    [InlineData("INSERT INTO images (id, status, created_at, deleted, min_disk, min_ram, visibility) VALUES ('x', 'queued', '2026-07-22 12:00:00', 0, 0, 0, 'odd')")]
    [InlineData("INSERT INTO images (id, created_at, deleted, min_disk, min_ram) VALUES ('x', '2026-07-22 12:00:00', 0, 0, 0)")]
    [InlineData("INSERT INTO alembic_version VALUES ('2024_1_contract01')")]
    public async Task The_database_itself_refuses(string wrong)
    {
        await using ImageDatabase database = (await EmptyDatabaseAsync())();
        await database.Schema.SyncAsync(Cancel);

        await database.Awaiting(d => RunAsync(d, wrong)).Should().ThrowAsync<DbException>();
    }

    protected static async Task RunAsync(ImageDatabase database, string sql)
    {
        await using DbConnection connection = await database.Source.OpenConnectionAsync(Cancel);
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(Cancel);
    }

    protected static async Task<List<string>> LinesAsync(ImageDatabase database, string sql)
    {
        await using DbConnection connection = await database.Source.OpenConnectionAsync(Cancel);
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = sql;
        await using DbDataReader reader = await command.ExecuteReaderAsync(Cancel);
        List<string> lines = [];
        while (await reader.ReadAsync(Cancel))
            lines.Add(string.Join(' ', Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? "-" : reader.GetValue(i).ToString())));
        return lines;
    }

    internal abstract SqlDialect DialectOf(ImageDatabase database);

    private async Task<List<string>> TablesAsync(ImageDatabase database)
    {
        await using DbConnection connection = await database.Source.OpenConnectionAsync(Cancel);
        SqlDialect dialect = DialectOf(database);
        List<string> tables = await new Session(connection, null, dialect).ListAsync(dialect.TableNames, row => row.GetString(0), Cancel);
        return [.. tables.Order(StringComparer.Ordinal)];
    }
}
