using KollaNet.ImageService.Identity;

namespace KollaNet.ImageService.Metadata.Metadefs;

/// <summary>Glance's metadata definition tables over any of our databases.</summary>
internal sealed class MetadefRepository(Transactions transactions) : IMetadefRepository
{
    private readonly MetadefItems<MetadefProperty> properties = new(transactions, MetadefRows.Properties);
    private readonly MetadefItems<MetadefObject> objects = new(transactions, MetadefRows.Objects);
    private readonly MetadefItems<MetadefTag> tags = new(transactions, MetadefRows.Tags);

    /// <summary>Children before parents.</summary>
    private static readonly string[] Tables =
        ["metadef_properties", "metadef_objects", "metadef_tags", "metadef_namespace_resource_types", "metadef_namespaces", "metadef_resource_types"];

    public IMetadefItems<MetadefProperty> Properties => properties;

    public IMetadefItems<MetadefObject> Objects => objects;

    public IMetadefItems<MetadefTag> Tags => tags;

    public Task<MetadefNamespace?> FindAsync(string name, Caller caller, CancellationToken cancel) =>
        transactions.ReadAsync(session => MetadefNamespaces.FindAsync(session, name, caller, cancel), cancel);

    public Task<IReadOnlyList<MetadefNamespace>> ListAsync(MetadefQuery query, Caller caller, CancellationToken cancel) =>
        transactions.ReadAsync(session => MetadefNamespaces.ListAsync(session, query, caller, cancel), cancel);

    public Task<MetadefContents> ReadAsync(MetadefNamespace of, CancellationToken cancel) => transactions.ReadAsync(
        async session => new MetadefContents(of)
        {
            Associations = [.. (await MetadefResourceTypes.OfAsync(session, [of.Id], cancel))[of.Id]],
            Properties = [.. await properties.ListAsync(session, of, null, cancel)],
            Objects = [.. await objects.ListAsync(session, of, null, cancel)],
            Tags = [.. await tags.ListAsync(session, of, new MetadefPage(), cancel)],
        },
        cancel);

    public Task<MetadefNamespace> AddAsync(MetadefContents contents, CancellationToken cancel) =>
        transactions.WriteAsync(session => AddAsync(session, contents, areTypesProtected: false, cancel), cancel);

    public Task SaveAsync(MetadefNamespace changed, CancellationToken cancel) =>
        transactions.WriteAsync(async session =>
        {
            await MetadefNamespaces.SaveAsync(session, changed, cancel);
            return true;
        }, cancel);

    public Task DeleteAsync(MetadefNamespace gone, CancellationToken cancel) =>
        transactions.WriteAsync(async session =>
        {
            await MetadefLock.TakeUnprotectedAsync(session, gone, cancel);
            await DeleteAsync(session, gone.Id, cancel);
            return true;
        }, cancel);

    public Task<IReadOnlyList<MetadefResourceType>> ListResourceTypesAsync(CancellationToken cancel) =>
        transactions.ReadAsync(session => MetadefResourceTypes.ListAsync(session, cancel), cancel);

    public Task<ILookup<long, MetadefAssociation>> ListAssociationsAsync(IReadOnlyList<long> namespaceIds, CancellationToken cancel) =>
        transactions.ReadAsync(session => MetadefResourceTypes.OfAsync(session, namespaceIds, cancel), cancel);

    public Task AddAssociationAsync(MetadefNamespace to, MetadefAssociation association, CancellationToken cancel) =>
        transactions.WriteAsync(async session =>
        {
            await MetadefLock.TakeAsync(session, to, cancel);
            await MetadefResourceTypes.AddAsync(session, to, association, isProtectedType: false, cancel);
            return true;
        }, cancel);

    public Task<bool> RemoveAssociationAsync(MetadefNamespace from, string resourceType, CancellationToken cancel) =>
        transactions.WriteAsync(async session =>
        {
            bool isProtected = await MetadefLock.TakeAsync(session, from, cancel);
            bool removed = await MetadefResourceTypes.RemoveAsync(session, from, resourceType, cancel);
            if (removed && isProtected) throw new MetadefProtectedException(MetadefResourceTypes.Named(resourceType, from));   // rolls back
            return removed;
        }, cancel);

