using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Imports;

namespace KollaNet.ImageService.Metadata;

/// <summary>Tasks in Glance's own tables. A caller who is no administrator sees those of its own project. <c>TaskRepositoryContract</c> in the tests
/// is the full specification.</summary>
public interface ITaskRepository
{
    /// <summary>Stores a new task.</summary>
    Task AddAsync(ImageTask task, CancellationToken cancel);

    /// <summary>The task; null when there is none, it is deleted, or <paramref name="caller"/> may not see it.</summary>
    Task<ImageTask?> FindAsync(string id, Caller caller, CancellationToken cancel);

    /// <summary>One page of tasks, without input, result and message.</summary>
    /// <exception cref="TaskMarkerNotFoundException">The marker names no task that the caller sees.</exception>
    Task<IReadOnlyList<ImageTask>> ListAsync(TaskQuery query, Caller caller, CancellationToken cancel);

    /// <summary>Every task about an image, oldest first.</summary>
    Task<IReadOnlyList<ImageTask>> ListForImageAsync(string imageId, Caller caller, CancellationToken cancel);

    /// <summary>Tasks that have not ended and that nobody touched since <paramref name="before"/>, for recovery after a crash.</summary>
    Task<IReadOnlyList<ImageTask>> ListSilentAsync(DateTime before, CancellationToken cancel);

    /// <summary>Saves status, image, expiry, result, message and <c>updated_at</c>, unless the task has ended: what has ended stays as it is.</summary>
    /// <returns>False: it had ended, or is gone.</returns>
    Task<bool> SaveAsync(ImageTask task, CancellationToken cancel);

    /// <summary>Moves <c>updated_at</c> of tasks that have not ended: their worker's sign of life.</summary>
    /// <param name="message">Replaces the message; null keeps it.</param>
    /// <returns>False: it had ended, or is gone.</returns>
    Task<bool> TouchAsync(string id, string? message, DateTime at, CancellationToken cancel);

    /// <summary>Marks an owner's expired tasks deleted.</summary>
    Task ExpireAsync(string owner, DateTime now, CancellationToken cancel);
}

/// <summary>A request for a list of tasks, already checked. Source: image-api reference 2.13.</summary>
public sealed record TaskQuery
{
    /// <summary>Most tasks in the page; 0 gives none.</summary>
    public required int Limit { get; init; }

    /// <summary>The last task of the page before; null for the first page.</summary>
    public string? Marker { get; init; }

    /// <summary>Columns (<c>id type status owner created_at updated_at</c>) in order, the tie-break included.</summary>
    public required System.Collections.Immutable.ImmutableArray<SortKey> Sort { get; init; }

    /// <summary>Null for all.</summary>
    public ImageTaskStatus? Status { get; init; }

    /// <summary>Null for all.</summary>
    public string? Type { get; init; }
}

/// <summary>The marker names no task.</summary>
public sealed class TaskMarkerNotFoundException(string marker) : Exception($"Task {marker} could not be found.");
