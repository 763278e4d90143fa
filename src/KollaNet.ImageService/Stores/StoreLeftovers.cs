using System.Collections.Concurrent;
using KollaNet.ImageService.Identity;

namespace KollaNet.ImageService.Stores;

/// <summary>Remembers which failed writes may have left something, because their store could not be reached to remove it. Lives as long as the process: what an
/// earlier one left is found by <c>fsck</c>.</summary>
public sealed class StoreLeftovers
{
    // More than a store that is away can make in an outage; it only costs memory.
    private const int Most = 100_000;

    private readonly ConcurrentDictionary<(string StoreId, string ImageId), IImageStore> noted = [];

    /// <summary>Everything that is remembered: the image's id and the store, with the rights of who wrote.</summary>
    internal IReadOnlyList<Leftover> All => [.. noted.Select(note => new Leftover(note.Key.StoreId, note.Key.ImageId, note.Value))];

    internal void Note(string storeId, string imageId, IImageStore store)
    {
        if (noted.Count < Most) noted[(storeId, imageId)] = store;
    }

    internal void Forget(string storeId, string imageId) => noted.TryRemove((storeId, imageId), out _);
}

/// <summary>What may be left of one image in one store.</summary>
internal sealed record Leftover(string StoreId, string ImageId, IImageStore Store);

/// <summary>A store whose failed writes are remembered.</summary>
public sealed class RememberingStore(string id, IImageStore store, StoreLeftovers leftovers) : WrappedStore(store)
{
    /// <inheritdoc/>
    public override async Task<StoredImage> WriteAsync(string imageId, Stream content, long? sizeBytes, CancellationToken cancel)
    {
        try
        {
            StoredImage stored = await Inner.WriteAsync(imageId, content, sizeBytes, cancel);
            leftovers.Forget(id, imageId);
            return stored;
        }
        catch (Exception e) when (e is StoreUnreachableException or StoreFailedException or OperationCanceledException)
        {
            leftovers.Note(id, imageId, Inner);
            throw;
        }
    }

    /// <inheritdoc/>
    public override IImageStore For(Caller caller) => new RememberingStore(id, Inner.For(caller), leftovers);
}
