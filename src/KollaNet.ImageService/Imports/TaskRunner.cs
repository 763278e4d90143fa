using System.Collections.Concurrent;
using System.Threading.Channels;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Images.Signatures;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Monitoring;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Imports;

/// <summary>Runs accepted work on images behind the requests that asked for them: so many at a time, the others wait. When the service stops, those that run may
/// end until <paramref name="drain"/>, then they are undone. Register as a hosted service.</summary>
/// <param name="workers">So many at the same time.</param>
/// <param name="timeToLive">How long ended tasks are shown.</param>
/// <param name="drain">Ends work that still runs when the service has to stop, in time for it to be undone.</param>
public sealed partial class TaskRunner(
    ITaskRepository tasks, int workers, TimeSpan timeToLive, TimeProvider clock, ILogger<TaskRunner> log, CancellationToken drain) : IHostedService, IDisposable
{
    private const int MostWaiting = 1000;
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(5);

    private readonly Channel<TaskJob> waiting = Channel.CreateUnbounded<TaskJob>();   // Bounded by IsFull, before anything is promised.
    private readonly ConcurrentDictionary<string, (TaskJob Job, CancellationTokenSource Stop)> live = new();
    private readonly CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(drain);
    private Task running = Task.CompletedTask;
    private Task beating = Task.CompletedTask;

    /// <summary>Where the outcome of tasks is counted; null for nowhere.</summary>
    public ServiceMetrics? Metrics { get; init; }

    /// <summary>Whether so many imports wait that no more are taken.</summary>
    public bool IsFull => live.Count >= MostWaiting;

    /// <summary>Takes over a job whose task is stored and holds its image.</summary>
    public async Task StartAsync(TaskJob job)
    {
        live[job.Task.Id] = (job, CancellationTokenSource.CreateLinkedTokenSource(stop.Token));
        if (!waiting.Writer.TryWrite(job)) await RunAsync(job);   // The service is stopping, and this request is among the last it answers.
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        running = Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(RunAllAsync, CancellationToken.None)));
        beating = Task.Run(BeatAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        waiting.Writer.TryComplete();
        await running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await stop.CancelAsync();
        await beating.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Without <see cref="StopAsync"/> before, this leaves imports as a crash would.</summary>
    public void Dispose() => stop.Cancel();

    private async Task RunAllAsync()
    {
        await foreach (TaskJob job in waiting.Reader.ReadAllAsync()) await RunAsync(job);
    }

    private async Task RunAsync(TaskJob job)
    {
        CancellationToken cancel = live[job.Task.Id].Stop.Token;
        ImageTask begun = job.Task with { Status = ImageTaskStatus.Processing, UpdatedAt = Now };
        try
        {
            await tasks.SaveAsync(begun, CancellationToken.None);
            await job.RunAsync(cancel);
            await EndAsync(begun with { Status = ImageTaskStatus.Success, Result = $$"""{"image_id": "{{job.ImageId}}"}""", Message = job.Progress });
        }
        catch (Exception failure)
        {
            await EndAsync(begun with { Status = ImageTaskStatus.Failure, Message = Explain(failure) });
        }
        finally
        {
            if (live.TryRemove(job.Task.Id, out (TaskJob Job, CancellationTokenSource Stop) ended)) ended.Stop.Dispose();
        }
    }

    private async Task EndAsync(ImageTask task)
    {
        Metrics?.TaskEnded(task.Type, task.Status == ImageTaskStatus.Success);
        try
        {
            await tasks.SaveAsync(task with { UpdatedAt = Now, ExpiresAt = Now + timeToLive }, CancellationToken.None);
        }
        catch (Exception e)
        {
            LogTaskNotSaved(e, task.Id);   // Recovery ends it later.
        }
    }

    /// <summary>Keeps the tasks alive for others to see, with their progress.</summary>
    private async Task BeatAsync()
    {
        using var timer = new PeriodicTimer(Beat, clock);
        while (await timer.WaitForNextTickAsync(stop.Token))
        {
            foreach ((TaskJob job, CancellationTokenSource cancel) in live.Values)
            {
                try
                {
                    if (!await tasks.TouchAsync(job.Task.Id, job.Progress, Now, stop.Token) && live.ContainsKey(job.Task.Id)) await cancel.CancelAsync();
                }
                catch (Exception e) when (e is System.Data.Common.DbException or IOException or TimeoutException or ObjectDisposedException)
                {
                    // The database is away for a moment, or the job has just ended.
                }
            }
        }
    }

    /// <summary>Glance's words first, then what whoever asked can do something about.</summary>
    private static string Explain(Exception failure) => failure switch
    {
        ImportFailedException or ImageFormatsMissingException or ImageContentRefusedException or SignatureRefusedException or DeclaredDigestMismatchException or ImageSizeCapExceededException or StorageQuotaExceededException => $"Task failed due to Internal Error: {failure.Message}",
        StoreFullException full => $"Task failed due to Internal Error: {full.ForCallers}",
        OperationCanceledException => "Task failed due to Internal Error: the service was stopped",
        ImageTaskLostException => "Task failed due to Internal Error: the image was deleted or taken over",
        _ => "Task failed due to Internal Error",
    };

    private DateTime Now => clock.GetUtcNow().UtcDateTime;

    [LoggerMessage(Level = LogLevel.Error, Message = "The end of task {TaskId} could not be saved; recovery will do so")]
    private partial void LogTaskNotSaved(Exception error, string taskId);
}
