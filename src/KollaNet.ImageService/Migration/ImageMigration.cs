using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using KollaNet.ImageService.Api;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Imports;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Migration;

/// <summary>Moves images from one store to another while services work on them. Each is copied as <c>copy-image</c> does, its hash compared, and only once the
/// new copy is in the database the old one goes; so every image can be read at every moment, and a run that was stopped or killed is repeated.</summary>
/// <param name="writer">Reads what was copied before.</param>
/// <param name="copies">Copies; its runner has been started, with as many workers as images are to be copied at the same time.</param>
internal sealed class ImageMigration(
    MigrationOrder order, StoreCatalog stores, ImageDatabase database, ImageWriter writer, ImportWork copies, TaskRunner runner, ImportRecovery recovery, TimeProvider clock, Func<string, Task> say)
{
    // A worker that died is known to be dead after UploadOwnership.Silence; this is well behind it.
    private static readonly TimeSpan BusyPatience = TimeSpan.FromMinutes(3), BusyLook = TimeSpan.FromSeconds(5);

    /// <summary>So many failures in a row mean that a store is away, and not that images are bad.</summary>
    private const int MostFailures = 10;

    private readonly CopyRetirement retirement = new(stores, database, clock);
    private readonly ConcurrentDictionary<string, bool> failed = new();
    private int moved, inARow;

    private enum Move
    {
        Done,
        Failed,
        Busy,
        Gone,
    }

    /// <summary>Images moved so far.</summary>
    public int Moved => Volatile.Read(ref moved);

    private bool IsHopeless => Volatile.Read(ref inARow) >= MostFailures;

    /// <summary>Images that are to be moved: not deleted, with data in the old store.</summary>
    public async IAsyncEnumerable<Image> WaitingAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (Image image in database.Inventory.ReadAllAsync(cancel))
        {
            if ((order.ImageId is null || image.Id == order.ImageId) && image.Status is ImageStatus.Active or ImageStatus.Deactivated && IsIn(image, order.FromId)) yield return image;
        }
    }

    /// <summary>Moves them all; goes over the store again until nothing is left that it can move.</summary>
    /// <param name="cancel">Begins no more images; copies that run are stopped by the runner.</param>
    public async Task<MigrationOutcome> RunAsync(CancellationToken cancel)
    {
        await retirement.FinishAsync(cancel);
        DateTimeOffset progressed = clock.GetUtcNow();
        while (true)
        {
            await recovery.RecoverAsync(cancel);
            (int done, int busy) = await PassAsync(cancel);
            if (done > 0) progressed = clock.GetUtcNow();
            if (IsHopeless || (done == 0 && (busy == 0 || clock.GetUtcNow() - progressed > BusyPatience))) return new MigrationOutcome(Moved, failed.Count + busy, IsHopeless);
            if (done == 0) await Task.Delay(BusyLook, clock, cancel);
        }
    }

    private async Task<(int Done, int Busy)> PassAsync(CancellationToken cancel)
    {
        int done = 0, busy = 0;
        await Parallel.ForEachAsync(WaitingAsync(cancel), new ParallelOptions { MaxDegreeOfParallelism = order.Parallel, CancellationToken = cancel }, async (image, _) =>
        {
            if (IsHopeless || failed.ContainsKey(image.Id)) return;
            switch (await MoveAsync(image, cancel))
            {
                case Move.Done:
                    Interlocked.Increment(ref done);
                    Interlocked.Increment(ref moved);
                    Volatile.Write(ref inARow, 0);
                    break;
                case Move.Busy:
                    Interlocked.Increment(ref busy);
                    break;
                case Move.Failed:
                    failed[image.Id] = true;
                    Interlocked.Increment(ref inARow);
                    break;
            }
        });
        return (done, busy);
    }

    private async Task<Move> MoveAsync(Image image, CancellationToken cancel)
    {
        try
        {
            if (!IsIn(image, order.ToId)) await CopyAsync(image);
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
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            if (await database.Images.FindAsync(image.Id, UploadOwnership.Itself, cancel) is null) return Move.Gone;   // Deleted under the copy.
            await say($"image {image.Id} ({image.Name}) stays in store {order.FromId}: {e.Message}");
            return Move.Failed;
        }
    }

    private async Task CopyAsync(Image image)
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
        await ImageTasks.TakeAsync(database.Tasks, database.Images, task, null, now, current => ImportLists.Begin(current, [order.ToId]) with { UpdatedAt = now }, CancellationToken.None);
        var job = new MigrationJob(new ImportJob(task, new ImportOrder(image.Id, "copy-image", null, [order.ToId], MustSucceed: true), UploadOwnership.Itself, copies));
        await runner.StartAsync(job);
        await job.Done;
    }

    /// <summary>A copy from before may be anybody's, and may have changed since: it is read before the other one goes.</summary>
    private async Task RequireWholeAsync(Image image, CancellationToken cancel)
    {
        ImageLocation copy = image.Locations.First(location => IsIn(location, order.ToId));
        ConfiguredStore store = stores.FindFor(copy)!;
        long size = await store.Store.SizeAsync(copy.Url, cancel);
        string? problem = size != image.SizeBytes ? $"has {size} bytes instead of {image.SizeBytes}" : await writer.IsSameAsync(image, store.Store, copy.Url, cancel) is not false ? null : "differs from what the image was";
        if (problem is not null) throw new InvalidDataException($"its copy in store {order.ToId} {problem}; remove that one (DELETE /v2/stores/{order.ToId}/{image.Id}) and run the command again");
    }

    private bool IsIn(Image image, string storeId) => image.Locations.Any(location => IsIn(location, storeId));

    private bool IsIn(ImageLocation location, string storeId) => stores.FindFor(location)?.Id == storeId;
}
