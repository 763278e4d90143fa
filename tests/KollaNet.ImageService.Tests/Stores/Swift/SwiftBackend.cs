using System.Net;
using KollaNet.ImageService.Stores.Swift;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Stores.Swift;

/// <summary>A container of a test's own on a real Swift, seen past the store under test.</summary>
internal sealed class SwiftBackend(SwiftServer server) : IAsyncDisposable
{
    private readonly HttpClient http = new();

    /// <summary>Its name; it is not made yet.</summary>
    public string Container { get; } = $"images-{Guid.NewGuid():N}";

    public SwiftServer Server => server;

    /// <summary>The account's administrator, by tempauth.</summary>
    public SwiftReference Reference => new(server.AuthUrl, 1, server.User, server.Key);

    /// <summary>A store over this container, that makes it.</summary>
    public SwiftStoreOptions Options => new()
    {
        References = System.Collections.Immutable.ImmutableSortedDictionary<string, SwiftReference>.Empty.Add("ref1", Reference),
        Container = Container,
        CreateContainerOnPut = true,
    };

    /// <summary>Names in the container; none when it does not exist.</summary>
    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancel)
    {
        using HttpResponseMessage answer = await AskAsync(HttpMethod.Get, "", cancel);
        return answer.StatusCode == HttpStatusCode.NotFound ? [] : (await answer.Content.ReadAsStringAsync(cancel)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Asks Swift itself.</summary>
    /// <param name="path">What follows the container's name: <c>/object?query</c>, or nothing.</param>
    public async Task<HttpResponseMessage> AskAsync(HttpMethod method, string path, CancellationToken cancel, HttpContent? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, $"{server.StorageUrl}/{Container}{path}") { Content = body };
        request.Headers.Add("X-Auth-Token", await TokenAsync(cancel));
        foreach ((string name, string value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await http.SendAsync(request, cancel);
    }

    /// <summary>A token of the account's administrator.</summary>
    public async Task<string> TokenAsync(CancellationToken cancel)
    {
        using var login = new HttpRequestMessage(HttpMethod.Get, server.AuthUrl) { Headers = { { "X-Auth-User", server.User }, { "X-Auth-Key", server.Key } } };
        using HttpResponseMessage welcome = await http.SendAsync(login, cancel);
        return welcome.Headers.GetValues("X-Auth-Token").First();
    }

    public ValueTask DisposeAsync()
    {
        http.Dispose();
        return ValueTask.CompletedTask;   // What is in it goes with the server.
    }
}
