using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using KollaNet.ImageService.Configuration;

namespace KollaNet.ImageService.Stores.Trials;

/// <summary>Tries a store with an object of its own, as an upload, a download and a deletion would use it: writes it, reads it back whole and in part, deletes it, and looks whether it is gone.</summary>
/// <param name="options">The store's section.</param>
/// <param name="limit">How long all of it may take.</param>
public sealed class StoreTrial(StoreOptions options, TimeSpan limit)
{
    private const int SizeBytes = 64 << 10, RangeOffset = 1000, RangeLength = 5000;

    /// <summary>A store that hangs may hang in the removal, too.</summary>
    private static readonly TimeSpan RemovalLimit = TimeSpan.FromSeconds(10);

    /// <summary>What it is at, for a store that does not answer.</summary>
    private volatile string doing = "opened";

    /// <summary>As in <c>enabled_backends</c>.</summary>
    public string StoreId => options.Id;

    /// <summary>An object was written, read and deleted.</summary>
    public bool Succeeded { get; private set; }

    /// <summary>What is wrong; null when nothing is.</summary>
    public StoreProblem? Problem { get; private set; }

    /// <summary>One line for a store in order; empty otherwise.</summary>
    public string Report { get; private set; } = "";

    /// <summary>Runs it to its end, or to the limit.</summary>
    /// <returns>Itself.</returns>
    public async Task<StoreTrial> RunAsync()
    {
        using var ends = new CancellationTokenSource(limit);
        // On a thread of its own: a call into a dead file system does not come back, whatever it was told.
        Task<StoreProblem?> work = Task.Factory.StartNew(() => TryAsync(ends.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
        try
        {
            Problem = await work.WaitAsync(limit + RemovalLimit + TimeSpan.FromSeconds(5));
        }
        catch (TimeoutException e)
        {
            Problem = ProblemOf(e);
        }

        return this;
    }

    private async Task<StoreProblem?> TryAsync(CancellationToken cancel)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            using IImageStore store = StoreCatalog.Open(options).Store;
            if (WhyUntried(store) is { } reason) Report = $"store {options.Id}: not tried; {reason}";
            else if (await UseAsync(store, cancel) is { } problem) return problem;
            else (Succeeded, Report) = (true, string.Create(CultureInfo.InvariantCulture, $"store {options.Id}: an object was written, read and deleted ({Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s)"));
            return null;
        }
        catch (ConfigurationInvalidException e)
        {
            return new StoreProblem(options.Id, "cannot be opened", string.Join("; ", e.Problems), "correct its section");
        }
        catch (Exception e) when (StoreAdvice.IsKnown(e) || (e is OperationCanceledException && cancel.IsCancellationRequested))
        {
            return ProblemOf(e);
        }
    }

    /// <summary>Null when it can be tried.</summary>
    private string? WhyUntried(IImageStore store) =>
        !store.Abilities.CanWrite ? "nothing can be written to it"
        : options.Swift is { IsMultiTenant: true } ? "with swift_store_multi_tenant each object is in its caller's account"
        : null;

    private async Task<StoreProblem?> UseAsync(IImageStore store, CancellationToken cancel)
    {
        string id = Guid.NewGuid().ToString();
        byte[] content = RandomNumberGenerator.GetBytes(SizeBytes);
        doing = "written";
        StoredImage stored = await store.WriteAsync(id, new MemoryStream(content), content.Length, cancel);
        bool gone = false;
        try
        {
            doing = "read";
            if (!await ReadsAsync(store, stored.Url, content, 0, null, cancel) || !await ReadsAsync(store, stored.Url, content, RangeOffset, RangeLength, cancel))
                return Wrong("an object was read back with other bytes than were written", "the backend or the way to it damages data", "put nothing there; look at the backend's own logs and checks");
            doing = "deleted";
            gone = await store.DeleteAsync(stored.Url, cancel);
            doing = "looked for";
            if (await IsThereAsync(store, stored.Url, cancel))
                return Wrong("an object is still there after it was deleted", $"{id} can still be read", "look at the backend's own logs; images could be deleted and their data would stay");
            return null;
        }
        finally
        {
            if (!gone) await RemoveAsync(store, stored.Url);
        }
    }

    private static async Task<bool> ReadsAsync(IImageStore store, string url, byte[] content, int offset, int? length, CancellationToken cancel)
    {
        await using Stream data = await store.OpenReadAsync(url, offset, length, cancel);
        using var copy = new MemoryStream();
        await data.CopyToAsync(copy, cancel);
        return copy.ToArray().AsSpan().SequenceEqual(content.AsSpan(offset, length ?? (content.Length - offset)));
    }

    private static async Task<bool> IsThereAsync(IImageStore store, string url, CancellationToken cancel)
    {
        try
        {
            await store.SizeAsync(url, cancel);
            return true;
        }
        catch (ImageDataMissingException)
        {
            return false;
        }
    }

    /// <summary>What failed before is what has to be told; the object stays where it cannot be removed, and <c>fsck</c> finds it.</summary>
    private static async Task RemoveAsync(IImageStore store, string url)
    {
        using var ends = new CancellationTokenSource(RemovalLimit);
        try
        {
            await store.DeleteAsync(url, ends.Token);
        }
        catch (Exception e) when (StoreAdvice.IsKnown(e) || e is OperationCanceledException)
        {
        }
    }

    private StoreProblem ProblemOf(Exception failure)
    {
        string what = $"an object could not be {doing}";
        if (failure is TimeoutException or OperationCanceledException)
            return Wrong(what, $"it did not end within {limit.TotalSeconds:0} s", $"see whether the backend answers, and how fast; {StoreAdvice.Unreachable(options)}");
        return Wrong(what, StoreAdvice.Why(failure), StoreAdvice.Next(options, failure));
    }

    private StoreProblem Wrong(string what, string why, string next) => new(options.Id, what, why, next);
}
