using KollaNet.ImageService.Images;

namespace KollaNet.ImageService.Imports;

/// <summary>When a task that has not ended counts as dead. Ours give signs of life; those of a Glance on the same database get its own patience.
/// Source: image-api reference 2.11.</summary>
internal static class TaskLife
{
    private static readonly TimeSpan ForeignRunning = TimeSpan.FromMinutes(60), ForeignPending = TimeSpan.FromMinutes(120);

    /// <param name="image">The image it works on; null when that is gone.</param>
    public static bool IsOver(ImageTask task, Image? image, DateTime now) => task.Status switch
    {
        ImageTaskStatus.Success or ImageTaskStatus.Failure => true,
        _ when image is not null && UploadOwnership.IsOurs(image) => task.UpdatedAt < now - UploadOwnership.Silence,
        ImageTaskStatus.Processing => task.UpdatedAt < now - ForeignRunning,
        _ => task.UpdatedAt < now - ForeignPending,
    };
}
