using System.Data.Common;

namespace KollaNet.ImageService.Metadata.Metadefs;

/// <summary>Rows of <c>metadef_resource_types</c> and <c>metadef_namespace_resource_types</c>, inside a transaction somebody else commits.</summary>
internal static class MetadefResourceTypes
{
    public static async Task<IReadOnlyList<MetadefResourceType>> ListAsync(Session session, CancellationToken cancel) =>
        await session.ListAsync(
            $"SELECT name, created_at, updated_at FROM metadef_resource_types ORDER BY id",
            row => new MetadefResourceType(row.GetString(0), session.Dialect.TimeAt(row, 1), row.IsDBNull(2) ? null : session.Dialect.TimeAt(row, 2)), cancel);

    public static async Task<ILookup<long, MetadefAssociation>> OfAsync(Session session, IReadOnlyList<long> namespaceIds, CancellationToken cancel)
    {
        List<(long Of, MetadefAssociation Association)> found = await session.ListAsync(
            $"""
            SELECT a.namespace_id, r.name, a.prefix, a.properties_target, a.created_at, a.updated_at
            FROM metadef_namespace_resource_types a JOIN metadef_resource_types r ON r.id = a.resource_type_id
            WHERE {Sql.In("a.namespace_id", namespaceIds)} ORDER BY a.created_at, r.id
            """,
            row => (row.GetInt64(0), At(row, session.Dialect)), cancel);
        return found.ToLookup(one => one.Of, one => one.Association);
    }

    public static async Task AddAsync(Session session, MetadefNamespace to, MetadefAssociation added, bool isProtectedType, CancellationToken cancel)
    {
        object typeId = await TypeAsync(session, added, isProtectedType, cancel);
        try
        {
            await session.ExecuteAsync(
                $"""
                INSERT INTO metadef_namespace_resource_types (resource_type_id, namespace_id, properties_target, prefix, created_at, updated_at)
                VALUES ({typeId}, {to.Id}, {added.PropertiesTarget}, {added.Prefix}, {added.CreatedAt.WholeSeconds()}, {added.UpdatedAt?.WholeSeconds()})
                """,
                cancel);
        }
        catch (DbException error) when (session.Dialect.IsDuplicateKey(error))
        {
            throw new MetadefExistsException(Named(added.Name, to));
        }
    }

    /// <returns>False: there is no such association.</returns>
    public static async Task<bool> UpdateAsync(Session session, MetadefNamespace of, MetadefAssociation changed, CancellationToken cancel) =>
        await session.ExecuteAsync(
            $"""
            UPDATE metadef_namespace_resource_types
            SET properties_target = {changed.PropertiesTarget}, prefix = {changed.Prefix}, updated_at = {changed.UpdatedAt?.WholeSeconds()}
            WHERE namespace_id = {of.Id} AND resource_type_id IN (SELECT r.id FROM metadef_resource_types r WHERE r.name = {changed.Name})
            """,
            cancel) > 0;

    /// <returns>False: there is no such association.</returns>
    public static async Task<bool> RemoveAsync(Session session, MetadefNamespace from, string name, CancellationToken cancel) =>
        await session.ExecuteAsync(
            $"""
            DELETE FROM metadef_namespace_resource_types
            WHERE namespace_id = {from.Id} AND resource_type_id IN (SELECT r.id FROM metadef_resource_types r WHERE r.name = {name})
            """,
            cancel) > 0;

    public static Task ClearAsync(Session session, long namespaceId, CancellationToken cancel) =>
        session.ExecuteAsync($"DELETE FROM metadef_namespace_resource_types WHERE namespace_id = {namespaceId}", cancel);

    public static string Named(string name, MetadefNamespace of) => $"The metadata definition resource-type association of {name} to namespace {of.Name}";

    private static async Task<object> TypeAsync(Session session, MetadefAssociation of, bool isProtected, CancellationToken cancel)
    {
        Sql find = $"SELECT id FROM metadef_resource_types WHERE name = {of.Name}{Sql.Raw(session.Dialect.ForUpdate)}";
        if (await session.ScalarAsync(find, cancel) is { } known) return known;
        try
        {
            await session.ExecuteAsync(
                $"""
                INSERT INTO metadef_resource_types (name, protected, created_at, updated_at)
                VALUES ({of.Name}, {isProtected}, {of.CreatedAt.WholeSeconds()}, {of.UpdatedAt?.WholeSeconds()})
                """,
                cancel);
        }
        catch (DbException error) when (session.Dialect.IsDuplicateKey(error))
        {
            // Somebody else made it a moment ago.
        }

        return (await session.ScalarAsync(find, cancel))!;
    }

    private static MetadefAssociation At(DbDataReader row, SqlDialect dialect) => new()
    {
        Name = row.GetString(1),
        Prefix = row.IsDBNull(2) ? null : row.GetString(2),
        PropertiesTarget = row.IsDBNull(3) ? null : row.GetString(3),
        CreatedAt = dialect.TimeAt(row, 4),
        UpdatedAt = row.IsDBNull(5) ? null : dialect.TimeAt(row, 5),
    };
}
