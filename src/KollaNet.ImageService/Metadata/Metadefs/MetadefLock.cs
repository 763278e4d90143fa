namespace KollaNet.ImageService.Metadata.Metadefs;

/// <summary>The row of a namespace, which every change of what is in it locks first: so nothing is added to a namespace that is being deleted.</summary>
internal static class MetadefLock
{
    /// <returns>Whether the namespace is protected now.</returns>
    /// <exception cref="MetadefMissingException">It is gone.</exception>
    public static async Task<bool> TakeAsync(Session session, MetadefNamespace of, CancellationToken cancel)
    {
        Sql row = $"SELECT COALESCE(protected, 0) FROM metadef_namespaces WHERE id = {of.Id}{Sql.Raw(session.Dialect.ForUpdate)}";
        object? isProtected = await session.ScalarAsync(row, cancel) ?? throw new MetadefMissingException(MetadefNamespaces.Named(of.Name));
        return Convert.ToInt64(isProtected, System.Globalization.CultureInfo.InvariantCulture) != 0;
    }

    /// <exception cref="MetadefMissingException">It is gone.</exception>
    /// <exception cref="MetadefProtectedException">It is protected.</exception>
    public static async Task TakeUnprotectedAsync(Session session, MetadefNamespace of, CancellationToken cancel)
    {
        if (await TakeAsync(session, of, cancel)) throw new MetadefProtectedException(MetadefNamespaces.Named(of.Name));
    }
}
