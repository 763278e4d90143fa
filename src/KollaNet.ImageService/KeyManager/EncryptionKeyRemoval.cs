using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;

namespace KollaNet.ImageService.KeyManager;

/// <summary>Deletes the key of an encrypted volume's image with the image, when the image says so. Source: image-api reference 2.6.</summary>
public sealed partial class EncryptionKeyRemoval(BarbicanClient barbican, ILogger<EncryptionKeyRemoval> log)
{
    private const string KeyProperty = "cinder_encryption_key_id", PolicyProperty = "cinder_encryption_key_deletion_policy", WithImage = "on_image_deletion";

    /// <summary>To be called when the image is gone: what cannot be deleted is logged.</summary>
    public async Task DeleteKeyOfAsync(Image image, Caller caller)
    {
        if (image.Properties.GetValueOrDefault(PolicyProperty) != WithImage || image.Properties.GetValueOrDefault(KeyProperty) is not { Length: > 0 } key) return;
        try
        {
            await barbican.DeleteAsync(key, caller, CancellationToken.None);
        }
        catch (KeyManagerException e)
        {
            LogKeyNotDeleted(key, image.Id, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The encryption key {Key} of deleted image {ImageId} could not be deleted: {Why}")]
    private partial void LogKeyNotDeleted(string key, string imageId, string why);
}
