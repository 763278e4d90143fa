using KollaNet.ImageService.Imports;
using KollaNet.ImageService.Tests.Metadata;
using Microsoft.Extensions.Logging.Abstractions;

namespace KollaNet.ImageService.Tests.Imports;

/// <summary>How accepted work is run and ended, with tasks in a real database file.</summary>
public sealed class TaskRunnerTests : IAsyncLifetime
{
    private ScratchDatabase scratch = null!;
    private readonly ManualClock clock = new(SampleImages.Noon);
    private readonly CancellationTokenSource drain = new();
    private TaskRunner runner = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        scratch = await ScratchDatabase.StartAsync();
        runner = new TaskRunner(scratch.Database.Tasks, workers: 2, TimeSpan.FromHours(48), clock, NullLogger<TaskRunner>.Instance, drain.Token);
        await runner.StartAsync(Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await drain.CancelAsync();
        await runner.StopAsync(CancellationToken.None);
        runner.Dispose();
        drain.Dispose();
        await scratch.DisposeAsync();
    }

    [Fact]
    public async Task A_stopping_service_lets_running_and_waiting_work_end()
    {
        Work[] all = [await StartAsync(), await StartAsync(), await StartAsync()];
        await Task.WhenAll(all[0].Begun, all[1].Begun);
        all[2].Begun.IsCompleted.Should().BeFalse("two run at a time");

        Task stopped = runner.StopAsync(Cancel);
        stopped.IsCompleted.Should().BeFalse();
        foreach (Work work in all) work.GoOn();
        await stopped;

        foreach (Work work in all)
        {
            ImageTask ended = await FoundAsync(work);
            (ended.Status, ended.Message, ended.ExpiresAt).Should().Be((ImageTaskStatus.Success, "half", SampleImages.Noon.AddHours(48)));
            ended.Result.Should().Be($$"""{"image_id": "{{work.ImageId}}"}""");
        }
    }

    [Fact]
    public async Task Work_that_takes_too_long_is_cut_off()
    {
        Work work = await StartAsync();
        await work.Begun;
        Task stopped = runner.StopAsync(Cancel);
        await drain.CancelAsync();
        await stopped;
        ImageTask ended = await FoundAsync(work);
        (ended.Status, ended.Message).Should().Be((ImageTaskStatus.Failure, "Task failed due to Internal Error: the service was stopped"));
    }

    [Fact]
    public async Task Work_that_comes_after_the_stop_is_still_done()
    {
        await runner.StopAsync(Cancel);
        Work work = New();
        work.GoOn();
        await scratch.Database.Tasks.AddAsync(work.Task, Cancel);
        await runner.StartAsync(work);
        (await FoundAsync(work)).Status.Should().Be(ImageTaskStatus.Failure, "nobody waits for it any more, but it is not left pending");
    }

    private async Task<Work> StartAsync()
    {
        Work work = New();
        await scratch.Database.Tasks.AddAsync(work.Task, Cancel);
        await runner.StartAsync(work);
        return work;
    }

    private async Task<ImageTask> FoundAsync(Work work) => (await scratch.Database.Tasks.FindAsync(work.Task.Id, SampleImages.Admin, Cancel))!;

    private static Work New() => new(new ImageTask
    {
        Id = Guid.NewGuid().ToString(),
        Type = "api_image_import",
        Status = ImageTaskStatus.Pending,
        Owner = "p1",
        CreatedAt = SampleImages.Noon,
        UpdatedAt = SampleImages.Noon,
    });

    private sealed class Work(ImageTask task) : TaskJob(task, Guid.NewGuid().ToString())
    {
        private readonly TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously), goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Begun => begun.Task;

        public override string Progress => "half";

        public void GoOn() => goOn.TrySetResult();

        public override async Task RunAsync(CancellationToken cancel)
        {
            begun.TrySetResult();
            cancel.ThrowIfCancellationRequested();
            await goOn.Task.WaitAsync(cancel);
        }
    }
}
