using System.Collections.Concurrent;
using KollaNet.ImageService.Identity;

namespace KollaNet.ImageService.Stores.Swift;

/// <summary>The accounts a store has to do with: one per reference or login, which keep their tokens, and those of callers.</summary>
internal sealed class SwiftAccounts : IDisposable
{
    private readonly SwiftStoreOptions options;
    private readonly TimeProvider time;
    private readonly HttpClient http;
    private readonly SwiftLogin login;
    private readonly ConcurrentDictionary<SwiftReference, RenewingSession> sessions = [];

    public SwiftAccounts(SwiftStoreOptions options, TimeProvider time)
    {
        (this.options, this.time) = (options, time);
        http = new HttpClient(BackendHttp.Handler(options.IsInsecure, options.CaFile)) { Timeout = Timeout.InfiniteTimeSpan };
        login = new SwiftLogin(http, options);
    }

    /// <summary>The account that new images go to.</summary>
    /// <param name="caller">Whose account in multi-tenant mode; null for the reference's own.</param>
    public SwiftClient ForUpload(Caller? caller) => Client(SessionOf(caller));

    /// <summary>The account that a location is in; null when this store has no way into it.</summary>
    public SwiftClient? FindFor(SwiftLocation location, Caller? caller) => location switch
    {
        { Reference: { } name } => options.References.TryGetValue(name, out SwiftReference? reference) ? Client(SessionOf(reference)) : null,
        { Login: { } inUrl } => Client(SessionOf(inUrl)),
        { StorageUrl: { } url } => Client(new OtherAccountSession(SessionOf(caller), url)),
        _ => null,
    };

    public void Dispose()
    {
        http.Dispose();
        foreach (RenewingSession session in sessions.Values) session.Dispose();
    }

    private SwiftClient Client(ISwiftSession session) => new(http, session, options.Patience);

    private RenewingSession SessionOf(Caller? caller)
    {
        SwiftReference reference = options.References[options.DefaultReference];
        return caller?.Token is { } token && options.IsMultiTenant
            ? new RenewingSession(cancel => login.AsCallerAsync(reference, token, cancel), TimeSpan.Zero, time)
            : SessionOf(reference);
    }

    private RenewingSession SessionOf(SwiftReference reference) =>
        sessions.GetOrAdd(reference, known => new RenewingSession(cancel => login.AsAsync(known, cancel), options.ExpireSoon, time));
}
