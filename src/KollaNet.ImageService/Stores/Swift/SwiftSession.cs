namespace KollaNet.ImageService.Stores.Swift;

/// <summary>A login: where an account is, and what lets us in.</summary>
/// <param name="StorageUrl">The account, without a slash at the end.</param>
/// <param name="ExpiresAt">When the token ends; null when nobody said.</param>
internal sealed record SwiftAccess(string StorageUrl, string Token, DateTimeOffset? ExpiresAt);

/// <summary>Gets tokens for one account.</summary>
internal interface ISwiftSession
{
    /// <param name="refused">The access that Swift just answered 401 to, so that it is not given out again; null at first.</param>
    /// <exception cref="StoreForbidsWritingException">We are not let in.</exception>
    /// <exception cref="HttpRequestException">Nobody answers.</exception>
    Task<SwiftAccess> GetAsync(SwiftAccess? refused, CancellationToken cancel);
}

/// <summary>Keeps an access until it is refused or about to expire. However many requests need a new one, one of them gets it.</summary>
internal sealed class RenewingSession(Func<CancellationToken, Task<SwiftAccess>> login, TimeSpan expireSoon, TimeProvider time) : ISwiftSession, IDisposable
{
    private readonly SemaphoreSlim renewing = new(1);
    private SwiftAccess? current;

    public async Task<SwiftAccess> GetAsync(SwiftAccess? refused, CancellationToken cancel)
    {
        if (IsUsable(current, refused)) return current!;
        await renewing.WaitAsync(cancel);
        try
        {
            if (!IsUsable(current, refused)) current = await login(cancel);
            return current!;
        }
        finally
        {
            renewing.Release();
        }
    }

    public void Dispose() => renewing.Dispose();

    private bool IsUsable(SwiftAccess? access, SwiftAccess? refused) => access is not null && access.Token != refused?.Token && !(access.ExpiresAt - expireSoon <= time.GetUtcNow());
}

/// <summary>Another account of the same Swift, with the same token.</summary>
internal sealed class OtherAccountSession(ISwiftSession own, string storageUrl) : ISwiftSession
{
    /// <exception cref="StoreForbidsWritingException">The url points to another server: a token must not go there.</exception>
    public async Task<SwiftAccess> GetAsync(SwiftAccess? refused, CancellationToken cancel)
    {
        SwiftAccess access = await own.GetAsync(refused, cancel);
        if (new Uri(access.StorageUrl).Authority != new Uri(storageUrl).Authority)
            throw new StoreForbidsWritingException($"The image lies on {new Uri(storageUrl).Authority}, which is not this store's Swift.");
        return access with { StorageUrl = storageUrl };
    }
}
