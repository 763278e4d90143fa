using KollaNet.ImageService.Api;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Imports;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Migration;

/// <summary>Moves images from one store to another while services work on them. Each is copied as <c>copy-image</c> does, its hash compared, and only once the
/// new copy is in the database the old one goes; so every image can be read at every moment, and a run that was killed is repeated.</summary>
/// <param name="copies">Copies; its runner has been started.</param>
internal sealed class ImageMigration(
    MigrationOrder order, StoreCatalog stores, ImageDatabase database, ImportWork copies, TaskRunner runner, ImportRecovery recovery, TimeProvider clock, Func<string, Task> say)
{
    // A worker that died is known to be dead after UploadOwnership.Silence; this is well behind it.
    private static readonly TimeSpan BusyPatience = TimeSpan.FromMinutes(3), BusyLook = TimeSpan.FromSeconds(5);

    private readonly CopyRetirement retirement = new(stores, database, clock);
    private readonly HashSet<string> failed = [];

    private enum Move
    {
        Done,
        Failed,
        Busy,
        Gone,
    }

    /// <summary>Images moved so far.</summary>
    public int Moved { get; private set; }

    /// <summary>Images that are to be moved: not deleted, with data in the old store.</summary>
    public async IAsyncEnumerable<Image> WaitingAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (Image image in database.Inventory.ReadAllAsync(cancel))
        {
            if ((order.ImageId is null || image.Id == order.ImageId) && image.Status is ImageStatus.Active or ImageStatus.Deactivated && IsIn(image, order.FromId)) yield return image;
        }
    }

    /// <summary>Moves them all; goes over the store again until nothing is left that it can move.</summary>
    public async Task<MigrationOutcome> RunAsync(CancellationToken cancel)
    {
        await retirement.FinishAsync(cancel);
        DateTimeOffset progressed = clock.GetUtcNow();
        while (true)
        {
            await recovery.RecoverAsync(cancel);
            (int done, int busy) = await PassAsync(cancel);
            if (done > 0) progressed = clock.GetUtcNow();
            if (done == 0 && (busy == 0 || clock.GetUtcNow() - progressed > BusyPatience)) return new MigrationOutcome(Moved, failed.Count + busy);
            if (done == 0) await Task.Delay(BusyLook, clock, cancel);
        }
    }

    private async Task<(int Done, int Busy)> PassAsync(CancellationToken cancel)
    {
        int done = 0, busy = 0;
        await foreach (Image image in WaitingAsync(cancel))
        {
            if (failed.Contains(image.Id)) continue;
            switch (await MoveAsync(image, cancel))
            {
                case Move.Done:
                    done++;
                    Moved++;
                    break;
                case Move.Busy:
                    busy++;
                    break;
                case Move.Failed:
                    failed.Add(image.Id);
                    break;
            }
        }

        return (done, busy);
    }

    private async Task<Move> MoveAsync(Image image, CancellationToken cancel)
    {
        try
        {
            if (!IsIn(image, order.ToId)) await CopyAsync(image, cancel);
            else await RequireWholeAsync(image, cancel);
            return await retirement.RetireAsync(image.Id, order.FromId, order.ToId, cancel) ? Move.Done : Move.Busy;
        }
        catch (ImageHasTaskException)
        {
            return Move.Busy;
        }
        catch (Exception e) when (e is ImageMissingException or ImageTaskLostException)
        {
            return Move.Gone;
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancel.IsCancellationRequested)
        {
            await say($"image {image.Id} ({image.Name}) stays in store {order.FromId}: {e.Message}");
            return Move.Failed;
        }
    }

    private async Task CopyAsync(Image image, CancellationToken cancel)
    {
        DateTime now = clock.GetUtcNow().UtcDateTime;
        var task = new ImageTask
        {
            Id = Guid.NewGuid().ToString("D"),
            Type = "api_image_import",
            Status = ImageTaskStatus.Pending,
            Owner = image.Owner ?? "",
            CreatedAt = now,
            UpdatedAt = now,
            ImageId = image.Id,
            Input = $$"""{"image_id": "{{image.Id}}", "import_req": {"method": {"name": "copy-image"}, "stores": ["{{order.ToId}}"]}, "backend": ["{{order.ToId}}"]}""",
        };
        await ImageTasks.TakeAsync(database.Tasks, database.Images, task, null, now, current => ImportLists.Begin(current, [order.ToId]) with { UpdatedAt = now }, cancel);
        var job = new MigrationJob(new ImportJob(task, new ImportOrder(image.Id, "copy-image", null, [order.ToId], MustSucceed: true), UploadOwnership.Itself, copies));
        await runner.StartAsync(job);
        await job.Done;
    }

    /// <summary>A copy from before was compared when it was made; that it is still as long is looked at again.</summary>
    private async Task RequireWholeAsync(Image image, CancellationToken cancel)
    {
        ImageLocation copy = image.Locations.First(location => stores.FindFor(location)?.Id == order.ToId);
        long size = await stores.FindFor(copy)!.Store.SizeAsync(copy.Url, cancel);
        if (size != image.SizeBytes) throw new InvalidDataException($"its copy in store {order.ToId} has {size} bytes instead of {image.SizeBytes}");
    }

    private bool IsIn(Image image, string storeId) => image.Locations.Any(location => stores.FindFor(location)?.Id == storeId);
}
