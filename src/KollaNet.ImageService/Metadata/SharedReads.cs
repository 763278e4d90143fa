namespace KollaNet.ImageService.Metadata;

/// <summary>Answers equal questions together that come while an earlier one of them is being answered. No answer is older than its question: the read begins after the last of them came.</summary>
internal sealed class SharedReads<T>
{
    private readonly Lock gate = new();

    /// <summary>By question that is being answered: those that wait for the next answer; null when nobody does.</summary>
    private readonly Dictionary<string, Waiting?> running = [];

    /// <param name="read">Finds the answer. It has time limits of its own, as nobody's leaving ends it: others may wait for it.</param>
    public Task<T> ReadAsync(string question, Func<Task<T>> read, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return (Join(question, read) ?? ReadNowAsync(question, read)).WaitAsync(cancel);
    }

    /// <returns>Null: nobody asks this now, and the caller must read.</returns>
    private Task<T>? Join(string question, Func<Task<T>> read)
    {
        lock (gate)
        {
            if (running.TryAdd(question, null)) return null;
            Waiting waiting = running[question] ??= new Waiting(read);
            return waiting.Answer.Task;
        }
    }

    private async Task<T> ReadNowAsync(string question, Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        finally
        {
            PassOn(question);
        }
    }

    private void PassOn(string question)
    {
        Waiting? next;
        lock (gate)
        {
            next = running[question];
            if (next is null) running.Remove(question);
            else running[question] = null;
        }

        if (next is not null) _ = ReadForAsync(question, next);
    }

    private async Task ReadForAsync(string question, Waiting all)
    {
        try
        {
            all.Answer.SetResult(await ReadNowAsync(question, all.Read));
        }
        catch (Exception e)
        {
            all.Answer.SetException(e);
        }
    }

    private sealed class Waiting(Func<Task<T>> read)
    {
        public Func<Task<T>> Read => read;

        public TaskCompletionSource<T> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
