using KollaNet.ImageService.Images.Inspection;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Images;

/// <summary>Lets an upload's bytes pass as long as they keep to what was promised and allowed.</summary>
/// <param name="declaredBytes">Null when the client promised nothing.</param>
/// <param name="capBytes"><c>image_size_cap</c>.</param>
internal sealed class UploadGate(long? declaredBytes, long capBytes, StorageShare share, ContentInspector inspector)
{
    /// <summary>Bytes that passed.</summary>
    public long CountBytes { get; private set; }

    /// <exception cref="ImageSizeMismatchException">More than promised.</exception>
    /// <exception cref="ImageSizeCapExceededException">More than any image may have.</exception>
    /// <exception cref="StorageQuotaExceededException">More than the owner may have.</exception>
    /// <exception cref="ImageContentRefusedException">Dangerous, or not what the image says it is.</exception>
    public void Pass(ReadOnlySpan<byte> bytes)
    {
        CountBytes += bytes.Length;
        if (CountBytes > declaredBytes) throw new ImageSizeMismatchException(declaredBytes.Value, null);
        if (CountBytes > capBytes) throw new ImageSizeCapExceededException(capBytes);
        share.GrowTo(CountBytes);
        inspector.Feed(bytes);
    }

    /// <summary>All bytes have come: the last chance to refuse before the store keeps them.</summary>
    /// <exception cref="ImageSizeMismatchException">Fewer than promised.</exception>
    public async Task EndAsync(CancellationToken cancel)
    {
        if (declaredBytes is { } declared && declared != CountBytes) throw new ImageSizeMismatchException(declared, CountBytes);
        inspector.Finish();
        await share.ConfirmAsync(cancel);
    }
}
