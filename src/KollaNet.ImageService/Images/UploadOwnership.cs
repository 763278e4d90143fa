using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Metadata;

namespace KollaNet.ImageService.Images;

/// <summary>Which uploads are ours: a saving image with our mark is kept alive by its worker's heartbeat. One without it may belong to a Glance on the same
/// database, which gives no sign of life.</summary>
public static class UploadOwnership
{
    /// <summary>Property that stands on an image only while this service uploads to it; not for clients' eyes.</summary>
    public const string PropertyName = "os_glance_upload_host";

    /// <summary>Property that shows, while data comes and its size is known, how much of it is here, in percent. For clients to read.</summary>
    public const string ProgressName = "os_glance_upload_progress";

    /// <summary>Time between two looks at how far an upload is.</summary>
    internal static readonly TimeSpan Look = TimeSpan.FromSeconds(5);

    /// <summary>Time between two signs of life.</summary>
    internal static readonly TimeSpan Beat = TimeSpan.FromSeconds(20);

    /// <summary>Without a sign for so long, a worker is dead.</summary>
    internal static readonly TimeSpan Silence = 3 * Beat;

    /// <summary>How long an upload through a Glance may take before it counts as dead.</summary>
    internal static readonly TimeSpan ForeignSilence = TimeSpan.FromHours(24);

    /// <summary>The service acting for itself: sees every image.</summary>
    internal static readonly Caller Itself = new() { IsAdmin = true };

    /// <summary>With a mark of its own, so that a worker that stood still for longer than <see cref="Silence"/> can see that the image went to somebody else.</summary>
    internal static Image Take(Image image) => image with { Properties = image.Properties.SetItem(PropertyName, $"{Environment.MachineName}/{Guid.NewGuid():N}") };

    /// <summary>The image, when it is still <paramref name="taken"/>'s.</summary>
    /// <exception cref="ImageStatusConflictException">Somebody else has had it meanwhile.</exception>
    internal static Image Held(Image image, Image taken) =>
        image.Status == taken.Status && image.Properties.GetValueOrDefault(PropertyName) == taken.Properties[PropertyName] ? image : throw new ImageStatusConflictException(image.Id, taken.Status, image.Status);

    internal static Image Leave(Image image) => image with { Properties = image.Properties.Remove(PropertyName).Remove(ProgressName) };

    internal static Image Show(Image image, int percent) =>
        image with { Properties = image.Properties.SetItem(ProgressName, percent.ToString(System.Globalization.CultureInfo.InvariantCulture)) };

    internal static bool IsOurs(Image image) => image.Properties.ContainsKey(PropertyName);

    internal static Image BackToQueued(Image image, DateTime at) => Leave(image) with
    {
        Status = ImageStatus.Queued,
        SizeBytes = null,
        VirtualSizeBytes = null,
        Checksum = null,
        HashAlgorithm = null,
        HashValue = null,
        UpdatedAt = at,
    };
}
