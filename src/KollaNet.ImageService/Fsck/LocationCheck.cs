using System.Globalization;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Fsck;

/// <summary>Is the data of a location there, as long as it should be, and the same?</summary>
internal sealed class LocationCheck(FsckScope scope, ImageWriter writer)
{
    /// <summary>Looks, looks again before it reports something, and repairs what it can.</summary>
    public async Task CheckAsync(Image image, ImageLocation location, CancellationToken cancel)
    {
        ConfiguredStore? store = scope.Stores.FindFor(location);
        if (scope.Order.StoreId is { } only && store?.Id != only) return;
        if (store is null)
        {
            await scope.Report(new Finding(Problem.UnknownStore, image.Id, location.Metadata.GetValueOrDefault("store", ""), "in no configured store; configure it again, or remove the location"));
            return;
        }

        try
        {
            if (await FindProblemAsync(image, location, store, cancel) is null || await ReadAgainAsync(image, location, cancel) is not { } current) return;
            if (await FindProblemAsync(current, location, store, cancel) is { } found) await scope.Report(scope.Order.Repairs ? await RepairAsync(current, location, found, cancel) : found);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            await scope.ReportUncheckedAsync(image.Id, store.Id, e);
        }
    }

    private async Task<Finding?> FindProblemAsync(Image image, ImageLocation location, ConfiguredStore store, CancellationToken cancel)
    {
        try
        {
            long size = await store.Store.SizeAsync(location.Url, cancel);
            bool isRight = size == image.SizeBytes;
            bool? isSame = scope.Order.Hashes ? await writer.IsSameAsync(image, store.Store, location.Url, cancel) : null;
            if (isRight) return isSame is false ? new Finding(Problem.WrongHash, image.Id, store.Id, $"the data does not have the image's {(image.HashValue is null ? "checksum" : image.HashAlgorithm)}") : null;
            string detail = string.Create(CultureInfo.InvariantCulture, $"{size} bytes, the image has {image.SizeBytes}{(isSame is true ? "; the hash is right" : "")}");
            return new Finding(Problem.WrongSize, image.Id, store.Id, detail) { ProvenSizeBytes = isSame is true ? size : null };
        }
        catch (ImageDataMissingException)
        {
            return new Finding(Problem.MissingData, image.Id, store.Id, "the data is not there; bring it back from a backup, or delete the image");
        }
    }

    /// <returns>Null when the location is not promised any more.</returns>
    private async Task<Image?> ReadAgainAsync(Image image, ImageLocation location, CancellationToken cancel)
    {
        await Task.Delay(FsckScope.SecondLook, scope.Clock, cancel);
        Image? now = await scope.Database.Images.FindAsync(image.Id, UploadOwnership.Itself, cancel);
        return now is { Status: ImageStatus.Active or ImageStatus.Deactivated } && now.Locations.Any(one => one.Url == location.Url) ? now : null;
    }

    /// <summary>A size in the database is corrected when the hash proves the data; a location without data goes when another one has it.</summary>
    private async Task<Finding> RepairAsync(Image image, ImageLocation location, Finding found, CancellationToken cancel)
    {
        if (found.ProvenSizeBytes is { } size)
        {
            await ChangeAsync(image.Id, current => current with { SizeBytes = size }, cancel);
            return found with { Repair = "the size in the database was corrected" };
        }

        if (found.Problem != Problem.MissingData || !await HasGoodCopyAsync(image, location, cancel)) return found;
        await ChangeAsync(image.Id, current => current with { Locations = current.Locations.RemoveAll(one => one.Url == location.Url) }, cancel);
        return found with { Repair = "the location was removed; another store has the data" };
    }

    private async Task<bool> HasGoodCopyAsync(Image image, ImageLocation without, CancellationToken cancel)
    {
        foreach (ImageLocation other in image.Locations.Where(one => one.Url != without.Url))
        {
            if (scope.Stores.FindFor(other) is { } store && await FindProblemAsync(image, other, store, cancel) is null) return true;
        }

        return false;
    }

    private Task<Image> ChangeAsync(string id, Func<Image, Image> change, CancellationToken cancel) => scope.Database.Images.ChangeAsync(
        id, current => Task.FromResult(change(current) with { UpdatedAt = scope.Clock.GetUtcNow().UtcDateTime }), cancel);
}
