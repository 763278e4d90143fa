using System.Collections.Immutable;
using System.Data.Common;

namespace KollaNet.ImageService.Metadata;

/// <summary>Glance's tables: makes them in an empty database, adopts those that a Glance of the same revision made, refuses others.</summary>
public sealed class DatabaseSchema
{
    private readonly Transactions transactions;

    internal DatabaseSchema(Transactions transactions) => this.transactions = transactions;

    /// <summary>The alembic revision this program works with.</summary>
    public static string Revision => GlanceTables.Revision;

    /// <summary>Looks and changes nothing.</summary>
    public Task<DatabaseState> InspectAsync(CancellationToken cancel) => transactions.ReadAsync(session => InspectAsync(session, cancel), cancel);

    /// <summary>Makes whatever is missing. Safe to repeat, to run from several processes at once, and to kill at any moment: the next run completes it.</summary>
    /// <returns>False: it was up to date and nothing was touched.</returns>
    /// <exception cref="DatabaseRefusedException">Another revision, or tables that are not Glance's; nothing was changed.</exception>
    public async Task<bool> SyncAsync(CancellationToken cancel)
    {
        DatabaseState state = await InspectAsync(cancel);
        if (state.Condition == DatabaseCondition.Current) return false;
        ThrowIfForeign(state);
        await using DbConnection connection = await transactions.Source.OpenConnectionAsync(cancel);
        return await transactions.Dialect.AloneAsync(
            connection, transaction => CreateAsync(new Session(connection, transaction, transactions.Dialect), cancel), cancel);
    }

    private static async Task<bool> CreateAsync(Session session, CancellationToken cancel)
    {
        DatabaseState state = await InspectAsync(session, cancel);   // another process may have been faster
        if (state.Condition == DatabaseCondition.Current) return false;
        ThrowIfForeign(state);
        foreach (Table table in GlanceTables.All)
            foreach (string statement in session.Dialect.Create(table))
                await session.ExecuteAsync(Sql.Raw(statement), cancel);
        await session.ExecuteAsync($"INSERT INTO alembic_version (version_num) VALUES ({GlanceTables.Revision})", cancel);
        return true;
    }

    private static void ThrowIfForeign(DatabaseState state)
    {
        if (state.Condition is not (DatabaseCondition.Empty or DatabaseCondition.Incomplete)) throw new DatabaseRefusedException(state);
    }

    private static async Task<DatabaseState> InspectAsync(Session session, CancellationToken cancel)
    {
        HashSet<string> present = new(await session.ListAsync(session.Dialect.TableNames, row => row.GetString(0), cancel), StringComparer.OrdinalIgnoreCase);
        if (present.Contains("migrate_version"))
            return new(DatabaseCondition.Older, [], "Its tables are those of Glance Newton or older (there is a table migrate_version).");
        Table? strange = GlanceTables.All.FirstOrDefault(table => present.Contains(table.Name));
        if (strange is null) return new(DatabaseCondition.Empty, [], "It has none of Glance's tables.");
        if (!present.Contains(GlanceTables.VersionTable))
            return new(DatabaseCondition.Damaged, [], $"It has a table {strange.Name} but no table {GlanceTables.VersionTable} that says whose it is.");

        List<string> revisions = await session.ListAsync($"SELECT version_num FROM alembic_version ORDER BY version_num", row => row.GetString(0), cancel);
        return revisions is [] or [GlanceTables.Revision]
            ? await CompareAsync(session, present, [.. revisions], cancel)
            : Foreign([.. revisions]);
    }

    private static DatabaseState Foreign(ImmutableArray<string> revisions)
    {
        string listed = string.Join(" and ", revisions);
        if (revisions.Length > 1 || revisions[0].Contains("_expand", StringComparison.Ordinal))
            return new(DatabaseCondition.MidUpgrade, revisions, $"It is in the middle of an upgrade by Glance (alembic revision {listed}).");
        return GlanceReleases.NameOf(listed) is { } release
            ? new(DatabaseCondition.Older, revisions, $"It is that of Glance {release} (alembic revision {listed}); this program works with {GlanceTables.Revision}.")
            : new(DatabaseCondition.Unknown, revisions, $"Its alembic revision is {listed}, which is not known; this program works with {GlanceTables.Revision}.");
    }

    /// <summary>Compares the columns by name; anything more in the database is welcome.</summary>
    private static async Task<DatabaseState> CompareAsync(
        Session session, HashSet<string> present, ImmutableArray<string> revisions, CancellationToken cancel)
    {
        List<string> missingTables = [];
        foreach (Table table in GlanceTables.All)
        {
            if (!present.Contains(table.Name))
            {
                missingTables.Add(table.Name);
                continue;
            }

            List<string> columns = await session.ListAsync(session.Dialect.ColumnNames(table.Name), row => row.GetString(0), cancel);
            string[] missing = [.. table.Columns.Select(c => c.Name).Except(columns, StringComparer.OrdinalIgnoreCase)];
            if (missing.Length > 0)
                return new(DatabaseCondition.Damaged, revisions, $"Its table {table.Name} lacks the columns {string.Join(", ", missing)}.");
        }

        if (revisions is []) return new(DatabaseCondition.Incomplete, revisions, "A sync was interrupted before its end.");
        return missingTables is []
            ? new(DatabaseCondition.Current, revisions, $"It is at revision {GlanceTables.Revision}.")
            : new(DatabaseCondition.Damaged, revisions, $"It lacks the tables {string.Join(", ", missingTables)} though its revision says they are there.");
    }
}
