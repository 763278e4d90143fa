using KollaNet.ImageService.Identity;

namespace KollaNet.ImageService.Api;

/// <summary>A request that found its route.</summary>
/// <param name="Http">The exchange.</param>
/// <param name="Caller">Who asks.</param>
/// <param name="Route">The line of the route table.</param>
/// <param name="Arguments">The path's variable segments, decoded, in order.</param>
public sealed record ApiRequest(HttpContext Http, Caller Caller, Route Route, string[] Arguments)
{
    /// <summary>The first variable segment of image routes.</summary>
    public string ImageId => Arguments[0];

    /// <summary>Ends when the client is gone.</summary>
    public CancellationToken Cancel => Http.RequestAborted;

    /// <summary>A request header; null when absent.</summary>
    public string? Header(string name) => Http.Request.Headers.TryGetValue(name, out Microsoft.Extensions.Primitives.StringValues values) ? values.ToString() : null;

    /// <summary>Sends a JSON document.</summary>
    public async Task JsonAsync(int status, PythonJsonWriter json)
    {
        HttpResponse response = Http.Response;
        response.StatusCode = status;
        response.ContentType = "application/json";
        response.ContentLength = json.Written.Length;
        await response.BodyWriter.WriteAsync(json.Written, Cancel);
    }

    /// <summary>Sends 204 or 202 as Glance does, but for the <c>Content-Length: 0</c>, which HTTP forbids on a 204 and the server leaves out.</summary>
    public Task EmptyAsync(int status)
    {
        Http.Response.StatusCode = status;
        Http.Response.ContentType = "text/html; charset=UTF-8";
        return Task.CompletedTask;
    }
}
