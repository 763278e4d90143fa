namespace KollaNet.ImageService.Imports;

/// <summary>Work on an image that a task holds, accepted and waiting for its turn.</summary>
/// <param name="task">As stored when it was accepted.</param>
/// <param name="imageId">The image.</param>
public abstract class TaskJob(ImageTask task, string imageId)
{
    /// <summary>As stored when it was accepted.</summary>
    public ImageTask Task { get; } = task;

    /// <summary>The image.</summary>
    public string ImageId { get; } = imageId;

    /// <summary>How far it is, for people; empty at first.</summary>
    public virtual string Progress => "";

    /// <summary>Does all of it, frees the image, and has undone everything when it throws.</summary>
    /// <exception cref="ImageService.Metadata.ImageTaskLostException">The image was deleted meanwhile, or somebody took it over.</exception>
    public abstract Task RunAsync(CancellationToken cancel);
}
