using System.Collections.Immutable;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Polly;
using Polly.Retry;

namespace KollaNet.ImageService.Stores.Swift;

/// <summary>The few verbs of Swift's API that images need, in one account. Renews its token, and repeats what failed of something that passes. Source: Object
/// Storage API v1.</summary>
internal sealed class SwiftClient(HttpClient http, ISwiftSession session, TimeSpan patience)
{
    private const int PageSize = 1000;

    private static readonly ResiliencePipeline<Attempt> Retry = new ResiliencePipelineBuilder<Attempt>().AddRetry(new RetryStrategyOptions<Attempt>
    {
        ShouldHandle = arguments => ValueTask.FromResult(arguments.Outcome.Result is { MayRepeat: true }),
        MaxRetryAttempts = 4,
        BackoffType = DelayBackoffType.Exponential,
        Delay = TimeSpan.FromMilliseconds(300),
        UseJitter = true,
    }).Build();

    /// <summary>The url of the account.</summary>
    public async Task<string> StorageUrlAsync(CancellationToken cancel) => (await RepeatAsync(() => GetAccessAttemptAsync(cancel), cancel)).Access!.StorageUrl;

    /// <summary>Asks, and hands over whatever Swift answers that is not worth another try.</summary>
    /// <exception cref="StoreUnreachableException">Nobody answers, or nothing goes on.</exception>
    public async Task<HttpResponseMessage> SendAsync(SwiftRequest request, CancellationToken cancel)
    {
        Attempt last = await RepeatAsync(() => TryAsync(request, cancel), cancel);
        return last.Answer!;
    }

    /// <returns>False: there was no such object.</returns>
    public async Task<bool> DeleteAsync(string path, CancellationToken cancel)
    {
        using HttpResponseMessage answer = await SendAsync(new SwiftRequest(HttpMethod.Delete, path), cancel);
        if (answer.StatusCode == HttpStatusCode.NotFound) return false;
        SwiftFailures.ThrowUnlessSuccess(answer, $"delete {path}");
        return true;
    }

    /// <summary>Objects of a container whose names begin like this, in order. None also when there is no such container.</summary>
    public IAsyncEnumerable<SwiftObject> ListAsync(string container, string prefix, CancellationToken cancel) =>
        ListPagesAsync(SwiftPath.Of(container), prefix, entry => new SwiftObject(entry.GetProperty("name").GetString()!, entry.GetProperty("bytes").GetInt64()), found => found.Name, cancel);

    /// <summary>Containers of the account whose names begin like this, in order.</summary>
    public IAsyncEnumerable<string> ListContainersAsync(string prefix, CancellationToken cancel) =>
        ListPagesAsync("", prefix, entry => entry.GetProperty("name").GetString()!, name => name, cancel);

    private async IAsyncEnumerable<T> ListPagesAsync<T>(string path, string prefix, Func<JsonElement, T> read, Func<T, string> nameOf, [EnumeratorCancellation] CancellationToken cancel)
    {
        ImmutableArray<T> page;
        string marker = "";
        do
        {
            page = await ListPageAsync($"{path}?format=json&limit={PageSize}&prefix={Uri.EscapeDataString(prefix)}&marker={Uri.EscapeDataString(marker)}", read, cancel);
            foreach (T found in page) yield return found;
            if (page.Length > 0) marker = nameOf(page[^1]);
        }
        while (page.Length == PageSize);
    }

