namespace KollaNet.ImageService.Imports;

/// <summary>Work that goes on after its request was answered: a row of <c>tasks</c> with its <c>task_info</c>.</summary>
public sealed record ImageTask
{
    /// <summary>Lower-case UUID.</summary>
    public required string Id { get; init; }

    /// <summary><c>api_image_import</c>, <c>location_import</c> or <c>import</c>.</summary>
    public required string Type { get; init; }

    /// <summary>How far it is.</summary>
    public required ImageTaskStatus Status { get; init; }

    /// <summary>Project of whoever asked for it; empty where nobody has one.</summary>
    public required string Owner { get; init; }

    /// <summary>UTC; set when it ends. Null while it runs.</summary>
    public DateTime? ExpiresAt { get; init; }

    /// <summary>UTC, whole seconds.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>UTC, whole seconds; moves while it lives.</summary>
    public required DateTime UpdatedAt { get; init; }

    /// <summary>The image it works on; null while there is none.</summary>
    public string? ImageId { get; init; }

    /// <summary>Of the request that asked for it.</summary>
    public string? RequestId { get; init; }

    /// <summary>Who asked for it.</summary>
    public string? UserId { get; init; }

    /// <summary>JSON of what was asked.</summary>
    public string? Input { get; init; }

    /// <summary>JSON of what came of it.</summary>
    public string? Result { get; init; }

    /// <summary>For people: how far it is, or why it failed.</summary>
    public string Message { get; init; } = "";
}

/// <summary>How far a task is. Stored by its lower-case name.</summary>
public enum ImageTaskStatus
{
    /// <summary>Waits for its turn.</summary>
    Pending,

    /// <summary>Runs.</summary>
    Processing,

    /// <summary>Ended well.</summary>
    Success,

    /// <summary>Ended, but not well.</summary>
    Failure,
}
