using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Metadata.MariaDb;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Metadata;

public sealed class MariaDbSchemaMeetsTheContract : DatabaseSchemaContract
{
    /// <summary>Glance's own tables as information_schema shows them after glance-manage db_sync; see the comment in the file.</summary>
    private static readonly string Described = Path.Combine(AppContext.BaseDirectory, "Metadata", "glance-schema.txt");

    [Fact]
    public async Task The_tables_are_those_that_Glance_makes_but_for_one_index()
    {
        await using ImageDatabase database = (await EmptyDatabaseAsync())();
        await database.Schema.SyncAsync(Cancel);

        List<string> lines =
        [
            .. await LinesAsync(database, """
                SELECT 'column', table_name, column_name, column_type, is_nullable, column_default, extra, collation_name
                FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position
                """),
            .. await LinesAsync(database, """
                SELECT 'key', table_name, index_name, IF(non_unique, 'index', 'unique'), GROUP_CONCAT(column_name ORDER BY seq_in_index)
                FROM information_schema.statistics WHERE table_schema = DATABASE() AND index_name <> 'kollanet_newest_live_idx' GROUP BY table_name, index_name, non_unique ORDER BY table_name, index_name
                """),
            .. await LinesAsync(database, """
                SELECT 'reference', table_name, column_name, referenced_table_name, referenced_column_name
                FROM information_schema.key_column_usage WHERE table_schema = DATABASE() AND referenced_table_name IS NOT NULL ORDER BY table_name, column_name
                """),
            .. await LinesAsync(database, """
                SELECT 'check', table_name, check_clause FROM information_schema.check_constraints
                WHERE constraint_schema = DATABASE() ORDER BY table_name, check_clause
                """),
            .. await LinesAsync(database, """
                SELECT 'table', table_name, engine, table_collation FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_name
                """),
        ];

        string[] expected = [.. File.ReadLines(Described).Where(line => line.Length > 0 && line[0] != '#')];
        lines.Should().BeEquivalentTo(expected);
    }

    protected override async Task<Func<ImageDatabase>> EmptyDatabaseAsync()
    {
        MariaDbServer server = await MariaDbServer.StartedAsync(Cancel);
        string url = await server.NewDatabaseAsync("schema", Cancel);
        return () => ImageDatabase.Open(url);
    }

    internal override SqlDialect DialectOf(ImageDatabase database) => new MariaDbDialect();
}
