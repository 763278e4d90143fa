using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;

namespace KollaNet.ImageService.Metadata;

/// <summary>Image metadata in Glance's own tables. Every call sees only what the caller may see; nothing is cached, so a real Glance and other
/// workers can share the database. <c>ImageRepositoryContract</c> in the tests is the full specification.</summary>
public interface IImageRepository
{
    /// <summary>The image; null when there is none, it is deleted, or <paramref name="caller"/> may not see it.</summary>
    Task<Image?> FindAsync(string id, Caller caller, CancellationToken cancel);

    /// <summary>One page of images.</summary>
    /// <exception cref="MarkerNotFoundException">The marker names no image.</exception>
    /// <exception cref="MarkerForbiddenException">The marker's image is not visible to the caller.</exception>
    Task<IReadOnlyList<Image>> ListAsync(ImageQuery query, Caller caller, CancellationToken cancel);

    /// <summary>Stores a new image with its properties, tags and locations, all or nothing.</summary>
    /// <exception cref="ImageExistsException">The id is taken, be it by a deleted image.</exception>
    /// <exception cref="PropertyNamesCollideException">Two property names are equal to the database.</exception>
    Task AddAsync(Image image, CancellationToken cancel);

    /// <summary>Saves everything the record holds, all or nothing, only while the stored status is still <paramref name="expected"/>. Properties and
    /// tags taken away are marked deleted, a property that comes back revives its row. <c>updated_at</c> becomes <see cref="Image.UpdatedAt"/>.</summary>
    /// <returns>The image as stored (locations with their row ids).</returns>
    /// <exception cref="ImageStatusConflictException">Somebody changed the status meanwhile, or the image is gone.</exception>
    /// <exception cref="PropertyNamesCollideException">Two property names are equal to the database.</exception>
    Task<Image> SaveAsync(Image image, ImageStatus expected, CancellationToken cancel);

    /// <summary>Changes the image as it is at that moment, so that nothing that others changed meanwhile is lost. All or nothing.</summary>
    /// <param name="change">Gets the image as stored; may run more than once. What it throws ends the call with nothing changed.</param>
    /// <exception cref="ImageMissingException">The image is gone.</exception>
    Task<Image> ChangeAsync(string id, Func<Image, Task<Image>> change, CancellationToken cancel);

    /// <summary>Gives the image to a task and changes it, both or neither. No other call touches the property that says so.</summary>
    /// <param name="staleTaskId">A task that may be pushed aside; null for none.</param>
    /// <param name="change">As in <see cref="ChangeAsync"/>.</param>
    /// <exception cref="ImageMissingException">The image is gone.</exception>
    /// <exception cref="ImageHasTaskException">Another task has it.</exception>
    Task<Image> TakeForTaskAsync(string id, string taskId, string? staleTaskId, DateTime at, Func<Image, Image> change, CancellationToken cancel);

    /// <summary>Changes the image as it is at that moment, if the task still has it.</summary>
    /// <param name="release">The task is done with it.</param>
    /// <param name="change">As in <see cref="ChangeAsync"/>.</param>
    /// <exception cref="ImageTaskLostException">The task does not have it any more, or the image is gone.</exception>
    Task<Image> ChangeForTaskAsync(string id, string taskId, bool release, DateTime at, Func<Image, Image> change, CancellationToken cancel);

    /// <summary>Moves <c>updated_at</c> and nothing else: the sign of life of a long upload.</summary>
    /// <returns>False: the image is gone or its status is no longer <paramref name="expected"/>.</returns>
    Task<bool> TouchAsync(string id, ImageStatus expected, DateTime at, CancellationToken cancel);

    /// <summary>Marks the image and all its rows deleted, with one time stamp, only while the stored status is still <paramref name="expected"/>.</summary>
    /// <exception cref="ImageStatusConflictException">Somebody changed the status meanwhile, or the image is gone.</exception>
    Task DeleteAsync(string id, ImageStatus expected, DateTime at, CancellationToken cancel);

    /// <summary>As <see cref="DeleteAsync"/>, but the image and its locations wait for the scrubber: <see cref="PendingDeletions"/>.</summary>
    /// <exception cref="ImageStatusConflictException">Somebody changed the status meanwhile, or the image is gone.</exception>
    Task DeleteLaterAsync(string id, ImageStatus expected, DateTime at, CancellationToken cancel);

    /// <summary>Adds one tag; no change when it is there.</summary>
    /// <exception cref="ImageMissingException">There is no such image.</exception>
    Task AddTagAsync(string id, string tag, DateTime at, CancellationToken cancel);

    /// <returns>False: the image has no such tag.</returns>
    Task<bool> RemoveTagAsync(string id, string tag, DateTime at, CancellationToken cancel);

    /// <summary>Live members of an image, oldest first.</summary>
    Task<IReadOnlyList<ImageMember>> ListMembersAsync(string imageId, CancellationToken cancel);

    /// <summary>Adds a member with status pending; a deleted row is revived.</summary>
    /// <exception cref="ImageMissingException">There is no such image.</exception>
    /// <exception cref="MemberExistsException">It is a live member already.</exception>
    Task<ImageMember> AddMemberAsync(string imageId, string memberId, DateTime at, CancellationToken cancel);

    /// <returns>The member as stored; null when there is none.</returns>
    Task<ImageMember?> SetMemberStatusAsync(string imageId, string memberId, string status, DateTime at, CancellationToken cancel);

    /// <returns>False: there was none.</returns>
    Task<bool> RemoveMemberAsync(string imageId, string memberId, DateTime at, CancellationToken cancel);

    /// <summary>Images whose stored status is one of <paramref name="statuses"/> and that nobody touched since <paramref name="before"/>, for recovery after a crash.</summary>
    Task<IReadOnlyList<Image>> ListStuckAsync(IReadOnlyList<ImageStatus> statuses, DateTime before, CancellationToken cancel);

    /// <summary>Σ size × live locations of an owner's images that are not killed, deleted or pending deletion, in bytes.</summary>
    Task<long> UsageBytesAsync(string? owner, CancellationToken cancel);

    /// <summary>Whether the database answers and has a schema revision that can be used; for the health check.</summary>
    Task<bool> IsReadyAsync(CancellationToken cancel);
}

/// <summary>The id is taken.</summary>
public sealed class ImageExistsException(string id) : Exception($"Image ID {id} already exists!");

/// <summary>The stored status is not the expected one.</summary>
public sealed class ImageStatusConflictException(string id, ImageStatus expected, ImageStatus? found)
    : Exception($"Image {id} is {(found is { } f ? f.Name() : "gone")}, expected {expected.Name()}")
{
    /// <summary>Null when the image is gone.</summary>
    public ImageStatus? Found { get; } = found;
}

/// <summary>Another task works on the image.</summary>
public sealed class ImageHasTaskException(string id) : Exception($"Image {id} has active task");

/// <summary>A task lost its image: it was deleted, or somebody took it over.</summary>
public sealed class ImageTaskLostException(string id, string taskId) : Exception($"Task {taskId} does not have image {id} any more");

/// <summary>The marker names no image.</summary>
public sealed class MarkerNotFoundException(string marker) : Exception($"Image {marker} could not be found.");

/// <summary>The marker's image is not visible to the caller.</summary>
public sealed class MarkerForbiddenException(string marker) : Exception($"Image {marker} is not visible.");

/// <summary>The project is a live member already.</summary>
public sealed class MemberExistsException(string imageId, string member) : Exception($"The target member {member} is already associated with image {imageId}.");
