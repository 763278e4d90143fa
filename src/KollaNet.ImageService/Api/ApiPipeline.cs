using System.Diagnostics;
using KollaNet.ImageService.Hosting.Logging;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Monitoring;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Api;

/// <summary>What happens to every request, in order: metrics and health, CORS, version negotiation, authentication, request id, route, body rule, handler, errors.
/// Source: image-api reference 1.</summary>
/// <param name="outside">What is answered without asking who asks.</param>
/// <param name="drain">Ends uploads that still run when the service has to stop, in time for them to be undone.</param>
public sealed partial class ApiPipeline(
    Router router, ApiVersions versions, RequestOrigin origin, OpenPaths outside, IAuthentication authentication, int maxRequestIdLength, ServiceMetrics metrics, ILogger<ApiPipeline> log, CancellationToken drain)
{
    private const string VersionedMediaType = "application/vnd.openstack.images-v";

    /// <summary>Answers one request.</summary>
    public async Task HandleAsync(HttpContext http)
    {
        long started = Stopwatch.GetTimestamp();
        string path = RequestPath.Raw(http);
        var seen = new Seen();
        try
        {
            if (await outside.AnswerAsync(http, path)) return;
            string[]? segments = await NegotiateAsync(http, path);
            if (segments is null) return;
            Caller caller = await authentication.AuthenticateAsync(http, http.RequestAborted);
            string requestId = RequestIds.Of(http, maxRequestIdLength);
            http.Response.Headers[RequestIds.Header] = requestId;
            RequestScope.Current = new RequestScope(requestId, caller.UserId, caller.ProjectId);
            await RouteAsync(http, segments, caller, seen);
        }
        catch (Exception e) when (http.RequestAborted.IsCancellationRequested && e is OperationCanceledException or IOException or BadHttpRequestException)
        {
            LogGone(http.Request.Method, path);
        }
        catch (Exception e)
        {
            await FailAsync(http, path, e);
        }
        finally
        {
            TimeSpan duration = Stopwatch.GetElapsedTime(started);
            metrics.Answered(seen.Route?.Path ?? OpenPaths.Label(path), http.Request.Method, http.Response.StatusCode, duration);
            LogRequest(http.Request.Method, path, http.Response.StatusCode, http.Response.ContentLength ?? 0, duration.TotalMilliseconds, RequestScope.Current?.UserId ?? "-", RequestScope.Current?.ProjectId ?? "-", origin.Client(http));
        }
    }

    /// <returns>The segments of a path below <c>/v2</c>; null when a version document was the answer.</returns>
    private async Task<string[]?> NegotiateAsync(HttpContext http, string path)
    {
        string[] segments = RequestPath.Segments(path);
        string accept = http.Request.Headers.Accept.ToString();
        bool asksForVersions = segments[0] == "versions";
        if (!asksForVersions && accept.StartsWith(VersionedMediaType, StringComparison.Ordinal) && versions.Accepts(accept[(VersionedMediaType.Length - 1)..])) return ["v2", .. segments];
        if (versions.Accepts(segments[0]))
        {
            segments[0] = "v2";
            return segments;
        }

        using var json = new PythonJsonWriter(asciiOnly: true);
        versions.Write(json, origin.BaseUrl(http));
        http.Response.StatusCode = asksForVersions ? StatusCodes.Status200OK : StatusCodes.Status300MultipleChoices;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = json.Written.Length;
        if (!HttpMethods.IsHead(http.Request.Method)) await http.Response.Body.WriteAsync(json.Written, http.RequestAborted);
        return null;
    }

    private async Task RouteAsync(HttpContext http, string[] segments, Caller caller, Seen seen)
    {
        if (segments.Length == 1)
        {
            http.Response.StatusCode = StatusCodes.Status302Found;
            http.Response.Headers.Location = $"{origin.HostUrl(http)}{origin.Prefix(http)}/v2/";
            return;
        }

        Route? route = router.Find(http.Request.Method, segments, out string[] arguments, out string? allow);
        if (route is null)
        {
            http.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            http.Response.Headers.Allow = allow;
            http.Response.ContentType = "text/html";
            http.Response.ContentLength = 0;
            return;
        }

        seen.Route = route;
        if (route.Body == BodyRule.Refused && HasBody(http.Request)) throw ApiException.Malformed("A body is not expected with this request.");
        if (caller.IsReadOnly && route.Method != "GET") throw new ApiException(StatusCodes.Status403Forbidden, "Anonymous callers may only read.");
        using CancellationTokenRegistration draining = route.Body == BodyRule.Stream ? drain.Register(http.Abort) : default;
        bool isUpload = route.Body == BodyRule.Stream;
        if (isUpload) metrics.Uploads(1);
        try
        {
            await route.Handler(new ApiRequest(http, caller, route, arguments));
        }
        finally
        {
            if (isUpload) metrics.Uploads(-1);
        }
    }

    private static bool HasBody(HttpRequest request)
    {
        if (request.ContentLength is { } length) return length > 0;
        return request.Method is "POST" or "PUT" or "PATCH" && request.Headers.TransferEncoding.Count > 0;
    }

    private async Task FailAsync(HttpContext http, string path, Exception failure)
    {
        ApiException? error = ApiErrors.For(failure);
        if (error is null) LogFailure(failure, http.Request.Method, path);
        else if (failure is StoreException) LogStore(http.Request.Method, path, failure.Message);
        if (http.Response.HasStarted)
        {
            // Half an image must not look like a whole one.
            http.Abort();
            return;
        }

        error ??= new ApiException(StatusCodes.Status500InternalServerError);
        string requestId = http.Response.Headers[RequestIds.Header].ToString();
        http.Response.Clear();
        if (requestId.Length > 0) http.Response.Headers[RequestIds.Header] = requestId;
        foreach ((string name, string value) in error.Headers) http.Response.Headers[name] = value;
        (string mediaType, byte[] body) = ErrorBody.For(http.Request.Headers.Accept.ToString(), error, http.Request.ContentType);
        http.Response.StatusCode = error.Status;
        http.Response.ContentType = mediaType;
        http.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(http.Request.Method)) await http.Response.Body.WriteAsync(body, CancellationToken.None);
    }

    [LoggerMessage(LogLevel.Information, "{Method} {Path} status={Status} bytes={Bytes} ms={Milliseconds:0.0} user={User} project={Project} client={Client}")]
    private partial void LogRequest(string method, string path, int status, long bytes, double milliseconds, string user, string project, string client);

    [LoggerMessage(LogLevel.Information, "{Method} {Path}: the client went away")]
    private partial void LogGone(string method, string path);

    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed")]
    private partial void LogFailure(Exception failure, string method, string path);

    [LoggerMessage(LogLevel.Warning, "{Method} {Path}: {Why}")]
    private partial void LogStore(string method, string path, string why);

    /// <summary>What becomes known of a request on its way.</summary>
    private sealed class Seen
    {
        public Route? Route { get; set; }
    }
}
