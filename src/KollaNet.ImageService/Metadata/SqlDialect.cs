using System.Data.Common;

namespace KollaNet.ImageService.Metadata;

/// <summary>What differs between the databases we speak to: everything else is shared.</summary>
internal abstract class SqlDialect
{
    /// <summary>Ends a SELECT whose rows nobody else may change until the transaction ends; empty where a write transaction has the database alone.</summary>
    public abstract string ForUpdate { get; }

    /// <summary>Names of the tables in this database, one per row.</summary>
    public abstract Sql TableNames { get; }

    /// <summary>Names of one table's columns, one per row.</summary>
    public abstract Sql ColumnNames(string table);

    /// <summary>Names of one table's indexes, one per row.</summary>
    public abstract Sql IndexNames(string table);

    /// <summary>A statement that adds an index to a table with rows, doing nothing where it exists.</summary>
    public abstract string CreateIndex(string table, Key key);

    /// <summary>True for the very same string, whatever the column's collation calls equal. Can use an index on the column.</summary>
    public abstract Sql Exact(string column, string value);

    /// <summary>Whether a server of this version knows what <see cref="LookedUp"/> needs.</summary>
    /// <param name="serverVersion">As the server greets: <c>10.11.6-MariaDB</c>.</param>
    public abstract bool CanLookUp(string serverVersion);

    /// <summary>Ends a FROM: the rows of <paramref name="table"/> whose <paramref name="column"/> is one of <paramref name="ids"/>, looked up by its index one id after the
    /// other. <c>IN</c> with as many values costs twice as much: the optimizer first estimates each of them in every index that could serve.</summary>
    /// <param name="table">With its alias: <c>image_tags t</c>.</param>
    /// <param name="ids">An array in JSON.</param>
    public abstract Sql LookedUp(string table, string column, string ids);

    /// <summary>A text expression in one common collation, for UNIONs over tables that were made with different ones.</summary>
    public abstract string Text(string expression);

    /// <summary>A time as the database keeps it, so that comparisons are right.</summary>
    public abstract object Time(DateTime utc);

    /// <summary>The time in a column, as UTC.</summary>
    public virtual DateTime TimeAt(DbDataReader row, int column) => DateTime.SpecifyKind(row.GetDateTime(column), DateTimeKind.Utc);

    /// <summary>Ends an INSERT into <c>image_properties</c>: the row that has the name already, deleted or not, takes the new values and lives.</summary>
    public abstract string ReviveProperty { get; }

    /// <summary>Whether a unique or primary key refused the row.</summary>
    public abstract bool IsDuplicateKey(DbException error);

    /// <summary>Whether the same transaction may well succeed when run again from its start.</summary>
    public virtual bool IsTransient(DbException error) => error.IsTransient;

    /// <summary>Whether what the address names is there and is no database.</summary>
    public virtual bool IsNoDatabase(DbException error) => false;

    /// <summary>Statements that make the table and its indexes, doing nothing where they exist.</summary>
    public abstract IEnumerable<string> Create(Table table);

    /// <summary>Keeps other processes out of <paramref name="change"/> until it is done, on the same connection.</summary>
    public abstract Task<T> AloneAsync<T>(DbConnection connection, Func<DbTransaction?, Task<T>> change, CancellationToken cancel);
}
