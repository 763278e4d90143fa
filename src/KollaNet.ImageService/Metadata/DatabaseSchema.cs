using System.Collections.Immutable;
using System.Data.Common;

namespace KollaNet.ImageService.Metadata;

/// <summary>Glance's tables: makes them in an empty database, adopts those of a Glance, brings older ones (2022.2 and later) forward, refuses others.</summary>
public sealed class DatabaseSchema
{
    private readonly Transactions transactions;

    internal DatabaseSchema(Transactions transactions) => this.transactions = transactions;

    /// <summary>The alembic revision this program makes.</summary>
    public static string Revision => GlanceTables.Revision;

    /// <summary>Looks and changes nothing.</summary>
    public async Task<DatabaseState> InspectAsync(CancellationToken cancel)
    {
        try
        {
            return await transactions.ReadAsync(session => InspectAsync(session, cancel), cancel);
        }
        catch (DbException e) when (transactions.Dialect.IsNoDatabase(e))
        {
            return new(DatabaseCondition.Damaged, [], $"It is no database: {e.Message}");
        }
    }

    /// <summary>Makes sure that rows can be written, by a change of none.</summary>
    /// <exception cref="DbException">They can only be read.</exception>
    public Task RequireWritableAsync(CancellationToken cancel) => transactions.WriteAsync(session => session.ExecuteAsync($"UPDATE alembic_version SET version_num = version_num WHERE 1 = 0", cancel), cancel);

    /// <summary>Makes whatever is missing and brings older tables forward. Safe to repeat, to run from several processes at once, and to kill at any moment: the next run
    /// completes it.</summary>
    /// <returns>False: it was up to date and nothing was touched.</returns>
    /// <exception cref="DatabaseRefusedException">A revision that is too old or not known, or tables that are not Glance's; nothing was changed.</exception>
    public async Task<bool> SyncAsync(CancellationToken cancel)
    {
        bool changed = await ChangeAsync(async (session, revision) =>
        {
            if (!revision.IsExpanded)
            {
                await SchemaUpgrade.ExpandAsync(session, revision, cancel);
                revision = (await InspectAsync(session, cancel)).Revision!;
            }

            await SchemaUpgrade.ContractAsync(session, revision, cancel);
            return true;
        }, cancel);
        return await EnsureListIndexAsync(cancel) || changed;
    }

    /// <summary>The first half of <see cref="SyncAsync"/>: after it, services of the older and of this release can run side by side. An empty database is made whole.</summary>
    /// <returns>False: nothing was touched.</returns>
    /// <exception cref="DatabaseRefusedException">As in <see cref="SyncAsync"/>.</exception>
    public Task<bool> ExpandAsync(CancellationToken cancel) => ChangeAsync(async (session, revision) =>
    {
        if (revision.IsExpanded) return false;
        await SchemaUpgrade.ExpandAsync(session, revision, cancel);
        return true;
    }, cancel);

    /// <summary>The second half of <see cref="SyncAsync"/>.</summary>
    /// <returns>False: nothing was touched.</returns>
    /// <exception cref="DatabaseRefusedException">As in <see cref="SyncAsync"/>.</exception>
    /// <exception cref="FormatException">The first half has not been done.</exception>
    public Task<bool> ContractAsync(CancellationToken cancel) => ChangeAsync(async (session, revision) =>
    {
        if (!revision.IsExpanded) throw NotExpanded(revision, "db contract");
        await SchemaUpgrade.ContractAsync(session, revision, cancel);
        return true;
    }, cancel);

    /// <summary>What lies between the halves: no row needs a change on the way from 2022.2. Only checks that the first half was done.</summary>
    /// <exception cref="DatabaseRefusedException">As in <see cref="SyncAsync"/>.</exception>
    /// <exception cref="FormatException">The first half has not been done.</exception>
    public async Task MigrateAsync(CancellationToken cancel)
    {
        DatabaseState state = await InspectAsync(cancel);
        ThrowIfForeign(state);
        if (state.Revision is not { IsExpanded: true }) throw NotExpanded(state.Revision, "db migrate");
    }

