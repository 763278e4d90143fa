namespace KollaNet.ImageService.Images;

/// <summary>What a hosted service does at start and then on a timer.</summary>
internal static class RepeatedWork
{
    /// <summary>Goes on until <paramref name="cancel"/>. A round that fails, for example because a database or a store is away, ends itself and not the service.</summary>
    /// <param name="failed">Logs why a round ended.</param>
    public static async Task RunAsync(TimeSpan every, TimeProvider clock, Func<CancellationToken, Task> round, Action<Exception> failed, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(every, clock);
        do
        {
            try
            {
                await round(cancel);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                failed(e);
            }
        }
        while (await timer.WaitForNextTickAsync(cancel));
    }
}
