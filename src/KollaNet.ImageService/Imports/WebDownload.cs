using System.Net;
using System.Net.Sockets;

namespace KollaNet.ImageService.Imports;

/// <summary>Fetches what a uri points to, as a stream. Every redirect is checked as the uri itself was.</summary>
public sealed class WebDownload(UriFilter filter) : IDisposable
{
    private const int MostRedirects = 10;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = Patience, ConnectCallback = (context, cancel) => ConnectAsync(filter, context, cancel) })
    {
        Timeout = Timeout.InfiniteTimeSpan,   // Of the whole download; silence has its own limit.
    };

    /// <summary>Follows the uri and hands over the body.</summary>
    /// <param name="take">Gets the body and its length, null when the server does not say.</param>
    /// <param name="token">Sent to the uri's own server, not to where it redirects; null for none.</param>
    /// <exception cref="ImportFailedException">The server cannot be reached, refuses, redirects where it may not, or goes silent.</exception>
    public async Task FetchAsync(Uri uri, Func<Stream, long?, Task> take, CancellationToken cancel, string? token = null)
    {
        string trusted = uri.GetLeftPart(UriPartial.Authority);
        for (int redirects = 0; redirects <= MostRedirects; redirects++)
        {
            using HttpResponseMessage answer = await AskAsync(uri, uri.GetLeftPart(UriPartial.Authority) == trusted ? token : null, cancel);
            if (answer.StatusCode is HttpStatusCode.OK)
            {
                await using Stream body = await answer.Content.ReadAsStreamAsync(cancel);
                await using var patient = new PatientStream(body, Patience);
                await take(patient, answer.Content.Headers.ContentLength);
                return;
            }

            if (answer.Headers.Location is not { } next || (int)answer.StatusCode is < 300 or > 399)
                throw new ImportFailedException($"the server answered {(int)answer.StatusCode}");
            uri = await RedirectAsync(new Uri(uri, next), cancel);
        }

        throw new ImportFailedException("the server redirects without end");
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    /// <summary>Connects to an address that is allowed at this moment, whatever the name led to when it was checked. A proxy is the operator's choice.</summary>
    private static async ValueTask<Stream> ConnectAsync(UriFilter filter, SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        DnsEndPoint to = context.DnsEndPoint;
        bool isProxy = to.Host != context.InitialRequestMessage.RequestUri!.IdnHost;
        IPAddress[] addresses = isProxy ? await Dns.GetHostAddressesAsync(to.Host, cancel) : await filter.ResolveAllowedAsync(to.Host.TrimEnd('.'), cancel);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, to.Port, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<Uri> RedirectAsync(Uri next, CancellationToken cancel)
    {
        try
        {
            return await filter.CheckAsync(next.OriginalString.Contains("://", StringComparison.Ordinal) ? next.OriginalString : next.AbsoluteUri, cancel);
        }
        catch (ImportUriRefusedException e)
        {
            throw new ImportFailedException("the server redirects to where downloads may not go", e);
        }
    }

    private async Task<HttpResponseMessage> AskAsync(Uri uri, string? token, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        using var request = new HttpRequestMessage(HttpMethod.Get, uri);
        if (token is not null) request.Headers.TryAddWithoutValidation("X-Auth-Token", token);
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new ImportFailedException("the server does not answer", e);
        }
        catch (Exception e) when (e is HttpRequestException or ImportUriRefusedException)
        {
            throw new ImportFailedException("the server cannot be reached", e);
        }
    }
}
