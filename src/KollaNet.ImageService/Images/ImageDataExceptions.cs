namespace KollaNet.ImageService.Images;

/// <summary>The image's status does not allow what was asked.</summary>
public sealed class ImageStatusTransitionException(ImageStatus from, ImageStatus to)
    : Exception($"Image status transition from {from.Name()} to {to.Name()} is not allowed")
{
    /// <summary>What it is.</summary>
    public ImageStatus From { get; } = from;

    /// <summary>What it would have to become.</summary>
    public ImageStatus To { get; } = to;
}

/// <summary>Data cannot be uploaded before the image says what it is.</summary>
public sealed class ImageFormatsMissingException(string property) : Exception($"Property {property} must be set prior to saving data.")
{
    /// <summary>For whatever gives an image its first data: once it is active, nobody can set its formats any more.</summary>
    /// <exception cref="ImageFormatsMissingException">disk_format or container_format is not set.</exception>
    public static void ThrowIfMissing(Image image)
    {
        if (string.IsNullOrEmpty(image.DiskFormat)) throw new ImageFormatsMissingException("disk_format");
        if (string.IsNullOrEmpty(image.ContainerFormat)) throw new ImageFormatsMissingException("container_format");
    }
}

/// <summary>The image was deleted while its data was being written. The data is removed.</summary>
public sealed class ImageGoneException(string imageId) : Exception($"Image {imageId} could not be found after upload. The image may have been deleted during the upload, cleaning up the chunks uploaded.");

/// <summary>More bytes than <c>image_size_cap</c> allows.</summary>
public sealed class ImageSizeCapExceededException(long capBytes) : Exception($"The size of the image data exceeds the limit of {capBytes} bytes.");

/// <summary>More bytes than the owner's <c>user_storage_quota</c> leaves room for.</summary>
public sealed class StorageQuotaExceededException(long quotaBytes) : Exception($"The size of the data would exceed the storage quota of {quotaBytes} bytes.");

/// <summary>The bytes are not what <c>disk_format</c> says, or are dangerous to whoever opens them.</summary>
public sealed class ImageContentRefusedException(string why) : Exception($"Image content does not match disk_format or is not safe: {why}");

/// <summary>The image has no data that could be read: no location, or none that still holds anything.</summary>
public sealed class ImageHasNoDataException(string imageId) : Exception($"Image {imageId} has no data.");
