using KollaNet.ImageService.Imports;

namespace KollaNet.ImageService.Migration;

/// <summary>A copy to another store that somebody waits for.</summary>
internal sealed class MigrationJob(ImportJob copy) : TaskJob(copy.Task, copy.ImageId)
{
    private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends with the copy, and fails as it does.</summary>
    public Task Done => done.Task;

    public override string Progress => copy.Progress;

    public override async Task RunAsync(CancellationToken cancel)
    {
        try
        {
            await copy.RunAsync(cancel);
            done.SetResult();
        }
        catch (Exception failure)
        {
            done.SetException(failure);
            throw;
        }
    }
}
