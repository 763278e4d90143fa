using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace KollaNet.Engine.Containers.Docker;

/// <summary>One call to the engine.</summary>
/// <param name="Path">Below the version: <c>/containers/json?all=1</c>.</param>
/// <param name="What">What did not happen if it fails, as a sentence.</param>
internal sealed record DockerCall(HttpMethod Method, string Path, string What)
{
    public HttpContent? Body { get; init; }

    /// <summary>Statuses besides 2xx that are answers and not failures.</summary>
    public ImmutableArray<HttpStatusCode> Accept { get; init; } = [];

    /// <summary>Waits for the engine's consent before it sends the body: without that, a refusal surfaces as a broken pipe.</summary>
    public bool IsUpload { get; init; }

    /// <summary>Credentials for a registry, base64url JSON.</summary>
    public string? RegistryAuth { get; init; }
}

/// <summary>Docker's HTTP API: version, errors, JSON. What differs per host is only how a connection is dialled.</summary>
/// <param name="place">Where the engine is, for messages: <c>/var/run/docker.sock on control01</c>.</param>
internal sealed class DockerApi(Func<CancellationToken, ValueTask<Stream>> dial, string place) : IDisposable
{
    /// <summary>Docker 20.10.</summary>
    private static readonly Version Oldest = new(1, 41);

    /// <summary>The newest API whose change log has been read for what we use; newer engines are asked to speak this one.</summary>
    private static readonly Version Newest = new(1, 52);

    private readonly HttpClient http = new(new SocketsHttpHandler
    {
        ConnectCallback = (_, cancel) => dial(cancel),
        UseProxy = false,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
    })
    {
        BaseAddress = new Uri("http://docker/"),
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private string? prefix;

    public string Place => place;

    /// <summary>A connection of its own, for what takes over the stream.</summary>
    public async ValueTask<Stream> DialAsync(CancellationToken cancel)
    {
        try
        {
            return await dial(cancel);
        }
        catch (Exception failure) when (IsConnectionFailure(failure))
        {
            throw Unreachable(failure);
        }
    }

    /// <summary><c>/v1.41</c>: the newest version both sides know.</summary>
    public async Task<string> PrefixAsync(CancellationToken cancel)
    {
        if (prefix is not null) return prefix;
        using HttpResponseMessage response = await ExchangeAsync(new HttpRequestMessage(HttpMethod.Get, "/version"), cancel);
        VersionAnswer answer = await ReadAsync(response, DockerJson.Default.VersionAnswer, "The engine's version could not be read.", cancel);
        return prefix = $"/v{Negotiate(answer)}";
    }

    /// <summary>Sends one call. The body of the answer has not been read yet.</summary>
    /// <exception cref="EngineException">The engine refused; holds its own message.</exception>
    public async Task<HttpResponseMessage> SendAsync(DockerCall call, CancellationToken cancel)
    {
        HttpRequestMessage request = new(call.Method, await PrefixAsync(cancel) + call.Path) { Content = call.Body };
        if (call.IsUpload) request.Headers.ExpectContinue = true;
        if (call.RegistryAuth is not null) request.Headers.Add("X-Registry-Auth", call.RegistryAuth);
        HttpResponseMessage response = await ExchangeAsync(request, cancel);
        if (response.IsSuccessStatusCode || call.Accept.Contains(response.StatusCode)) return response;
        using (response)
        {
            string why = await RefusalAsync(response, cancel);
            throw new EngineException(call.What, why, MountFailures.Next(why));
        }
    }

    /// <summary>Sends one call and reads its JSON answer; null when the engine answers 404 and the call accepts that.</summary>
    public async Task<T?> AskAsync<T>(DockerCall call, JsonTypeInfo<T> type, CancellationToken cancel) where T : class
    {
        using HttpResponseMessage response = await SendAsync(call, cancel);
        return response.StatusCode == HttpStatusCode.NotFound ? null : await ReadAsync(response, type, call.What, cancel);
    }

    /// <summary>Reads one object; null when there is none of that name.</summary>
    public Task<T?> FindAsync<T>(string path, string what, JsonTypeInfo<T> type, CancellationToken cancel) where T : class =>
        AskAsync(new DockerCall(HttpMethod.Get, path, what) { Accept = [HttpStatusCode.NotFound] }, type, cancel);

    /// <summary>Sends a call for its effect alone.</summary>
    public async Task<HttpStatusCode> DoAsync(DockerCall call, CancellationToken cancel)
    {
        using HttpResponseMessage response = await SendAsync(call, cancel);
        return response.StatusCode;
    }

    /// <summary>Reads a stream of JSON objects as they come.</summary>
    public async IAsyncEnumerable<T> StreamAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        Stream body = await response.Content.ReadAsStreamAsync(cancel);
        await using IAsyncEnumerator<T?> messages = JsonSerializer.DeserializeAsyncEnumerable(body, type, topLevelValues: true, cancel).GetAsyncEnumerator(cancel);
        while (await GuardAsync(messages.MoveNextAsync().AsTask()))
        {
            if (messages.Current is { } message) yield return message;
        }
    }

