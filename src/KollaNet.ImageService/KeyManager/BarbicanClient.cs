using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;

namespace KollaNet.ImageService.KeyManager;

/// <summary>Reads and deletes secrets in Barbican as the caller, with the caller's token. Source: Barbican API guide, secrets.</summary>
public sealed class BarbicanClient : IDisposable
{
    private const int MostSecretBytes = 1 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly BarbicanOptions options;
    private readonly HttpClient http;

    /// <summary>Opens no connection yet.</summary>
    public BarbicanClient(BarbicanOptions options)
    {
        this.options = options;
        http = new HttpClient(Handler(options)) { Timeout = Patience, MaxResponseContentBufferSize = MostSecretBytes };
    }

    /// <summary>What a secret holds.</summary>
    /// <exception cref="KeyManagerException">It cannot be had, for whatever reason.</exception>
    public async Task<byte[]> ReadAsync(string secretId, Caller caller, CancellationToken cancel)
    {
        using HttpResponseMessage described = await SendAsync(HttpMethod.Get, secretId, "", "application/json", caller, cancel);
        string mediaType = ReadMediaType(await described.Content.ReadAsByteArrayAsync(cancel), secretId);
        using HttpResponseMessage payload = await SendAsync(HttpMethod.Get, secretId, "/payload", mediaType, caller, cancel);
        return await payload.Content.ReadAsByteArrayAsync(cancel);
    }

    /// <summary>Deletes a secret.</summary>
    /// <exception cref="KeyManagerException">It cannot be deleted, for whatever reason.</exception>
    public async Task DeleteAsync(string secretId, Caller caller, CancellationToken cancel) => (await SendAsync(HttpMethod.Delete, secretId, "", "application/json", caller, cancel)).Dispose();

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private static SocketsHttpHandler Handler(BarbicanOptions options)
    {
        var handler = new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5), UseProxy = false, UseCookies = false, AllowAutoRedirect = false };
#pragma warning disable CA5359 // Option "verify_ssl": the operator asked for it.
        if (!options.VerifySsl) handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        else if (options.CaFile is { } file)
        {
            var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            trust.CustomTrustStore.ImportFromPemFile(file);
            handler.SslOptions.CertificateChainPolicy = trust;
        }

        return handler;
    }

    private static string ReadMediaType(byte[] document, string secretId)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(document);
            return json.RootElement.GetProperty("content_types").GetProperty("default").GetString() ?? throw new KeyManagerException($"secret {secretId} holds nothing");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new KeyManagerException($"secret {secretId} holds nothing", e);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string secretId, string part, string accept, Caller caller, CancellationToken cancel)
    {
        if (!Guid.TryParse(secretId, out Guid id)) throw new KeyManagerException($"'{secretId}' is not the id of a secret");
        using var request = new HttpRequestMessage(method, $"{BaseUrl(caller)}/secrets/{id:D}{part}");
        request.Headers.TryAddWithoutValidation("Accept", accept);
        if (caller.Token is { } token) request.Headers.TryAddWithoutValidation("X-Auth-Token", token);

        // A Barbican without Keystone goes by this; with Keystone it is dropped there.
        if (caller.ProjectId is { } project) request.Headers.TryAddWithoutValidation("X-Project-Id", project);
        try
        {
            HttpResponseMessage answer = await http.SendAsync(request, cancel);
            if (answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.NoContent) return answer;
            using (answer) throw new KeyManagerException($"the key manager answered {(int)answer.StatusCode} when asked for secret {id:D}");
        }
        catch (HttpRequestException e)
        {
            throw new KeyManagerException("the key manager cannot be reached", e);
        }
        catch (TaskCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new KeyManagerException($"the key manager did not answer within {Patience.TotalSeconds:0} s", e);
        }
    }

    private string BaseUrl(Caller caller)
    {
        string url = (options.Endpoint ?? caller.KeyManagerUrl)?.TrimEnd('/')
            ?? throw new KeyManagerException("no key manager is known: [barbican] barbican_endpoint is not set and the token's catalog has none");
        return url.EndsWith("/v1", StringComparison.Ordinal) ? url : $"{url}/v1";
    }
}

/// <summary>The key manager does not do what is asked. The message is a half-sentence for whoever asked.</summary>
public sealed class KeyManagerException(string why, Exception? inner = null) : Exception(why, inner);
