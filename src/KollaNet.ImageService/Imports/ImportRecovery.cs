using KollaNet.ImageService.Images;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Imports;

/// <summary>Ends imports whose process died: the image is queued again (or keeps what copies it has), what was written of it goes, the task has failed. At start
/// and then on a timer. Several services may do so at the same time. Register as a hosted service.</summary>
/// <param name="staging">Null when no enabled method needs it.</param>
/// <param name="timeToLive">How long ended tasks are shown.</param>
public sealed partial class ImportRecovery(
    StoreCatalog stores, ImageStaging? staging, IImageRepository images, ImageInventory inventory, ITaskRepository tasks, TimeSpan timeToLive, TimeProvider clock, ILogger<ImportRecovery> log) : BackgroundService
{
    private DateTime Now => clock.GetUtcNow().UtcDateTime;

    /// <summary>Looks once.</summary>
    /// <returns>How many images and tasks were brought to an end.</returns>
    public async Task<int> RecoverAsync(CancellationToken cancel)
    {
        DateTime before = Now - UploadOwnership.Silence;
        int recovered = 0;
        foreach (ImageTask task in await tasks.ListSilentAsync(before, cancel))
        {
            Image? image = task.ImageId is null ? null : await images.FindAsync(task.ImageId, UploadOwnership.Itself, cancel);
            if (!TaskLife.IsOver(task, image, Now)) continue;
            if (image is null && !await DiscardAsync(task, cancel)) continue;
            if (image?.Properties.GetValueOrDefault(ImportProperties.Lock) == task.Id && await FreeAsync(image, task, cancel) is null) continue;
            if (await FailAsync(task, cancel)) recovered++;
        }

        // Those whose task has ended or never came to be.
        foreach (Image image in await images.ListStuckAsync([ImageStatus.Importing], before, cancel))
        {
            ImageTask? task = image.Properties.GetValueOrDefault(ImportProperties.Lock) is { } held ? await tasks.FindAsync(held, UploadOwnership.Itself, cancel) : null;
            bool isOurs = UploadOwnership.IsOurs(image) || image.UpdatedAt < Now - UploadOwnership.ForeignSilence;
            if (task is { Status: ImageTaskStatus.Pending or ImageTaskStatus.Processing } || !isOurs) continue;
            if (await FreeAsync(image, task, cancel) == true) recovered++;
        }

        return recovered;
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => RepeatedWork.RunAsync(UploadOwnership.Silence, clock, RecoverAsync, LogLookFailed, stoppingToken);

    /// <summary>Takes the image over first: of several that try, one goes on. Then data before status, as nobody can write while we hold it.</summary>
    /// <returns>Null: a store is away, or has not noticed yet that the writer died; the next look tries again.</returns>
    private async Task<bool?> FreeAsync(Image image, ImageTask? task, CancellationToken cancel)
    {
        string self = Guid.NewGuid().ToString("D");
        try
        {
            Image held = await images.TakeForTaskAsync(
                image.Id, self, image.Properties.GetValueOrDefault(ImportProperties.Lock), Now, current => current with { UpdatedAt = Now }, cancel);
            bool begins = held.Status == ImageStatus.Importing, referred = task?.Type == "location_import";
            if (!referred) await DiscardAsync(held, begins, cancel);
            await images.ChangeForTaskAsync(image.Id, self, release: true, Now, current => End(current, begins), cancel);
            LogRecovered(image.Id, task?.Id);
            return true;
        }
        catch (Exception e) when (e is ImageHasTaskException or ImageTaskLostException or ImageMissingException)
        {
            return false;   // Deleted meanwhile, or another service was faster.
        }
        catch (Exception e) when (e is ImageDataInUseException or StoreUnreachableException or StoreFailedException or StoreForbidsWritingException)
        {
            if (task is not null) await GiveBackAsync(image.Id, task.Id, self, cancel);
            LogNotRecovered(e, image.Id);
            return null;
        }
    }

    /// <summary>So that the next look knows whose the image was.</summary>
    private async Task GiveBackAsync(string imageId, string taskId, string self, CancellationToken cancel)
    {
        try
        {
            await images.TakeForTaskAsync(imageId, taskId, self, Now, current => current, cancel);
        }
        catch (Exception e) when (e is ImageHasTaskException or ImageMissingException)
        {
            // Deleted or taken over meanwhile.
        }
    }

    private Image End(Image image, bool begins)
    {
        Image ended = ImportLists.Free(ImportLists.Fail(image, [.. ImportLists.Read(image, ImportProperties.ImportingTo), .. begins ? IdsOf(image) : []]));
        return begins ? UploadOwnership.BackToQueued(ended with { Locations = [] }, Now) : ended with { UpdatedAt = Now };
    }

    private IEnumerable<string> IdsOf(Image image) => image.Locations.Select(location => stores.FindFor(location)?.Id).OfType<string>();

    /// <summary>The image was deleted after its task died: what that wrote goes, unless the image waits for the scrubber, when its data has to stay.</summary>
    /// <returns>False: a store does not let go of it yet; the next look tries again.</returns>
    private async Task<bool> DiscardAsync(ImageTask task, CancellationToken cancel)
    {
        if (task.ImageId is null || task.Type == "location_import") return true;
        bool waits = (await inventory.FindPendingAsync([task.ImageId], cancel)).Count > 0;
        try
        {
            foreach (ConfiguredStore store in stores.All.Where(store => store.Store.Abilities.CanWrite))
            {
                await store.Store.DiscardPartialAsync(task.ImageId, cancel);
                if (!waits) await store.Store.DiscardOrphanAsync(task.ImageId, cancel);
            }

            return true;
        }
        catch (Exception e) when (e is ImageDataInUseException or StoreUnreachableException or StoreFailedException or StoreForbidsWritingException)
        {
            LogNotRecovered(e, task.ImageId);
            return false;
        }
    }

    /// <param name="begins">The image had no data before: all of it goes.</param>
    private async Task DiscardAsync(Image image, bool begins, CancellationToken cancel)
    {
        if (staging is not null && image.Status != ImageStatus.Uploading) await staging.DiscardAsync(image.Id, cancel);
        foreach (ConfiguredStore store in stores.All.Where(store => store.Store.Abilities.CanWrite))
        {
            await store.Store.DiscardPartialAsync(image.Id, cancel);
            bool holds = image.Locations.Any(location => stores.FindFor(location)?.Id == store.Id);
            if (begins || !holds) await store.Store.DiscardOrphanAsync(image.Id, cancel);
        }
    }

    private async Task<bool> FailAsync(ImageTask task, CancellationToken cancel) => await tasks.SaveAsync(
        task with { Status = ImageTaskStatus.Failure, Message = "Task failed due to Internal Error: its process died", UpdatedAt = Now, ExpiresAt = Now + timeToLive }, cancel);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The import of image {ImageId} gave no sign of life; nothing of it was kept (task {TaskId})")]
    private partial void LogRecovered(string imageId, string? taskId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What the interrupted import of image {ImageId} wrote cannot be removed yet; the next look tries again")]
    private partial void LogNotRecovered(Exception error, string imageId);

    [LoggerMessage(Level = LogLevel.Error, Message = "Looking for interrupted imports failed; the next look follows")]
    private partial void LogLookFailed(Exception error);
}
