using System.Data.Common;
using System.Globalization;
using System.Text;
using Microsoft.Data.Sqlite;

namespace KollaNet.ImageService.Metadata.Sqlite;

/// <summary>SQLite, for an image service that runs alone. Strings compare with NOCASE (the letters A–Z only; no accents folded, trailing spaces count),
/// project ids and LONG TEXT other than property values exactly; times are text with six decimals, as SQLAlchemy writes them.</summary>
internal sealed class SqliteDialect : SqlDialect
{
    private const int ConstraintPrimaryKey = 1555;
    private const int ConstraintUnique = 2067;
    private const int Busy = 5;
    private const int Locked = 6;
    private const int NotADatabase = 26;

    public override string ForUpdate => "";

    public override Sql TableNames => Sql.Raw("SELECT name FROM sqlite_schema WHERE type = 'table'");

    public override string ReviveProperty =>
        " ON CONFLICT (image_id, name) DO UPDATE SET name = excluded.name, value = excluded.value, updated_at = excluded.updated_at, deleted_at = NULL, deleted = 0";

    public override Sql ColumnNames(string table) => $"SELECT name FROM pragma_table_info({table})";

    public override Sql IndexNames(string table) => $"SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = {table}";

    public override string CreateIndex(string table, Key key) =>
        $"CREATE {(key.Unique ? "UNIQUE " : "")}INDEX IF NOT EXISTS {key.Name} ON {table} ({string.Join(", ", key.Columns)})";

    public override Sql Exact(string column, string value) => $"{Sql.Raw(column)} = {value} COLLATE BINARY";

    public override bool CanLookUp(string serverVersion) => true;

    public override Sql LookedUp(string table, string column, string ids) => $"json_each({ids}) wanted CROSS JOIN {Sql.Raw(table)} ON {Sql.Raw(column)} = wanted.value";

    public override string Text(string expression) => expression;

    public override object Time(DateTime utc) => utc.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture);

    public override bool IsDuplicateKey(DbException error) =>
        error is SqliteException { SqliteExtendedErrorCode: ConstraintPrimaryKey or ConstraintUnique };

    public override bool IsTransient(DbException error) => error is SqliteException { SqliteErrorCode: Busy or Locked };

    public override bool IsNoDatabase(DbException error) => error is SqliteException { SqliteErrorCode: NotADatabase };

    public override IEnumerable<string> Create(Table table)
    {
        List<string> lines = [.. table.Columns.Select(column => Define(table, column))];
        if (!table.AutoIncrement) lines.Add($"PRIMARY KEY ({string.Join(", ", table.PrimaryKey)})");
        lines.AddRange(table.References.Select(r => $"FOREIGN KEY ({r.Column}) REFERENCES {r.Table} ({r.TargetColumn})"));
        yield return $"CREATE TABLE IF NOT EXISTS {table.Name} ({string.Join(", ", lines)})";
        foreach (Key key in table.Keys) yield return CreateIndex(table.Name, key);
    }

    public override async Task<T> AloneAsync<T>(DbConnection connection, Func<DbTransaction?, Task<T>> change, CancellationToken cancel)
    {
        // Microsoft.Data.Sqlite begins IMMEDIATE: the second process waits here until the first has committed.
        await using DbTransaction transaction = await connection.BeginTransactionAsync(cancel);
        T result = await change(transaction);
        await transaction.CommitAsync(cancel);
        return result;
    }

    private static string Define(Table table, Column column)
    {
        StringBuilder text = new($"{column.Name} {TypeOf(column)}");
        bool isRowId = table.AutoIncrement && table.PrimaryKey[0] == column.Name;
        if (isRowId) return $"{column.Name} INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL";
        bool comparedAsText = column.Kind is ColumnKind.Varchar || (column.Kind is ColumnKind.Text && column.Name == "value");
        if (comparedAsText && column.IgnoresCase) text.Append(" COLLATE NOCASE");
        if (!column.Nullable) text.Append(" NOT NULL");
        if (column.Default is not null) text.Append($" DEFAULT {column.Default}");
        if (column.Kind == ColumnKind.Boolean && column.Checked) text.Append($" CHECK ({column.Name} IN (0, 1))");
        if (column.Kind == ColumnKind.Visibility) text.Append($" CHECK ({column.Name} IN ('private', 'public', 'shared', 'community'))");
        return text.ToString();
    }

    private static string TypeOf(Column column) => column.Kind switch
    {
        ColumnKind.Varchar => $"VARCHAR({column.Length})",
        ColumnKind.Text => "TEXT",
        ColumnKind.Integer => "INTEGER",
        ColumnKind.BigInteger => "BIGINT",
        ColumnKind.Boolean => "BOOLEAN",
        ColumnKind.Time => "DATETIME",
        _ => "VARCHAR(9)",
    };
}
