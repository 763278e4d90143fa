using System.Data.Common;
using System.Globalization;
using System.Text;
using KollaNet.MariaDb;

namespace KollaNet.ImageService.Metadata.MariaDb;

/// <summary>MariaDB with InnoDB. Tables are made as Glance's migrations make them, in utf8mb3_general_ci; those of an adopted database may have any collation.</summary>
internal sealed class MariaDbDialect : SqlDialect
{
    private const int DuplicateEntry = 1062;

    /// <summary>How long a second sync waits for the first, in seconds.</summary>
    private const int SyncPatience = 300;

    /// <summary>GET_LOCK names are server-wide and at most 64 characters long.</summary>
    private const string SyncLock = "CONCAT('kollanet.sync.', MD5(DATABASE()))";

    public override string ForUpdate => " FOR UPDATE";

    public override Sql TableNames => Sql.Raw("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()");

    public override string ReviveProperty =>
        " ON DUPLICATE KEY UPDATE name = VALUES(name), value = VALUES(value), updated_at = VALUES(updated_at), deleted_at = NULL, deleted = 0";

    public override Sql ColumnNames(string table) =>
        $"SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = {table}";

    public override Sql IndexNames(string table) =>
        $"SELECT DISTINCT index_name FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = {table}";

    // The first half finds by index, the second tells apart what the collation calls equal.
    public override Sql Exact(string column, string value) =>
        $"({Sql.Raw(column)} = {value} AND CAST({Sql.Raw(column)} AS BINARY) = {value})";

    // JSON_TABLE came with MariaDB 10.6 and MySQL 8. MariaDB before 11 may greet with 5.5.5- in front, for the sake of old clients.
    public override bool CanLookUp(string serverVersion)
    {
        string[] numbers = (serverVersion.StartsWith("5.5.5-", StringComparison.Ordinal) ? serverVersion[6..] : serverVersion).Split('.', '-');
        return Version.TryParse($"{numbers[0]}.{numbers.ElementAtOrDefault(1)}", out Version? version)
            && version >= (serverVersion.Contains("MariaDB", StringComparison.OrdinalIgnoreCase) ? new Version(10, 6) : new Version(8, 0));
    }

    // In ascii, as whatever collation the tables have wins over it. The index is Glance's; statistics from before the rows came can speak for reading the whole table for each id instead.
    public override Sql LookedUp(string table, string column, string ids) =>
        $"JSON_TABLE({ids}, '$[*]' COLUMNS (id VARCHAR(36) CHARACTER SET ascii PATH '$')) wanted STRAIGHT_JOIN {Sql.Raw(table)} FORCE INDEX ({Sql.Raw($"ix_{table.Split(' ')[0]}_image_id")}) ON {Sql.Raw(column)} = wanted.id";

    public override string Text(string expression) => $"CONVERT({expression} USING utf8mb4)";

    public override object Time(DateTime utc) => utc;

    public override bool IsDuplicateKey(DbException error) => error is MariaDbException { Code: DuplicateEntry };

    public override IEnumerable<string> Create(Table table)
    {
        List<string> lines = [.. table.Columns.Select(column => Define(table, column)), $"PRIMARY KEY ({Quoted(table.PrimaryKey)})"];
        lines.AddRange(table.Keys.Select(key => $"{(key.Unique ? "UNIQUE " : "")}KEY `{key.Name}` ({Quoted(key.Columns)})"));
        lines.AddRange(table.References.Select(r => $"FOREIGN KEY (`{r.Column}`) REFERENCES `{r.Table}` (`{r.TargetColumn}`)"));
        yield return $"""
            CREATE TABLE IF NOT EXISTS `{table.Name}` (
              {string.Join(",\n  ", lines)}
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci
            """;
    }

    public override string CreateIndex(string table, Key key) =>
        $"ALTER TABLE `{table}` ADD INDEX IF NOT EXISTS `{key.Name}` ({Quoted(key.Columns)}), ALGORITHM=INPLACE, LOCK=NONE";

    public override async Task<T> AloneAsync<T>(DbConnection connection, Func<DbTransaction?, Task<T>> change, CancellationToken cancel)
    {
        Session session = new(connection, null, this);
        object? locked = await session.ScalarAsync($"SELECT GET_LOCK({Sql.Raw(SyncLock)}, {SyncPatience})", cancel);
        if (Convert.ToInt64(locked, CultureInfo.InvariantCulture) != 1)
            throw new TimeoutException($"Another process has been changing the image database's tables for more than {SyncPatience} s.");
        try
        {
            // CREATE TABLE commits by itself: what protects against being killed half way is that every statement can be repeated.
            return await change(null);
        }
        finally
        {
            await session.ScalarAsync($"SELECT RELEASE_LOCK({Sql.Raw(SyncLock)})", CancellationToken.None);
        }
    }

    private static string Define(Table table, Column column)
    {
        StringBuilder text = new($"`{column.Name}` {TypeOf(column)}");
        text.Append(column.Nullable ? " DEFAULT NULL" : " NOT NULL");
        if (column.Default is not null) text.Append(CultureInfo.InvariantCulture, $" DEFAULT {column.Default}");
        if (table.AutoIncrement && table.PrimaryKey[0] == column.Name) text.Append(" AUTO_INCREMENT");
        if (column.Kind == ColumnKind.Boolean && column.Checked) text.Append(CultureInfo.InvariantCulture, $" CHECK (`{column.Name}` IN (0, 1))");
        return text.ToString();
    }

    private static string TypeOf(Column column) => column.Kind switch
    {
        ColumnKind.Varchar => $"VARCHAR({column.Length})",
        ColumnKind.Text => "TEXT",
        ColumnKind.Integer => "INT",
        ColumnKind.BigInteger => "BIGINT",
        ColumnKind.Boolean => "TINYINT(1)",
        ColumnKind.Time => "DATETIME",
        _ => "ENUM('private', 'public', 'shared', 'community')",
    };

    private static string Quoted(IEnumerable<string> columns) => string.Join(", ", columns.Select(c => $"`{c}`"));
}
