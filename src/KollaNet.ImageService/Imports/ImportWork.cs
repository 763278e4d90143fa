using System.Collections.Immutable;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Images.Signatures;
using KollaNet.ImageService.Imports.Plugins;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Imports;

/// <summary>Brings an image that a task holds from importing to active, or back to queued with nothing kept; or gives an active image more copies.
/// Source: image-api reference 2.11 and 11.</summary>
/// <param name="staging">Null when no enabled method needs it.</param>
public sealed partial class ImportWork(
    ImageStaging? staging, ImageUpload upload, ImageDownload download, WebDownload web, RemoteGlance remotes, ImportPlugins plugins, StoreCatalog stores, IImageRepository images, TimeProvider clock,
    ILogger<ImportWork> log)
{
    private DateTime Now => clock.GetUtcNow().UtcDateTime;

    /// <summary>Does all of it. When it throws, everything it did is undone, but for copies that <c>all_stores_must_succeed=false</c> lets stay.</summary>
    /// <exception cref="ImageTaskLostException">The image was deleted meanwhile, or somebody took it over.</exception>
    public async Task RunAsync(ImportJob job, CancellationToken cancel)
    {
        var written = new List<(ConfiguredStore Store, string Url)>();
        try
        {
            Image image = await PrepareAsync(job, cancel);
            foreach (string id in job.Order.StoreIds) await TryStoreAsync(job, image, stores.Find(id)!.For(job.Caller), written, cancel);
            if (written.Count == 0) throw new ImportFailedException("no store could be written");
            await FinishAsync(job);
        }
        catch (ImageTaskLostException)
        {
            await LeaveAsync(job, written);
            throw;
        }
        catch (Exception failure)
        {
            LogImportFailed(failure, job.Task.Id, job.Order.ImageId);
            await UndoAsync(job, written);
            throw;
        }
    }

    /// <summary>The image as it will be stored, its data at hand.</summary>
    private async Task<Image> PrepareAsync(ImportJob job, CancellationToken cancel)
    {
        ImportOrder order = job.Order;
        if (order.IsCopy) return await images.FindAsync(order.ImageId, UploadOwnership.Itself, cancel) ?? throw new ImageTaskLostException(order.ImageId, job.Task.Id);
        if (order.Remote is { } remote)
        {
            await FetchRemoteAsync(job, remote, cancel);
        }
        else if (order.Source is { } source)
        {
            Image waiting = await images.FindAsync(order.ImageId, UploadOwnership.Itself, cancel) ?? throw new ImageTaskLostException(order.ImageId, job.Task.Id);
            await staging!.DiscardAsync(order.ImageId, cancel);
            await web.FetchAsync(source, (body, size) => staging.FetchAsync(waiting, new PatientStream(body, null, bytes => job.Fetched(bytes, size)), size, order.Declared, cancel), cancel);
        }
        else if (order.Declared is { } declared)
        {
            await staging!.RequireAsync(order.ImageId, declared, cancel);
        }

        Image staged = await images.FindAsync(order.ImageId, UploadOwnership.Itself, cancel) ?? throw new ImageTaskLostException(order.ImageId, job.Task.Id);
        Func<Image, Image> change = await plugins.ApplyAsync(staged, staging!.DataOf(order.ImageId), job.Caller, cancel);
        long sizeBytes = await staging.SizeAsync(order.ImageId, cancel);
        return await ChangeAsync(job, image => change(image) with { SizeBytes = sizeBytes });
    }

    private async Task FetchRemoteAsync(ImportJob job, RemoteImage remote, CancellationToken cancel)
    {
        RemoteImageDocument promised = await remotes.DescribeAsync(remote, job.Caller, cancel);
        Image waiting = await ChangeAsync(job, promised.On);
        await staging!.DiscardAsync(waiting.Id, cancel);
        await remotes.FetchAsync(
            remote, promised, job.Caller,
            (body, size) => staging.FetchAsync(waiting, new PatientStream(body, null, bytes => job.Fetched(bytes, size)), size, promised.DigestsWith(job.Order.Declared), cancel), cancel);
    }

    private async Task TryStoreAsync(ImportJob job, Image image, ConfiguredStore store, List<(ConfiguredStore Store, string Url)> written, CancellationToken cancel)
    {
        try
        {
            written.Add((store, await StoreAsync(job, image, store, job.Order.StoreIds.IndexOf(store.Id), cancel)));
        }
        catch (Exception failure) when (!job.Order.MustSucceed && !cancel.IsCancellationRequested && failure is not (ImageTaskLostException or ImageContentRefusedException or SignatureRefusedException))
        {
            LogStoreFailed(failure, job.Task.Id, job.Order.ImageId, store.Id);
            await ChangeAsync(job, current => ImportLists.Fail(current, [store.Id]));
        }
    }

    /// <returns>The new location's url.</returns>
    private async Task<string> StoreAsync(ImportJob job, Image image, ConfiguredStore store, int before, CancellationToken cancel)
    {
        long sizeBytes = image.SizeBytes ?? 0;
        using StorageShare share = await upload.Writer.ReserveAsync(image, sizeBytes, cancel);
        using SignatureVerifier? signature = job.Order.IsCopy ? null : await upload.Signatures.OpenAsync(image, job.Caller, cancel);
        await using Stream source = job.Order.IsCopy ? (await download.OpenAsync(image, 0, null, [], cancel, job.Caller)).Stream : await staging!.OpenReadAsync(image.Id, cancel);
        await using var content = new PatientStream(source, null, bytes => job.Copied(bytes, sizeBytes, before));
        WrittenImage bytes = await upload.Writer.WriteAsync(image, content, sizeBytes, store.Store, share, signature, cancel, inspect: !job.Order.IsCopy);
        try
        {
            if (job.Order.IsCopy) RequireSame(image, bytes);
            await ChangeAsync(job, current => ImportLists.Succeed(job.Order.IsCopy ? current : bytes.On(current), store.Id) with
            {
                Status = job.Order.IsCopy || job.Order.MustSucceed ? current.Status : ImageStatus.Active,
                Locations = current.Locations.Add(new ImageLocation(0, bytes.Url, stores.MetadataFor(store, bytes.Url))),
            });
            return bytes.Url;
        }
        catch
        {
            await store.Store.DeleteAsync(bytes.Url, CancellationToken.None);
            throw;
        }
    }

    private static void RequireSame(Image image, WrittenImage copy)
    {
        bool hashed = image.HashAlgorithm == copy.HashAlgorithm && image.HashValue is not null;
        bool same = hashed ? image.HashValue == copy.HashValue : image.Checksum is null || copy.Checksum is null || image.Checksum == copy.Checksum;
        if (!same) throw new ImportFailedException("the copy differs from what the image was");
    }

    /// <summary>What was staged goes before the image is free: the next to stage must not lose theirs.</summary>
    private async Task FinishAsync(ImportJob job)
    {
        await RequireHeldAsync(job);
        if (!job.Order.IsCopy) await staging!.DiscardAsync(job.Order.ImageId, CancellationToken.None);
        await ChangeAsync(job, current => ImportLists.Free(current) with { Status = job.Order.IsCopy ? current.Status : ImageStatus.Active }, release: true);
    }

    /// <summary>Must work although the work was cancelled, and must not hide what went wrong: what it cannot do is logged and left to <see cref="ImportRecovery"/>.</summary>
    private async Task UndoAsync(ImportJob job, List<(ConfiguredStore Store, string Url)> written)
    {
        ImportOrder order = job.Order;
        bool wanted = !order.MustSucceed && written.Count > 0, keep = wanted;
        try
        {
            // Not promised first, gone then; nobody else can add while we hold it.
            ImmutableArray<ImageLocation> given = [];
            await ChangeAsync(job, current =>
            {
                ImmutableArray<ImageLocation> others = current.Locations.RemoveAll(location => written.Any(one => one.Url == location.Url));
                keep = wanted || (order.IsCopy && others.IsEmpty);   // What it was copied from was deleted meanwhile: the copies are all there is.
                given = keep ? [] : current.Locations.RemoveRange(others);
                return keep ? current : current with { Locations = others };
            });
            ImmutableArray<ImageLocation> stuck = order.IsCopy ? await TryDeleteAsync(job, given) : [];
            if (!order.IsCopy && !keep) await DeleteAsync(written);
            if (!order.IsCopy) await staging!.DiscardAsync(order.ImageId, CancellationToken.None);
            await ChangeAsync(job, current =>
            {
                // A copy that its store does not let go of is as good as any.
                IEnumerable<string> failed = keep ? ImportLists.Read(current, ImportProperties.ImportingTo) : order.StoreIds.Except(stuck.Select(location => stores.FindFor(location)!.Id));
                Image left = ImportLists.Free(ImportLists.Fail(current, [.. failed])) with { Locations = current.Locations.AddRange(stuck.Select(location => location with { RowId = 0 })) };
                return order.IsCopy || keep ? left : UploadOwnership.BackToQueued(left, Now);
            }, release: true);
        }
        catch (ImageTaskLostException)
        {
            await LeaveAsync(job, written);
        }
        catch (Exception e)
        {
            LogUndoFailed(e, job.Task.Id, order.ImageId);
        }
    }

    /// <summary>A process that stood still for minutes has lost its image to recovery, and what lies there now is the next one's.</summary>
    /// <exception cref="ImageTaskLostException">It has.</exception>
    private Task<Image> RequireHeldAsync(ImportJob job) => ChangeAsync(job, current => current);

    /// <summary>An image that was deleted never comes back, so whatever we wrote for it can go. One that somebody took over is theirs.</summary>
    private async Task LeaveAsync(ImportJob job, List<(ConfiguredStore Store, string Url)> written)
    {
        LogImageLost(job.Task.Id, job.Order.ImageId);
        if (await images.FindAsync(job.Order.ImageId, UploadOwnership.Itself, CancellationToken.None) is not null) return;
        await DeleteAsync(written);
        if (staging is not null) await staging.DiscardAsync(job.Order.ImageId, CancellationToken.None);
    }

    /// <returns>Those whose store does not let go of them.</returns>
    private async Task<ImmutableArray<ImageLocation>> TryDeleteAsync(ImportJob job, ImmutableArray<ImageLocation> given)
    {
        var stuck = ImmutableArray.CreateBuilder<ImageLocation>();
        foreach (ImageLocation location in given)
        {
            try
            {
                await stores.DeleteDataAsync(location, job.Caller, CancellationToken.None);
            }
            catch (Exception e) when (e is ImageDataInUseException or StoreUnreachableException or StoreFailedException or StoreForbidsWritingException)
            {
                LogCopyStays(e, job.Task.Id, job.Order.ImageId);
                stuck.Add(location);
            }
        }

        return stuck.ToImmutable();
    }

    private static async Task DeleteAsync(List<(ConfiguredStore Store, string Url)> written)
    {
        foreach ((ConfiguredStore store, string url) in written) await store.Store.DeleteAsync(url, CancellationToken.None);
    }

    private Task<Image> ChangeAsync(ImportJob job, Func<Image, Image> change, bool release = false) =>
        images.ChangeForTaskAsync(job.Order.ImageId, job.Task.Id, release, Now, current => change(current) with { UpdatedAt = Now }, CancellationToken.None);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Task {TaskId}: importing image {ImageId} failed")]
    private partial void LogImportFailed(Exception error, string taskId, string imageId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Task {TaskId}: image {ImageId} could not be stored in {StoreId}; other stores are tried")]
    private partial void LogStoreFailed(Exception error, string taskId, string imageId, string storeId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Task {TaskId}: a copy of image {ImageId} cannot be removed again, and stays")]
    private partial void LogCopyStays(Exception error, string taskId, string imageId);

    [LoggerMessage(Level = LogLevel.Error, Message = "Task {TaskId}: the failed import of image {ImageId} could not be undone; recovery will try again")]
    private partial void LogUndoFailed(Exception error, string taskId, string imageId);

    [LoggerMessage(Level = LogLevel.Information, Message = "Task {TaskId} lost image {ImageId}: it was deleted or taken over")]
    private partial void LogImageLost(string taskId, string imageId);
}
