namespace KollaNet.ImageService.Metadata;

/// <summary>Answers equal questions together that come while as many of them are being answered as there are processors. No answer is older than its question: the read begins after the last of them came.</summary>
internal sealed class SharedReads<T>
{
    private static readonly int ReadsAtOnce = Environment.ProcessorCount;

    private readonly Lock gate = new();
    private readonly Dictionary<string, Asked> asked = [];

    /// <param name="read">Finds the answer. It has time limits of its own, as nobody's leaving ends it: others may wait for it.</param>
    public Task<T> ReadAsync(string question, Func<Task<T>> read, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return (Join(question, read) ?? ReadNowAsync(question, read)).WaitAsync(cancel);
    }

    /// <returns>Null: the caller reads.</returns>
    private Task<T>? Join(string question, Func<Task<T>> read)
    {
        lock (gate)
        {
            if (!asked.TryGetValue(question, out Asked? now)) asked.Add(question, now = new Asked());
            if (now.Running < ReadsAtOnce)
            {
                now.Running++;
                return null;
            }

            now.Waiting ??= new Waiting(read);
            return now.Waiting.Answer.Task;
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
            Asked now = asked[question];
            (next, now.Waiting) = (now.Waiting, null);
            if (next is null && --now.Running == 0) asked.Remove(question);
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

    private sealed class Asked
    {
        public int Running { get; set; }

        /// <summary>Those who share the next read; null when nobody waits.</summary>
        public Waiting? Waiting { get; set; }
    }

    private sealed class Waiting(Func<Task<T>> read)
    {
        public Func<Task<T>> Read => read;

        public TaskCompletionSource<T> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