    public Task<MetadefLoadOutcome> LoadAsync(MetadefContents file, MetadefLoadMode mode, CancellationToken cancel) =>
        transactions.WriteAsync(session => LoadAsync(session, file, mode, cancel), cancel);

    public Task ClearAsync(CancellationToken cancel) =>
        transactions.WriteAsync(async session =>
        {
            foreach (string table in Tables) await session.ExecuteAsync(Sql.Raw($"DELETE FROM {table}"), cancel);
            return true;
        }, cancel);

    private async Task<MetadefNamespace> AddAsync(Session session, MetadefContents contents, bool areTypesProtected, CancellationToken cancel)
    {
        MetadefNamespace added = await MetadefNamespaces.AddAsync(session, contents.Namespace, cancel);
        foreach (MetadefAssociation one in contents.Associations) await MetadefResourceTypes.AddAsync(session, added, one, areTypesProtected, cancel);
        foreach (MetadefProperty one in contents.Properties) await properties.AddAsync(session, added, one, cancel);
        foreach (MetadefObject one in contents.Objects) await objects.AddAsync(session, added, one, cancel);
        foreach (MetadefTag one in contents.Tags) await tags.AddAsync(session, added, one, cancel);
        return added;
    }

    private async Task DeleteAsync(Session session, long id, CancellationToken cancel)
    {
        await properties.ClearAsync(session, id, cancel);
        await objects.ClearAsync(session, id, cancel);
        await tags.ClearAsync(session, id, cancel);
        await MetadefResourceTypes.ClearAsync(session, id, cancel);
        await MetadefNamespaces.DeleteAsync(session, id, cancel);
    }

    private async Task<MetadefLoadOutcome> LoadAsync(Session session, MetadefContents file, MetadefLoadMode mode, CancellationToken cancel)
    {
        MetadefNamespace? stored = await MetadefNamespaces.FindAsync(session, file.Namespace.Name, null, cancel);
        if (stored is not null && mode == MetadefLoadMode.KeepExisting) return MetadefLoadOutcome.Kept;
        if (stored is null || mode == MetadefLoadMode.Overwrite)
        {
            if (stored is not null) await DeleteAsync(session, stored.Id, cancel);
            await AddAsync(session, file, areTypesProtected: true, cancel);
            return stored is null ? MetadefLoadOutcome.Added : MetadefLoadOutcome.Replaced;
        }

        await MergeAsync(session, stored, file, mode == MetadefLoadMode.PreferNew, cancel);
        return MetadefLoadOutcome.Merged;
    }

    private async Task MergeAsync(Session session, MetadefNamespace stored, MetadefContents file, bool preferNew, CancellationToken cancel)
    {
        await MetadefLock.TakeAsync(session, stored, cancel);
        DateTime at = file.Namespace.CreatedAt;
        if (preferNew) await MetadefNamespaces.SaveAsync(session, file.Namespace with { Id = stored.Id, UpdatedAt = at }, cancel);
        HashSet<string> associated = new((await MetadefResourceTypes.OfAsync(session, [stored.Id], cancel))[stored.Id].Select(one => one.Name), StringComparer.OrdinalIgnoreCase);
        foreach (MetadefAssociation one in file.Associations)
        {
            if (!associated.Contains(one.Name)) await MetadefResourceTypes.AddAsync(session, stored, one, isProtectedType: true, cancel);
            else if (preferNew) await MetadefResourceTypes.UpdateAsync(session, stored, one with { UpdatedAt = at }, cancel);
        }

        await MergeAsync(session, properties, stored, file.Properties, preferNew, cancel);
        await MergeAsync(session, objects, stored, file.Objects, preferNew, cancel);
        await MergeAsync(session, tags, stored, file.Tags, preferNew, cancel);
    }

    private static async Task MergeAsync<T>(Session session, MetadefItems<T> kind, MetadefNamespace stored, IReadOnlyList<T> items, bool preferNew, CancellationToken cancel)
        where T : MetadefItem
    {
        foreach (T item in items)
        {
            if (await kind.FindAsync(session, stored, item.Name, cancel) is null) await kind.AddAsync(session, stored, item, cancel);
            else if (preferNew) await kind.UpdateAsync(session, stored, item.Name, item with { UpdatedAt = item.CreatedAt }, cancel);
        }
    }
}
