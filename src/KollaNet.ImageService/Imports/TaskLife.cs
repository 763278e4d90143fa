using KollaNet.ImageService.Images;

namespace KollaNet.ImageService.Imports;

/// <summary>When a task that has not ended counts as dead. Ours give signs of life; those of a Glance on the same database get its own patience.
/// Source: image-api reference 2.11.</summary>
internal static class TaskLife
{
    private static readonly TimeSpan ForeignRunning = TimeSpan.FromMinutes(60), ForeignPending = TimeSpan.FromMinutes(120);

    /// <param name="image">The image it works on; null when that is gone. One that does not hold its image has not begun or is about to end, and either takes moments.</param>
    public static bool IsOver(ImageTask task, Image? image, DateTime now) => task.Status switch
    {
        ImageTaskStatus.Success or ImageTaskStatus.Failure => true,
        _ when !Holds(task, image) || (image is not null && UploadOwnership.IsOurs(image)) => task.UpdatedAt < now - UploadOwnership.Silence,
        ImageTaskStatus.Processing => task.UpdatedAt < now - ForeignRunning,
        _ => task.UpdatedAt < now - ForeignPending,
    };

    private static bool Holds(ImageTask task, Image? image) => task.ImageId is null || image?.Properties.GetValueOrDefault(ImportProperties.Lock) == task.Id;
}
