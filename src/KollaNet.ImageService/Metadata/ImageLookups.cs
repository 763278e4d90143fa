using KollaNet.ImageService.Images;

namespace KollaNet.ImageService.Metadata;

/// <summary>Finds images by id, whoever may see them. Questions that come while the database is busy with earlier ones are put together and answered by one
/// statement, which costs little more than one for a single image: so a second statement runs beside it only when it answers many, too. No answer is older than its question: the statement begins after the last of them came.</summary>
internal sealed class ImageLookups(Transactions transactions)
{
    private const int MostTogether = 32, StatementsAtOnce = 2, EnoughForAnother = 8;

    private readonly Lock gate = new();
    private readonly Queue<Question> waiting = new();   // Empty while no statement runs.
    private int running;

    /// <returns>Null: there is none, or it is deleted.</returns>
    public async Task<Image?> FindAsync(string id, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        Question question = new(id);
        // From here on others may depend on this one to ask for them, so its client's leaving ends nothing; statements have a time limit of their own.
        Question[]? together = Begin(question) ?? await question.Turn.Task;
        if (together is not null) await AskAsync(together, question);
        return question.Image;
    }

    /// <returns>The questions to ask at once, which this one is among; null when it has to wait for its turn.</returns>
    private Question[]? Begin(Question question)
    {
        lock (gate)
        {
            waiting.Enqueue(question);
            return MayRun() ? Next() : null;
        }
    }

    private bool MayRun() => waiting.Count > 0 && (running == 0 || (running < StatementsAtOnce && waiting.Count >= EnoughForAnother));

    private Question[] Next()
    {
        running++;
        var next = new Question[Math.Min(waiting.Count, MostTogether)];
        for (int i = 0; i < next.Length; i++) next[i] = waiting.Dequeue();
        return next;
    }

    /// <param name="own">The one whose asker runs this.</param>
    private async Task AskAsync(Question[] together, Question own)
    {
        try
        {
            Dictionary<string, Image> found = await ReadAsync([.. together.Select(question => question.Id).Distinct(StringComparer.OrdinalIgnoreCase)]);
            foreach (Question question in together) question.Image = found.GetValueOrDefault(question.Id);
            PassOn();
            foreach (Question question in together.Where(question => question != own)) question.Turn.SetResult(null);
        }
        catch (Exception e)
        {
            PassOn();
            foreach (Question question in together.Where(question => question != own)) question.Turn.SetException(e);
            throw;
        }
    }

    /// <summary>What waits is next, and the first of them asks for all.</summary>
    private void PassOn()
    {
        lock (gate)
        {
            running--;
            if (!MayRun()) return;
            Question[] next = Next();
            next[0].Turn.SetResult(next);
        }
    }

    private Task<Dictionary<string, Image>> ReadAsync(string[] ids) =>
        transactions.ReadAsync(async session =>
        {
            ImageRows rows = new(session);
            await session.ReadAsync(ImageRows.Whole(ids, session.Dialect), rows.Take, CancellationToken.None);
            return rows.Finish().ToDictionary(image => image.Id, StringComparer.OrdinalIgnoreCase);
        }, CancellationToken.None);

    /// <summary>One caller's question.</summary>
    private sealed class Question(string id)
    {
        public string Id => id;

        /// <summary>Once its turn has come and no questions are in it: the answer, null for none.</summary>
        public Image? Image { get; set; }

        /// <summary>The questions to ask, of which this is the first; null when it has been answered.</summary>
        public TaskCompletionSource<Question[]?> Turn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
