using System.Collections.Frozen;
using System.Net.Http.Headers;
using System.Text;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Imports;

namespace KollaNet.ImageService.Api;

/// <summary>Sends requests about staged data on to the worker that has it, as the client sent them. Source: image-api reference 2.6, 2.11.</summary>
/// <param name="staging">Null when no enabled method needs it.</param>
public sealed class StageForwarding(GlanceOptions options, ImageStaging? staging) : IDisposable
{
    /// <summary>Says that a worker has sent this on already: it is answered here, whatever the image says, so that no request goes in circles.</summary>
    private const string Marker = "X-Kollanet-Forwarded-By";

    private const int LargestAnswer = 1 << 20;

    // Source: RFC 9110 7.6.1, and what belongs to one connection or is made anew.
    private static readonly FrozenSet<string> NotPassedOn = new[]
    {
        "Host", "Connection", "Keep-Alive", "Transfer-Encoding", "TE", "Trailer", "Upgrade", "Proxy-Connection", "Proxy-Authorization", "Content-Length", "Expect", RequestIds.Header,
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private readonly HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(10) })
    {
        Timeout = Timeout.InfiniteTimeSpan,
        MaxResponseContentBufferSize = LargestAnswer,
    };

    /// <summary>How long the other worker may take.</summary>
    internal TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Where the image's staged data is, when that is not here.</summary>
    /// <returns>Null: it is here, or nobody knows where.</returns>
    public async Task<string?> FindHostAsync(Image image, CancellationToken cancel)
    {
        string? host = image.Properties.GetValueOrDefault(ImportProperties.StageHost)?.TrimEnd('/');
        bool elsewhere = host is not null && host != options.WorkerSelfReferenceUrl;
        return elsewhere && !await IsHereAsync(image.Id, cancel) ? host : null;
    }

    /// <summary>Whether an image's staged data is in this worker's staging folder.</summary>
    public async Task<bool> IsHereAsync(string imageId, CancellationToken cancel) => staging is not null && await staging.HasAsync(imageId, cancel);

    /// <summary>Answers a request with what another worker answers to it.</summary>
    /// <param name="body">JSON; null for none.</param>
    /// <exception cref="ApiException">502 the worker cannot be reached, or the request was sent on before; 504 it does not answer.</exception>
    public async Task ForwardAsync(ApiRequest request, string host, string? body)
    {
        if (request.Header(Marker) is { } sender) throw Failed(502, host, $"{sender} sent the request here, where the data is not either");
        using HttpRequestMessage message = Copy(request, host, body);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(request.Cancel);
        patience.CancelAfter(Patience);
        HttpResponseMessage answer;
        byte[] content;
        try
        {
            answer = await http.SendAsync(message, patience.Token);
            content = await answer.Content.ReadAsByteArrayAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!request.Cancel.IsCancellationRequested)
        {
            throw Failed(504, host, "it does not answer");
        }
        catch (HttpRequestException e)
        {
            throw Failed(502, host, e.Message);
        }

        using (answer) await AnswerAsync(request, answer, content);
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private HttpRequestMessage Copy(ApiRequest request, string host, string? body)
    {
        HttpRequest from = request.Http.Request;
        if (!Uri.TryCreate(host + RequestPath.Raw(request.Http) + from.QueryString.Value, UriKind.Absolute, out Uri? target) || target.Scheme is not ("http" or "https"))
            throw Failed(502, host, "that is no address");
        var message = new HttpRequestMessage(new HttpMethod(from.Method), target) { Content = body is null ? null : new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        foreach ((string name, Microsoft.Extensions.Primitives.StringValues values) in from.Headers)
        {
            if (NotPassedOn.Contains(name)) continue;
            if (!message.Headers.TryAddWithoutValidation(name, values.ToArray())) message.Content?.Headers.TryAddWithoutValidation(name, values.ToArray());
        }

        message.Headers.TryAddWithoutValidation(RequestIds.Header, request.Http.Response.Headers[RequestIds.Header].ToString());
        message.Headers.TryAddWithoutValidation(Marker, options.WorkerSelfReferenceUrl ?? Environment.MachineName);
        return message;
    }

    private static async Task AnswerAsync(ApiRequest request, HttpResponseMessage answer, byte[] content)
    {
        HttpResponse response = request.Http.Response;
        response.StatusCode = (int)answer.StatusCode;
        if (answer.Content.Headers.ContentType is { } type) response.ContentType = type.ToString();
        foreach (AuthenticationHeaderValue challenge in answer.Headers.WwwAuthenticate) response.Headers.Append("WWW-Authenticate", challenge.ToString());
        if (answer.StatusCode == System.Net.HttpStatusCode.NoContent) return;
        response.ContentLength = content.Length;
        await response.BodyWriter.WriteAsync(content, request.Cancel);
    }

    private static ApiException Failed(int status, string host, string why) => new(status, $"The staged data of this image is with {host}: {why}.");
}
