using System.Collections.Concurrent;
using KollaNet.ImageService.Monitoring;

namespace KollaNet.ImageService.Identity;

/// <summary>Remembers good tokens for a while, never past their end, and lets one question be asked once however many requests wait for it.</summary>
/// <param name="keep">Option <c>token_cache_time</c>; zero or less remembers nothing.</param>
public sealed class TokenCache(TimeSpan keep, ServiceMetrics metrics, TimeProvider time)
{
    private const int AtMost = 10_000;
    private readonly ConcurrentDictionary<(string Token, bool AllowExpired), Lazy<Task<Entry>>> entries = new();

    /// <summary>The token, from memory or by asking.</summary>
    /// <returns>Null: not good.</returns>
    public async Task<KeystoneToken?> GetAsync(string token, bool allowExpired, Func<Task<KeystoneToken?>> ask)
    {
        (string, bool) key = (token, allowExpired);
        if (entries.TryGetValue(key, out Lazy<Task<Entry>>? known))
        {
            Entry entry = await known.Value;
            if (entry.Until > time.GetUtcNow())
            {
                metrics.TokenLookedUp(cached: true);
                return entry.Token;
            }

            entries.TryRemove(new(key, known));
        }

        metrics.TokenLookedUp(cached: false);
        if (entries.Count >= AtMost) Forget();
        Lazy<Task<Entry>> asked = entries.GetOrAdd(key, _ => new Lazy<Task<Entry>>(() => AskAsync(ask, allowExpired)));
        try
        {
            Entry entry = await asked.Value;
            if (entry.Until <= time.GetUtcNow()) entries.TryRemove(new(key, asked));
            return entry.Token;
        }
        catch
        {
            entries.TryRemove(new(key, asked));
            throw;
        }
    }

    private async Task<Entry> AskAsync(Func<Task<KeystoneToken?>> ask, bool allowExpired)
    {
        KeystoneToken? token = await ask();
        DateTimeOffset now = time.GetUtcNow();
        if (token is null || keep <= TimeSpan.Zero) return new Entry(token, now);
        DateTimeOffset until = now + keep;
        return new Entry(token, !allowExpired && token.ExpiresAt < until ? token.ExpiresAt : until);
    }

    private void Forget()
    {
        DateTimeOffset now = time.GetUtcNow();
        foreach ((var key, Lazy<Task<Entry>> entry) in entries)
        {
            if (entry.Value is { IsCompleted: true } done && (!done.IsCompletedSuccessfully || done.Result.Until <= now)) entries.TryRemove(new(key, entry));
        }

        if (entries.Count >= AtMost) entries.Clear();
    }

    private sealed record Entry(KeystoneToken? Token, DateTimeOffset Until);
}
