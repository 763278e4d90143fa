using System.Data.Common;
using System.Globalization;

namespace KollaNet.ImageService.Metadata.Metadefs;

/// <summary>One of the three tables of things in namespaces. Writes lock the namespace's row first.</summary>
internal sealed class MetadefItems<T>(Transactions transactions, MetadefRows<T> rows) : IMetadefItems<T>
    where T : MetadefItem
{
    private Sql Table => Sql.Raw(rows.Table);

    public Task<IReadOnlyList<T>> ListAsync(MetadefNamespace of, MetadefPage? page, CancellationToken cancel) =>
        transactions.ReadAsync(session => ListAsync(session, of, page, cancel), cancel);

    public async Task<IReadOnlyList<T>> ListAsync(Session session, MetadefNamespace of, MetadefPage? page, CancellationToken cancel)
    {
        Sql after = Sql.True;
        if (page?.Marker is { } marker)
        {
            object? id = await session.ScalarAsync($"SELECT id FROM {Table} WHERE namespace_id = {of.Id} AND name = {marker}", cancel);
            after = id is null ? throw new MetadefMissingException(rows.Name(marker, of)) : MetadefPaging.After(rows.Table, MetadefPage.ItemSortKeys, page, Convert.ToInt64(id, CultureInfo.InvariantCulture));
        }

        Sql order = page is null ? Sql.Raw(" ORDER BY id") : MetadefPaging.Order(MetadefPage.ItemSortKeys, page);
        return await session.ListAsync(
            $"SELECT {rows.Selected} FROM {Table} t WHERE namespace_id = {of.Id} AND {after}{order}", row => rows.At(row, session.Dialect), cancel);
    }

    public Task<T?> FindAsync(MetadefNamespace of, string name, CancellationToken cancel) =>
        transactions.ReadAsync(session => FindAsync(session, of, name, cancel), cancel);

    public Task AddAsync(MetadefNamespace to, IReadOnlyList<T> items, bool replace, CancellationToken cancel) =>
        transactions.WriteAsync(async session =>
        {
            await MetadefLock.TakeAsync(session, to, cancel);
            if (replace) await ClearAsync(session, to.Id, cancel);
            foreach (T item in items) await AddAsync(session, to, item, cancel);
            return true;
        }, cancel);

    public Task<T> SaveAsync(MetadefNamespace of, string name, T changed, CancellationToken cancel) =>
        transactions.WriteAsync(async session =>
        {
            await MetadefLock.TakeAsync(session, of, cancel);
            if (!await UpdateAsync(session, of, name, changed, cancel)) throw new MetadefMissingException(rows.Name(name, of));
            return (await FindAsync(session, of, changed.Name, cancel))!;
        }, cancel);

    public Task<bool> RemoveAsync(MetadefNamespace from, string name, CancellationToken cancel) =>
        transactions.WriteAsync(async session =>
        {
            bool isProtected = await MetadefLock.TakeAsync(session, from, cancel);
            int removed = await session.ExecuteAsync($"DELETE FROM {Table} WHERE namespace_id = {from.Id} AND name = {name}", cancel);
            if (removed > 0 && isProtected) throw new MetadefProtectedException(rows.Name(name, from));   // rolls back
            return removed > 0;
        }, cancel);

    public Task ClearAsync(MetadefNamespace of, CancellationToken cancel) =>
        transactions.WriteAsync(async session =>
        {
            await MetadefLock.TakeUnprotectedAsync(session, of, cancel);
            await ClearAsync(session, of.Id, cancel);
            return true;
        }, cancel);

    public Task<int> ClearAsync(Session session, long namespaceId, CancellationToken cancel) =>
        session.ExecuteAsync($"DELETE FROM {Table} WHERE namespace_id = {namespaceId}", cancel);

    public async Task<T?> FindAsync(Session session, MetadefNamespace of, string name, CancellationToken cancel) =>
        (await session.ListAsync(
            $"SELECT {rows.Selected} FROM {Table} WHERE namespace_id = {of.Id} AND name = {name}", row => rows.At(row, session.Dialect), cancel)).FirstOrDefault();

    public async Task AddAsync(Session session, MetadefNamespace to, T item, CancellationToken cancel)
    {
        Sql columns = Sql.Raw(string.Concat(rows.Columns.Select(column => $", {column}").Prepend("namespace_id, name, created_at, updated_at")));
        Sql more = Sql.Join("", rows.Values(item).Select(value => { Sql one = $", {value}"; return one; }));
        try
        {
            await session.ExecuteAsync(
                $"INSERT INTO {Table} ({columns}) VALUES ({to.Id}, {item.Name}, {item.CreatedAt.WholeSeconds()}, {item.UpdatedAt?.WholeSeconds()}{more})", cancel);
        }
        catch (DbException error) when (session.Dialect.IsDuplicateKey(error))
        {
            throw new MetadefExistsException(rows.Name(item.Name, to));
        }
    }

    public async Task<bool> UpdateAsync(Session session, MetadefNamespace of, string name, T changed, CancellationToken cancel)
    {
        Sql more = Sql.Join("", rows.Columns.Zip(rows.Values(changed), (column, value) => { Sql one = $", {Sql.Raw(column)} = {value}"; return one; }));
        try
        {
            return await session.ExecuteAsync(
                $"UPDATE {Table} SET name = {changed.Name}, updated_at = {changed.UpdatedAt?.WholeSeconds()}{more} WHERE namespace_id = {of.Id} AND name = {name}", cancel) > 0;
        }
        catch (DbException error) when (session.Dialect.IsDuplicateKey(error))
        {
            throw new MetadefExistsException(rows.Name(changed.Name, of));
        }
    }
}
