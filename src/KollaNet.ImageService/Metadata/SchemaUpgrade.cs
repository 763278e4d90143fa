namespace KollaNet.ImageService.Metadata;

/// <summary>The steps from an older revision to the latest, as Glance's own migrations make them. Each can be repeated, and after each the rows of
/// <c>alembic_version</c> say to Glance what is true. Source: Glance's alembic migrations xena_expand01 to 2024_1_contract01.</summary>
internal static class SchemaUpgrade
{
    /// <summary>Makes what is new. Services of the older release go on working.</summary>
    public static async Task ExpandAsync(Session session, SchemaRevision revision, CancellationToken cancel)
    {
        foreach (Table table in GlanceTables.All.Where(table => table.CameWith == GlanceTables.ExpandRevision))
            foreach (string statement in session.Dialect.Create(table))
                await session.ExecuteAsync(Sql.Raw(statement), cancel);
        await session.ExecuteAsync(
            revision.ExpandRow is { } row
                ? $"UPDATE alembic_version SET version_num = {GlanceTables.ExpandRevision} WHERE version_num = {row}"
                : (Sql)$"INSERT INTO alembic_version (version_num) VALUES ({GlanceTables.ExpandRevision})",
            cancel);
    }

    /// <summary>Takes away what is old (nothing, in these releases) and says that the upgrade is over. In this order Glance, too, takes it for done when only the first was.</summary>
    public static async Task ContractAsync(Session session, SchemaRevision revision, CancellationToken cancel)
    {
        await session.ExecuteAsync($"UPDATE alembic_version SET version_num = {GlanceTables.Revision} WHERE version_num = {revision.ContractRow}", cancel);
        await session.ExecuteAsync($"DELETE FROM alembic_version WHERE version_num <> {GlanceTables.Revision}", cancel);
    }
}
