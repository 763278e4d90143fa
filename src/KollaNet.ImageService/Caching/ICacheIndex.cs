namespace KollaNet.ImageService.Caching;

/// <summary>What a node knows about the files in its cache: <c>image_cache_driver</c>. <c>CacheIndexContract</c> in the tests is the full specification.</summary>
public interface ICacheIndex : IAsyncDisposable
{
    /// <summary>This node's entries, those that were not read for the longest time first.</summary>
    Task<IReadOnlyList<CacheEntry>> ListAsync(CancellationToken cancel);

    /// <summary>Stores an entry in place of the one this node has for the image, if it has one.</summary>
    Task PutAsync(CacheEntry entry, CancellationToken cancel);

    /// <summary>Counts one reading of an image.</summary>
    /// <param name="checksum">The image's.</param>
    /// <returns>False: no entry, or one of other data.</returns>
    Task<bool> HitAsync(string imageId, string? checksum, DateTime at, CancellationToken cancel);

    /// <summary>Forgets an image; does nothing when it is not known.</summary>
    Task RemoveAsync(string imageId, CancellationToken cancel);

    /// <summary>Which nodes have the image cached, by their <c>worker_self_reference_url</c>; null when this index knows one node only.</summary>
    Task<IReadOnlyList<string>?> FindNodesAsync(string imageId, CancellationToken cancel);
}
