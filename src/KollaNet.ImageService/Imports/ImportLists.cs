using KollaNet.ImageService.Images;

namespace KollaNet.ImageService.Imports;

/// <summary>The two properties by which clients follow an import, store by store.</summary>
internal static class ImportLists
{
    /// <summary>An image at the start of an import to these stores.</summary>
    public static Image Begin(Image image, IEnumerable<string> storeIds) => Write(Write(UploadOwnership.Take(image), ImportProperties.ImportingTo, storeIds), ImportProperties.Failed, []);

    /// <summary>A store is written.</summary>
    public static Image Succeed(Image image, string storeId) => Write(image, ImportProperties.ImportingTo, Read(image, ImportProperties.ImportingTo).Where(id => id != storeId));

    /// <summary>Stores cannot be written.</summary>
    public static Image Fail(Image image, IReadOnlyList<string> storeIds) => Write(
        Write(image, ImportProperties.ImportingTo, Read(image, ImportProperties.ImportingTo).Except(storeIds)),
        ImportProperties.Failed, Read(image, ImportProperties.Failed).Union(storeIds));

    /// <summary>An image whose import is over: nothing more is to come.</summary>
    public static Image Free(Image image)
    {
        Image free = UploadOwnership.Leave(Write(image, ImportProperties.ImportingTo, []));
        return free with { Properties = free.Properties.Remove(ImportProperties.StageHost) };
    }

    public static IReadOnlyList<string> Read(Image image, string name) =>
        image.Properties.GetValueOrDefault(name)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    private static Image Write(Image image, string name, IEnumerable<string> storeIds) =>
        image with { Properties = image.Properties.SetItem(name, string.Join(',', storeIds)) };
}
