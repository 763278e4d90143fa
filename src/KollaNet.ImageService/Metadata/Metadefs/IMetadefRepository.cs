using KollaNet.ImageService.Identity;

namespace KollaNet.ImageService.Metadata.Metadefs;

/// <summary>The catalogue of metadata definitions in Glance's own tables. Rows that are deleted are gone. Times are stored as the records say.
/// <c>MetadefRepositoryContract</c> in the tests is the full specification.</summary>
public interface IMetadefRepository
{
    /// <summary>Property definitions.</summary>
    IMetadefItems<MetadefProperty> Properties { get; }

    /// <summary>Groups of property definitions.</summary>
    IMetadefItems<MetadefObject> Objects { get; }

    /// <summary>Words.</summary>
    IMetadefItems<MetadefTag> Tags { get; }

    /// <summary>The namespace; null when there is none or <paramref name="caller"/> may not see it.</summary>
    Task<MetadefNamespace?> FindAsync(string name, Caller caller, CancellationToken cancel);

    /// <summary>Namespaces the caller may see.</summary>
    /// <exception cref="MetadefMissingException">The marker names no namespace.</exception>
    /// <exception cref="MetadefMarkerForbiddenException">The marker's namespace is not visible to the caller.</exception>
    Task<IReadOnlyList<MetadefNamespace>> ListAsync(MetadefQuery query, Caller caller, CancellationToken cancel);

    /// <summary>Everything in a namespace: properties, objects and associations oldest first, tags newest first.</summary>
    Task<MetadefContents> ReadAsync(MetadefNamespace of, CancellationToken cancel);

    /// <summary>Stores a new namespace with everything in it, all or nothing; unknown resource types are made.</summary>
    /// <returns>The namespace with its key.</returns>
    /// <exception cref="MetadefExistsException">Its name, or one of two things in it, is taken.</exception>
    Task<MetadefNamespace> AddAsync(MetadefContents contents, CancellationToken cancel);

    /// <summary>Saves the namespace's own fields, its name included, under its key.</summary>
    /// <exception cref="MetadefMissingException">It is gone.</exception>
    /// <exception cref="MetadefExistsException">The new name is taken.</exception>
    Task SaveAsync(MetadefNamespace changed, CancellationToken cancel);

    /// <summary>Deletes the namespace and everything in it. Resource types stay.</summary>
    /// <exception cref="MetadefMissingException">It is gone.</exception>
    /// <exception cref="MetadefProtectedException">It is protected.</exception>
    Task DeleteAsync(MetadefNamespace gone, CancellationToken cancel);

    /// <summary>Every resource type, oldest first.</summary>
    Task<IReadOnlyList<MetadefResourceType>> ListResourceTypesAsync(CancellationToken cancel);

    /// <summary>Namespace key → its associations, oldest first.</summary>
    Task<ILookup<long, MetadefAssociation>> ListAssociationsAsync(IReadOnlyList<long> namespaceIds, CancellationToken cancel);

    /// <summary>Associates a resource type, which is made when it is new.</summary>
    /// <exception cref="MetadefMissingException">The namespace is gone.</exception>
    /// <exception cref="MetadefExistsException">It is associated already.</exception>
    Task AddAssociationAsync(MetadefNamespace to, MetadefAssociation association, CancellationToken cancel);

    /// <returns>False: there was no such association.</returns>
    /// <exception cref="MetadefProtectedException">The namespace is protected.</exception>
    Task<bool> RemoveAssociationAsync(MetadefNamespace from, string resourceType, CancellationToken cancel);

    /// <summary>Stores what was read from a file, all or nothing. Nobody's protection matters here.</summary>
    Task<MetadefLoadOutcome> LoadAsync(MetadefContents file, MetadefLoadMode mode, CancellationToken cancel);

    /// <summary>Empties the catalogue, resource types included.</summary>
    Task ClearAsync(CancellationToken cancel);
}

/// <summary>Things of one kind in namespaces.</summary>
public interface IMetadefItems<T>
    where T : MetadefItem
{
    /// <summary>Those of a namespace.</summary>
    /// <param name="page">Null for all, oldest first.</param>
    /// <exception cref="MetadefMissingException">The marker names nothing in the namespace.</exception>
    Task<IReadOnlyList<T>> ListAsync(MetadefNamespace of, MetadefPage? page, CancellationToken cancel);

    /// <summary>The one of that name; null when there is none.</summary>
    Task<T?> FindAsync(MetadefNamespace of, string name, CancellationToken cancel);

    /// <summary>Adds several, all or nothing.</summary>
    /// <param name="replace">Take away all others first.</param>
    /// <exception cref="MetadefMissingException">The namespace is gone.</exception>
    /// <exception cref="MetadefExistsException">A name is taken or occurs twice.</exception>
    Task AddAsync(MetadefNamespace to, IReadOnlyList<T> items, bool replace, CancellationToken cancel);

    /// <summary>Saves the one called <paramref name="name"/>, its new name included; <see cref="MetadefItem.CreatedAt"/> stays.</summary>
    /// <exception cref="MetadefMissingException">It is gone.</exception>
    /// <exception cref="MetadefExistsException">The new name is taken.</exception>
    Task<T> SaveAsync(MetadefNamespace of, string name, T changed, CancellationToken cancel);

    /// <returns>False: there was none.</returns>
    /// <exception cref="MetadefProtectedException">The namespace is protected.</exception>
    Task<bool> RemoveAsync(MetadefNamespace from, string name, CancellationToken cancel);

    /// <summary>Removes all.</summary>
    /// <exception cref="MetadefMissingException">The namespace is gone.</exception>
    /// <exception cref="MetadefProtectedException">The namespace is protected.</exception>
    Task ClearAsync(MetadefNamespace of, CancellationToken cancel);
}

/// <summary>What loading does with a namespace that is there already.</summary>
public enum MetadefLoadMode
{
    /// <summary>Leaves it as it is.</summary>
    KeepExisting,

    /// <summary>Adds what it lacks.</summary>
    AddMissing,

    /// <summary>Adds what it lacks and changes what the file has too.</summary>
    PreferNew,

    /// <summary>Puts the file's in its place.</summary>
    Overwrite,
}

/// <summary>What loading did.</summary>
public enum MetadefLoadOutcome
{
    /// <summary>It was new.</summary>
    Added,

    /// <summary>It was there and was left alone.</summary>
    Kept,

    /// <summary>It was there and got what it lacked, or what the file says.</summary>
    Merged,

    /// <summary>It was there and is now as the file says.</summary>
    Replaced,
}