    /// <summary>Awaits something that reads from the engine, and turns a broken connection into our own words.</summary>
    public async Task<T> GuardAsync<T>(Task<T> reading)
    {
        try
        {
            return await reading;
        }
        catch (Exception failure) when (IsConnectionFailure(failure))
        {
            throw new EngineUnreachableException($"The container engine at {place} went away in the middle of an answer.", InnermostMessage(failure), "kollanet bootstrap-servers starts it again; then run the same command again", failure);
        }
    }

    public static ByteArrayContent Json<T>(T value, JsonTypeInfo<T> type) =>
        new(JsonSerializer.SerializeToUtf8Bytes(value, type)) { Headers = { { "Content-Type", "application/json" } } };

    public void Dispose() => http.Dispose();

    private string Negotiate(VersionAnswer answer)
    {
        if (!System.Version.TryParse(answer.ApiVersion, out Version? theirs)) theirs = new Version(0, 0);
        if (!System.Version.TryParse(answer.MinApiVersion, out Version? theirOldest)) theirOldest = Oldest;
        Version chosen = theirs < Newest ? theirs : Newest;
        if (chosen >= Oldest && chosen >= theirOldest) return chosen.ToString(2);
        throw new EngineUnreachableException(
            $"The container engine at {place} speaks no API version this program knows.",
            $"it is version {answer.Version ?? "unknown"} with API {theirOldest} to {theirs}; known here are {Oldest} to {Newest}",
            theirs < Oldest ? "upgrade the engine to 20.10 or newer" : "upgrade kollanet")
        { SpeaksOtherVersion = true };
    }

    private async Task<HttpResponseMessage> ExchangeAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        }
        catch (HttpRequestException failure) when (failure.InnerException is KollaNetException reason)
        {
            throw new EngineUnreachableException($"No container engine answers at {place}.", reason.Message, reason.Next, failure);
        }
        catch (Exception failure) when (IsConnectionFailure(failure))
        {
            throw Unreachable(failure);
        }
    }

    private async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, string what, CancellationToken cancel)
    {
        try
        {
            await using Stream body = await response.Content.ReadAsStreamAsync(cancel);
            return await GuardAsync(JsonSerializer.DeserializeAsync(body, type, cancel).AsTask()) ?? throw new JsonException("the answer is null");
        }
        catch (JsonException failure)
        {
            throw new EngineException(what, $"the engine's answer to {response.RequestMessage?.RequestUri?.PathAndQuery} is not understood: {failure.Message}", null, failure);
        }
    }

    /// <summary>What the engine said when it refused.</summary>
    public async Task<string> RefusalAsync(HttpResponseMessage response, CancellationToken cancel) =>
        EngineMessage((int)response.StatusCode, await GuardAsync(response.Content.ReadAsStringAsync(cancel)));

    /// <summary>The engine's own sentence out of an error answer.</summary>
    public static string EngineMessage(int status, string body)
    {
        try
        {
            if (JsonSerializer.Deserialize(body, DockerJson.Default.ErrorAnswer)?.Message is { Length: > 0 } message) return message.Trim();
        }
        catch (JsonException)
        {
            // Not every refusal is JSON; then its text is what we have.
        }
        return $"the engine answered {status}: {body.Trim()}";
    }

    private EngineUnreachableException Unreachable(Exception failure)
    {
        bool mayNot = Innermost(failure) is SocketException { SocketErrorCode: SocketError.AccessDenied };
        return new($"No container engine answers at {place}.", InnermostMessage(failure),
            mayNot ? "run this as root, or as a member of the group docker" : "kollanet bootstrap-servers installs and starts one", failure);
    }

    private static bool IsConnectionFailure(Exception failure) => failure is HttpRequestException or IOException or SocketException;

    private static string InnermostMessage(Exception failure) => (failure, Innermost(failure)) switch
    {
        (HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded }, _) => "the connection was closed before an answer came",
        // How .NET words a missing socket file.
        (_, SocketException { SocketErrorCode: SocketError.AddressNotAvailable }) => "there is no such socket",
        (_, Exception reason) => reason.Message,
    };

    private static Exception Innermost(Exception failure) => failure.InnerException is { } inner ? Innermost(inner) : failure;
}
