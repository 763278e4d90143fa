using System.Collections.Immutable;
using KollaNet.ImageService.Identity;

namespace KollaNet.ImageService.Stores;

/// <summary>Keeps image bytes and nothing else: hashing, limits, quota and status belong to <c>ImageUpload</c>. Shared by all requests.
/// <c>ImageStoreContract</c> in the tests is the full specification. Disposing closes its connections.</summary>
public interface IImageStore : IDisposable
{
    /// <summary>What it can do, beyond the least.</summary>
    StoreAbilities Abilities { get; }

    /// <summary>Stores <paramref name="content"/>, read once front to back, possibly not seekable. All or nothing, also after a crash or cancel.</summary>
    /// <param name="imageId">Lower-case UUID text; the object's name on the backend.</param>
    /// <param name="sizeBytes">Declared length; null when the client did not say. Any other count is a failed write.</param>
    /// <exception cref="ImageDataExistsException">This image already has data here; it is unchanged.</exception>
    /// <exception cref="ImageSizeMismatchException">More or fewer bytes came than were declared.</exception>
    /// <exception cref="StoreFullException">No room; nothing was kept.</exception>
    /// <exception cref="StoreForbidsWritingException">The backend lets us read only.</exception>
    Task<StoredImage> WriteAsync(string imageId, Stream content, long? sizeBytes, CancellationToken cancel);

    /// <summary>Opens a range for reading; <paramref name="lengthBytes"/> null reads to the end.</summary>
    /// <exception cref="ImageDataMissingException">The metadata promised data that is not there.</exception>
    Task<Stream> OpenReadAsync(string url, long offsetBytes, long? lengthBytes, CancellationToken cancel);

    /// <exception cref="ImageDataMissingException">Nothing there.</exception>
    Task<long> SizeAsync(string url, CancellationToken cancel);

    /// <returns>False: nothing there.</returns>
    /// <exception cref="ImageDataInUseException">The backend still needs it, for example for clones.</exception>
    Task<bool> DeleteAsync(string url, CancellationToken cancel);

    /// <summary>Removes what a crash in <see cref="WriteAsync"/> may have left for this image; never complete data.</summary>
    Task DiscardPartialAsync(string imageId, CancellationToken cancel);

    /// <summary>Removes complete data that <see cref="WriteAsync"/> stored under this image's name and that a crash kept from reaching the metadata. The
    /// caller has made sure that no location refers to it and that nobody is writing it.</summary>
    /// <returns>False: nothing there.</returns>
    Task<bool> DiscardOrphanAsync(string imageId, CancellationToken cancel);

    /// <summary>Everything that lies here under an image's name, in no order, read from the backend page by page: there may be millions. What carries no
    /// image's name is not ours and is left out. A read-only store, whose content nobody can list, yields nothing.</summary>
    /// <returns>Each finished object once, with the url that <see cref="WriteAsync"/> gave it; and, marked as such, what is being written or was left by a
    /// writer that died, at least once per image. What comes or goes meanwhile may be left out.</returns>
    IAsyncEnumerable<StoredObject> ListAsync(CancellationToken cancel);

    /// <summary>The same store, acting with the rights of this caller. Stores with one account for all images are the same for everybody.</summary>
    IImageStore For(Caller caller) => this;

    /// <summary>Tells the backend who may read an image there, past this service. Most backends know nothing of the kind.</summary>
    Task ShareAsync(string url, ImageAudience audience, CancellationToken cancel) => Task.CompletedTask;

    /// <summary>What administrators are told of it, by Glance's names and in its order; never a secret.</summary>
    Task<IReadOnlyList<StoreProperty>> DescribeAsync(CancellationToken cancel) => Task.FromResult<IReadOnlyList<StoreProperty>>([]);

    /// <summary>True when this store's backend is what <paramref name="url"/> points into.</summary>
    bool Owns(string url);

    /// <summary>Most stores have nothing to close.</summary>
    void IDisposable.Dispose() => GC.SuppressFinalize(this);
}

/// <summary>What a store can do.</summary>
/// <param name="CanWrite">False for read-only stores (http).</param>
/// <param name="KnowsReaders">Whether <see cref="IImageStore.ShareAsync"/> does something.</param>
public sealed record StoreAbilities(bool CanWrite, bool KnowsReaders = false);

/// <summary>Something of a store that <c>GET /v2/info/stores/detail</c> tells. Source: image-api reference 2.14.</summary>
/// <param name="Value">A text, a whole number (sizes are bytes), or true or false.</param>
public sealed record StoreProperty(string Name, object Value);

/// <summary>Who may read an image besides its owner.</summary>
/// <param name="IsEverybody">Any project.</param>
/// <param name="Projects">Ids of projects, when it is not everybody.</param>
public sealed record ImageAudience(bool IsEverybody, ImmutableArray<string> Projects);

/// <summary>A finished write.</summary>
/// <param name="Url">The location as Glance writes it into the database.</param>
/// <param name="SizeBytes">Bytes stored.</param>
public sealed record StoredImage(string Url, long SizeBytes);

/// <summary>One entry of a store's list.</summary>
/// <param name="ImageId">Lower-case UUID text; whether there is such an image is not the store's business.</param>
/// <param name="Url">As in a location; of an unfinished object where it will be.</param>
/// <param name="SizeBytes">Bytes stored; of an unfinished object as many as are known to have come, 0 when that is not known.</param>
/// <param name="IsComplete">False: unfinished. Only <see cref="IImageStore.DiscardPartialAsync"/> may remove it, and knows whether its writer lives.</param>
public sealed record StoredObject(string ImageId, string Url, long SizeBytes, bool IsComplete);

/// <summary>The image already has data in this store.</summary>
public sealed class ImageDataExistsException(string imageId) : Exception($"Store already holds data of image {imageId}.");

/// <summary>The data that the metadata promises is not there.</summary>
public sealed class ImageDataMissingException(string url) : Exception($"No data at {url}.");

/// <summary>The backend still uses the data.</summary>
public sealed class ImageDataInUseException(string url, string why) : Exception($"Data at {url} is in use: {why}");

/// <summary>More or fewer bytes came than were declared.</summary>
public sealed class ImageSizeMismatchException(long declaredBytes, long? foundBytes)
    : Exception(foundBytes is { } found ? $"Size mismatch: {declaredBytes} bytes were declared, {found} came." : $"Size exceeds the {declaredBytes} bytes declared.");

/// <summary>A backend cannot do what it was asked for. The message is for operators and the log.</summary>
public abstract class StoreException(string why, Exception? inner) : Exception(why, inner)
{
    /// <summary>What callers of the API are told: the message, unless that names files of this host.</summary>
    public string ForCallers { get; init; } = why;
}

/// <summary>The backend has no room.</summary>
public sealed class StoreFullException(string why, Exception? inner = null) : StoreException(why, inner);

/// <summary>The backend lets us read only, or not even that.</summary>
public sealed class StoreForbidsWritingException(string why, Exception? inner = null) : StoreException(why, inner);

/// <summary>Nothing can be added to this kind of store.</summary>
public sealed class StoreAddDisabledException() : Exception("Adding images to this store is disabled.");

/// <summary>The backend does not answer.</summary>
public sealed class StoreUnreachableException(string url, Exception inner) : StoreException($"The store cannot be reached at {url}.", inner);

/// <summary>The backend answers, but not with what was asked for.</summary>
public sealed class StoreFailedException(string why, Exception? inner = null) : StoreException(why, inner);
