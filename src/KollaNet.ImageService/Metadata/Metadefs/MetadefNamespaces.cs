using System.Data.Common;
using KollaNet.ImageService.Identity;

namespace KollaNet.ImageService.Metadata.Metadefs;

/// <summary>Rows of <c>metadef_namespaces</c>, inside a transaction somebody else commits.</summary>
internal static class MetadefNamespaces
{
    private const string Table = "metadef_namespaces";
    private const string Columns = "t.id, t.namespace, t.display_name, t.description, t.visibility, t.protected, t.owner, t.created_at, t.updated_at";

    public static string Named(string name) => $"Metadata definition namespace {name}";

    public static async Task<MetadefNamespace?> FindAsync(Session session, string name, Caller? caller, CancellationToken cancel)
    {
        Sql visible = caller is null ? Sql.True : Visible(caller, session.Dialect);
        return (await ReadAsync(session, $"t.namespace = {name} AND {visible}", cancel)).FirstOrDefault();
    }

    public static async Task<IReadOnlyList<MetadefNamespace>> ListAsync(Session session, MetadefQuery query, Caller caller, CancellationToken cancel)
    {
        List<Sql> all = [Visible(caller, session.Dialect)];
        if (query.IsPublic is { } wanted) all.Add(wanted ? $"t.visibility = 'public'" : (Sql)$"COALESCE(t.visibility, 'private') <> 'public'");
        if (!query.ResourceTypes.IsEmpty)
        {
            all.Add($"""
                t.id IN (SELECT a.namespace_id FROM metadef_namespace_resource_types a JOIN metadef_resource_types r ON r.id = a.resource_type_id
                    WHERE {Sql.In("r.name", query.ResourceTypes)})
                """);
        }

        if (query.Page.Marker is { } marker) all.Add(await AfterAsync(session, marker, query.Page, caller, cancel));
        return await ReadAsync(session, $"{Sql.Join(" AND ", all)}{MetadefPaging.Order(MetadefPage.NamespaceSortKeys, query.Page)}", cancel);
    }

    /// <returns>The namespace with its key.</returns>
    public static async Task<MetadefNamespace> AddAsync(Session session, MetadefNamespace added, CancellationToken cancel)
    {
        try
        {
            await session.ExecuteAsync(
                $"""
                INSERT INTO metadef_namespaces (namespace, display_name, description, visibility, protected, owner, created_at, updated_at)
                VALUES ({added.Name}, {added.DisplayName}, {added.Description}, {Visibility(added)}, {added.IsProtected}, {added.Owner},
                    {added.CreatedAt.WholeSeconds()}, {added.UpdatedAt?.WholeSeconds()})
                """,
                cancel);
        }
        catch (DbException error) when (session.Dialect.IsDuplicateKey(error))
        {
            throw new MetadefExistsException(Named(added.Name));
        }

        return (await FindAsync(session, added.Name, null, cancel))!;
    }

    public static async Task SaveAsync(Session session, MetadefNamespace changed, CancellationToken cancel)
    {
        try
        {
            int found = await session.ExecuteAsync(
                $"""
                UPDATE metadef_namespaces SET namespace = {changed.Name}, display_name = {changed.DisplayName}, description = {changed.Description},
                    visibility = {Visibility(changed)}, protected = {changed.IsProtected}, owner = {changed.Owner}, updated_at = {changed.UpdatedAt?.WholeSeconds()}
                WHERE id = {changed.Id}
                """,
                cancel);
            if (found == 0) throw new MetadefMissingException(Named(changed.Name));
        }
        catch (DbException error) when (session.Dialect.IsDuplicateKey(error))
        {
            throw new MetadefExistsException(Named(changed.Name));
        }
    }

    public static Task DeleteAsync(Session session, long id, CancellationToken cancel) =>
        session.ExecuteAsync($"DELETE FROM metadef_namespaces WHERE id = {id}", cancel);

    /// <summary>Source: image-api reference 2.14 and 4.2.</summary>
    private static Sql Visible(Caller caller, SqlDialect dialect)
    {
        if (caller.IsAdmin) return Sql.True;
        return caller.ProjectId is { } project ? $"(t.visibility = 'public' OR {dialect.Exact("t.owner", project)})" : (Sql)$"t.visibility = 'public'";
    }

    private static async Task<Sql> AfterAsync(Session session, string marker, MetadefPage page, Caller caller, CancellationToken cancel)
    {
        MetadefNamespace found = await FindAsync(session, marker, null, cancel) ?? throw new MetadefMissingException(Named(marker));
        if (await FindAsync(session, marker, caller, cancel) is null) throw new MetadefMarkerForbiddenException(marker);
        return MetadefPaging.After(Table, MetadefPage.NamespaceSortKeys, page, found.Id);
    }

    private static string Visibility(MetadefNamespace of) => of.IsPublic ? "public" : "private";

    private static Task<List<MetadefNamespace>> ReadAsync(Session session, Sql where, CancellationToken cancel) =>
        session.ListAsync($"SELECT {Sql.Raw(Columns)} FROM metadef_namespaces t WHERE {where}", row => new MetadefNamespace
        {
            Id = row.GetInt64(0),
            Name = row.GetString(1),
            DisplayName = row.IsDBNull(2) ? null : row.GetString(2),
            Description = row.IsDBNull(3) ? null : row.GetString(3),
            IsPublic = !row.IsDBNull(4) && row.GetString(4) == "public",
            IsProtected = !row.IsDBNull(5) && row.GetInt64(5) != 0,
            Owner = row.GetString(6),
            CreatedAt = session.Dialect.TimeAt(row, 7),
            UpdatedAt = row.IsDBNull(8) ? null : session.Dialect.TimeAt(row, 8),
        }, cancel);
}
