using KollaNet.ImageService.Imports;

namespace KollaNet.ImageService.Images;

/// <summary>How much of an upload has come.</summary>
/// <param name="sizeBytes">All that will come; null when nobody said.</param>
internal sealed class UploadProgress(long? sizeBytes)
{
    private long count;

    /// <summary>Null as long as nothing can be said.</summary>
    public int? Percent => sizeBytes is > 0 and { } all ? (int)Math.Min(100, 100.0 * Volatile.Read(ref count) / all) : null;

    /// <summary>The same bytes, counted as they are read.</summary>
    public Stream Watch(Stream content) => new PatientStream(content, null, bytes => Volatile.Write(ref count, bytes));
}