    /// <summary>For tables that a Glance made; <see cref="CreateAsync"/> makes the index with the others.</summary>
    private async Task<bool> EnsureListIndexAsync(CancellationToken cancel)
    {
        if (await transactions.ReadAsync(session => ListIndex.ExistsAsync(session, cancel), cancel)) return false;
        await using DbConnection connection = await transactions.Source.OpenConnectionAsync(cancel);
        return await transactions.Dialect.AloneAsync(
            connection, transaction => ListIndex.EnsureAsync(new Session(connection, transaction, transactions.Dialect), cancel), cancel);
    }

    private static FormatException NotExpanded(SchemaRevision? revision, string command) => new(
        $"{command} was not run.\n  Why:  the database is at {revision?.ToString() ?? "no revision yet"} and has not been expanded.\n  Next: run kollanet-image db expand first, or db sync for everything at once.");

    /// <param name="upgrade">Gets a database that is behind.</param>
    private async Task<bool> ChangeAsync(Func<Session, SchemaRevision, Task<bool>> upgrade, CancellationToken cancel)
    {
        DatabaseState state = await InspectAsync(cancel);
        if (state.Condition == DatabaseCondition.Current) return false;
        ThrowIfForeign(state);
        await using DbConnection connection = await transactions.Source.OpenConnectionAsync(cancel);
        return await transactions.Dialect.AloneAsync(connection, async transaction =>
        {
            Session session = new(connection, transaction, transactions.Dialect);
            DatabaseState now = await InspectAsync(session, cancel);   // another process may have been faster
            if (now.Condition == DatabaseCondition.Current) return false;
            ThrowIfForeign(now);
            return now.Revision is { } revision ? await upgrade(session, revision) : await CreateAsync(session, cancel);
        }, cancel);
    }

    private static async Task<bool> CreateAsync(Session session, CancellationToken cancel)
    {
        foreach (Table table in GlanceTables.All)
            foreach (string statement in session.Dialect.Create(table))
                await session.ExecuteAsync(Sql.Raw(statement), cancel);
        await ListIndex.EnsureAsync(session, cancel);
        await session.ExecuteAsync($"INSERT INTO alembic_version (version_num) VALUES ({GlanceTables.Revision})", cancel);
        return true;
    }

    private static void ThrowIfForeign(DatabaseState state)
    {
        if (!state.IsUsable && !state.IsUnfinished) throw new DatabaseRefusedException(state);
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

        ImmutableArray<string> rows = [.. await session.ListAsync($"SELECT version_num FROM alembic_version ORDER BY version_num", row => row.GetString(0), cancel)];
        if (rows is []) return await CompareAsync(session, present, null, cancel);
        return SchemaRevision.Read(rows, out DatabaseState? refused) is { } revision ? await CompareAsync(session, present, revision, cancel) : refused!;
    }

    /// <summary>Compares the columns by name; anything more in the database is welcome.</summary>
    /// <param name="revision">Null when a sync was interrupted before it wrote one.</param>
    private static async Task<DatabaseState> CompareAsync(Session session, HashSet<string> present, SchemaRevision? revision, CancellationToken cancel)
    {
        ImmutableArray<string> rows = revision?.Rows ?? [];
        foreach (Table table in GlanceTables.All.Where(table => present.Contains(table.Name)))
        {
            List<string> columns = await session.ListAsync(session.Dialect.ColumnNames(table.Name), row => row.GetString(0), cancel);
            string[] missing = [.. table.Columns.Select(c => c.Name).Except(columns, StringComparer.OrdinalIgnoreCase)];
            if (missing.Length > 0)
                return new(DatabaseCondition.Damaged, rows, $"Its table {table.Name} lacks the columns {string.Join(", ", missing)}.");
        }

        if (revision is null) return new(DatabaseCondition.Incomplete, rows, "A sync was interrupted before its end.");
        string[] lost = [.. GlanceTables.All.Where(table => !present.Contains(table.Name) && (revision.IsExpanded || table.CameWith is null)).Select(table => table.Name)];
        if (lost.Length > 0)
            return new(DatabaseCondition.Damaged, rows, $"It lacks the tables {string.Join(", ", lost)} though its revision says they are there.");
        return revision.IsCurrent
            ? new(DatabaseCondition.Current, rows, $"It is at revision {GlanceTables.Revision}.") { Revision = revision }
            : new(DatabaseCondition.Behind, rows, $"It is at {revision}: usable as it is, and kollanet-image db sync brings it to {GlanceTables.Revision}.") { Revision = revision };
    }
}
