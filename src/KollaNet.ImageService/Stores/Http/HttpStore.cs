using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using KollaNet.ImageService.Configuration;

namespace KollaNet.ImageService.Stores.Http;

/// <summary>Images that lie on web servers: read only, known by their locations. Source: image-api reference 8, http.</summary>
public sealed class HttpStore : IImageStore
{
    private const int MostRedirects = 5;
    private readonly HttpClient http;

    private readonly TimeSpan patience;

    /// <param name="options"><c>https_insecure</c> and <c>https_ca_certificates_file</c> say which servers to trust.</param>
    public HttpStore(StoreOptions options)
        : this(options, TimeSpan.FromSeconds(60))
    {
    }

    /// <param name="patience">How long a server may send nothing; a body may take as long as it likes otherwise.</param>
    internal HttpStore(StoreOptions options, TimeSpan patience)
    {
        this.patience = patience;
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(30) };
        handler.SslOptions.RemoteCertificateValidationCallback = Trust(options);
        http = new HttpClient(new PatientHandler(patience, new HangUpHandler(handler))) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <inheritdoc/>
    public StoreAbilities Abilities { get; } = new(CanWrite: false);

    /// <summary>How long it may take to learn a size, redirects and all.</summary>
    internal TimeSpan SizeLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    public Task<StoredImage> WriteAsync(string imageId, Stream content, long? sizeBytes, CancellationToken cancel) => throw new StoreAddDisabledException();

    /// <inheritdoc/>
    public async Task<Stream> OpenReadAsync(string url, long offsetBytes, long? lengthBytes, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offsetBytes);
        if (lengthBytes == 0) return Stream.Null;
        RangeHeaderValue? range = offsetBytes == 0 && lengthBytes is null ? null : new RangeHeaderValue(offsetBytes, offsetBytes + lengthBytes - 1);
        HttpResponseMessage answer = await AskAsync(HttpMethod.Get, url, range, cancel);
        if (answer.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            answer.Dispose();
            return Stream.Null;
        }

        return await HttpRangeStream.OpenAsync(answer, offsetBytes, lengthBytes, cancel, body => new PatientBody(body, url, patience));
    }

    /// <inheritdoc/>
    /// <exception cref="StoreUnreachableException">Nobody answers, or not in time.</exception>
    public async Task<long> SizeAsync(string url, CancellationToken cancel)
    {
        using var waiting = new Patience(SizeLimit, cancel);
        waiting.Begin();
        try
        {
            using HttpResponseMessage answer = await AskAsync(HttpMethod.Head, url, null, waiting.Token);
            return answer.Content.Headers.ContentLength ?? throw new ImageDataMissingException(url);
        }
        catch (OperationCanceledException e) when (waiting.RanOut)
        {
            throw new StoreUnreachableException(url, waiting.Explain(e));
        }
    }

    /// <summary>Nothing can be deleted there.</summary>
    public Task<bool> DeleteAsync(string url, CancellationToken cancel) => Task.FromResult(false);

    /// <inheritdoc/>
    public Task DiscardPartialAsync(string imageId, CancellationToken cancel) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task<bool> DiscardOrphanAsync(string imageId, CancellationToken cancel) => Task.FromResult(false);

    /// <summary>Yields nothing: the web has no list.</summary>
    public IAsyncEnumerable<StoredObject> ListAsync(CancellationToken cancel) => AsyncEnumerable.Empty<StoredObject>();

    /// <inheritdoc/>
    public bool Owns(string url) => url.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || url.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private static System.Net.Security.RemoteCertificateValidationCallback? Trust(StoreOptions options)
    {
        string insecure = options.Values.GetValueOrDefault("https_insecure", "true");
        if (options.Values.GetValueOrDefault("https_ca_certificates_file") is { Length: > 0 } file)
        {
            var trusted = new X509Certificate2Collection();
            trusted.ImportFromPemFile(file);
            return (_, certificate, _, errors) => certificate is not null && (errors & ~System.Net.Security.SslPolicyErrors.RemoteCertificateChainErrors) == 0 && Chains(certificate, trusted);
        }

#pragma warning disable CA5359 // Glance's own default for https_insecure.
        return insecure.Trim().ToLowerInvariant() is "true" or "1" or "on" or "yes" ? (_, _, _, _) => true : null;
#pragma warning restore CA5359
    }

    private static bool Chains(X509Certificate certificate, X509Certificate2Collection trusted)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(trusted);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        using var presented = new X509Certificate2(certificate);
        return chain.Build(presented);
    }

    private async Task<HttpResponseMessage> AskAsync(HttpMethod method, string url, RangeHeaderValue? range, CancellationToken cancel)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) || !Owns(url)) throw new ImageDataMissingException(url);
        for (int redirects = 0; redirects <= MostRedirects; redirects++)
        {
            using var request = new HttpRequestMessage(method, uri);
            request.Headers.Range = range;
            HttpResponseMessage answer = await SendAsync(request, url, cancel);
            if (answer.IsSuccessStatusCode || answer.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable) return answer;
            Uri? next = answer.StatusCode is HttpStatusCode.MovedPermanently or HttpStatusCode.Found ? answer.Headers.Location : null;
            answer.Dispose();
            if (next is null) break;
            uri = new Uri(uri, next);
            if (!Owns(uri.AbsoluteUri)) break;
        }

        throw new ImageDataMissingException(url);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, string url, CancellationToken cancel)
    {
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        }
        catch (HttpRequestException e)
        {
            throw new StoreUnreachableException(url, e);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new StoreUnreachableException(url, e.InnerException as TimeoutException ?? (Exception)e);   // Of the answer, or of connecting, which has a limit of its own.
        }
    }
}