    private async Task<ImmutableArray<T>> ListPageAsync<T>(string path, Func<JsonElement, T> read, CancellationToken cancel)
    {
        using HttpResponseMessage answer = await SendAsync(new SwiftRequest(HttpMethod.Get, path), cancel);
        if (answer.StatusCode == HttpStatusCode.NotFound) return [];
        SwiftFailures.ThrowUnlessSuccess(answer, "list a container");
        if (answer.StatusCode == HttpStatusCode.NoContent) return [];
        using JsonDocument document = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(cancel));
        return [.. document.RootElement.EnumerateArray().Where(entry => entry.TryGetProperty("name", out _)).Select(read)];
    }

    private static async Task<Attempt> RepeatAsync(Func<Task<Attempt>> attempt, CancellationToken cancel)
    {
        Attempt last = await Retry.ExecuteAsync(async _ => await attempt(), cancel);
        if (last.Failure is { } failure) throw failure;
        return last;
    }

    private async Task<Attempt> GetAccessAttemptAsync(CancellationToken cancel)
    {
        using var waiting = new Patience(patience, cancel);
        try
        {
            waiting.Begin();
            return new Attempt { Access = await session.GetAsync(null, waiting.Token) };
        }
        catch (Exception e) when (Explain(e, waiting, "the authentication service") is { } failure)
        {
            return new Attempt { Failure = failure, MayRepeat = true };
        }
    }

    private async Task<Attempt> TryAsync(SwiftRequest request, CancellationToken cancel)
    {
        string where = "the authentication service";
        using var waiting = new Patience(patience, cancel);
        try
        {
            waiting.Begin();
            SwiftAccess access = await session.GetAsync(null, waiting.Token);
            where = access.StorageUrl;
            HttpResponseMessage answer = await SendOnceAsync(request, access, waiting);
            if (answer.StatusCode == HttpStatusCode.Unauthorized && request.MayRepeat)
            {
                answer.Dispose();
                access = await session.GetAsync(access, waiting.Token);
                answer = await SendOnceAsync(request, access, waiting);
            }

            return new Attempt { Answer = answer, MayRepeat = IsPassing(answer.StatusCode) && request.MayRepeat };
        }
        catch (Exception e) when (Explain(e, waiting, where) is { } failure)
        {
            request.Body?.ThrowIfSourceFailed();
            return new Attempt { Failure = failure, MayRepeat = request.MayRepeat };
        }
        catch
        {
            request.Body?.ThrowIfSourceFailed();
            throw;
        }
    }

    private async Task<HttpResponseMessage> SendOnceAsync(SwiftRequest request, SwiftAccess access, Patience waiting)
    {
        using var message = new HttpRequestMessage(request.Method, request.Path.StartsWith('?') ? $"{access.StorageUrl}{request.Path}" : $"{access.StorageUrl}/{request.Path}");
        message.Headers.TryAddWithoutValidation("X-Auth-Token", access.Token);
        message.Headers.Range = request.Range;
        foreach ((string name, string value) in request.Headers) message.Headers.TryAddWithoutValidation(name, value);
        if (request.Body is { } body)
        {
            // Refusals come before the first byte, so that another try is possible without keeping any.
            message.Headers.ExpectContinue = true;
            message.Content = new SegmentContent(body, waiting);
            message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        }
        else if (request.Method == HttpMethod.Put || request.Method == HttpMethod.Post)
        {
            message.Content = new ByteArrayContent([]);
        }

        return await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, waiting.Token);
    }

    private static bool IsPassing(HttpStatusCode status) =>
        status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or HttpStatusCode.UnprocessableEntity or (>= HttpStatusCode.InternalServerError and not (HttpStatusCode.NotImplemented or HttpStatusCode.InsufficientStorage));

    private static StoreUnreachableException? Explain(Exception failure, Patience waiting, string where) => failure switch
    {
        HttpRequestException or IOException => new StoreUnreachableException(where, failure),
        OperationCanceledException when waiting.RanOut => new StoreUnreachableException(where, waiting.Explain(failure)),
        _ => null,
    };

    /// <summary>How one try ended.</summary>
    private sealed record Attempt : IDisposable
    {
        public SwiftAccess? Access { get; init; }

        public HttpResponseMessage? Answer { get; init; }

        public StoreUnreachableException? Failure { get; init; }

        public bool MayRepeat { get; init; }

        /// <summary>Called between tries only: the last answer goes to the caller.</summary>
        public void Dispose() => Answer?.Dispose();
    }
}

/// <summary>What Swift is asked.</summary>
/// <param name="Path">Below the account: container, object and query, escaped where needed.</param>
internal sealed record SwiftRequest(HttpMethod Method, string Path)
{
    public ImmutableArray<(string Name, string Value)> Headers { get; init; } = [];

    public RangeHeaderValue? Range { get; init; }

    /// <summary>Bytes to store; null for none.</summary>
    public Segment? Body { get; init; }

    public bool MayRepeat => Body?.MayRepeat ?? true;
}

/// <summary>An object as a container lists it.</summary>
internal sealed record SwiftObject(string Name, long SizeBytes);
