using KollaNet.ImageService.Images;
using KollaNet.ImageService.Imports;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Fsck;

/// <summary>What the checks share: where to look, and to whom to tell.</summary>
/// <param name="Report">Takes findings, one at a time.</param>
internal sealed record FsckScope(FsckOrder Order, StoreCatalog Stores, ImageDatabase Database, TimeProvider Clock, Func<Finding, Task> Report)
{
    /// <summary>Images or objects looked at together.</summary>
    public const int Batch = 500;

    /// <summary>Between seeing something odd and believing it: whoever works on it has gone on by then.</summary>
    public static readonly TimeSpan SecondLook = TimeSpan.FromSeconds(1);

    /// <summary>Whether data may come and go because somebody works on the image.</summary>
    public static bool IsAtWork(Image? image) =>
        image is { Status: ImageStatus.Saving or ImageStatus.Uploading or ImageStatus.Importing } || image?.Properties.ContainsKey(ImportProperties.Lock) == true;

    /// <summary>Reports what could not be looked at.</summary>
    public Task ReportUncheckedAsync(string imageId, string storeId, Exception why) => Report(new Finding(Problem.Unchecked, imageId, storeId, why.Message));
}
