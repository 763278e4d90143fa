using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;

namespace KollaNet.ImageService.Identity;

/// <summary>Speaks to Keystone as one user: logs in when needed, keeps its token fresh, and logs in again, once, when Keystone refuses it.
/// Nothing is remembered of failures: when Keystone is back, the next request works.</summary>
public sealed class KeystoneSession : IDisposable
{
    /// <summary>An own token this close to its end is not used any more.</summary>
    private static readonly TimeSpan RenewBefore = TimeSpan.FromMinutes(1);

    private readonly KeystoneOptions options;
    private readonly TimeProvider time;
    private readonly HttpClient http;
    private readonly SemaphoreSlim renewing = new(1);
    private OwnToken? own;

    /// <summary>Opens no connection yet.</summary>
    public KeystoneSession(KeystoneOptions options, TimeProvider time)
    {
        this.options = options;
        this.time = time;
        http = new HttpClient(Handler(options)) { Timeout = options.Timeout };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        http.Dispose();
        renewing.Dispose();
    }

    /// <summary>Sends a GET as this session's user.</summary>
    /// <param name="path">Below <c>/v3/</c>, with its query.</param>
    /// <returns>Any answer but 401.</returns>
    /// <exception cref="IdentityServiceException">Keystone is away, or refuses this user.</exception>
    public async Task<KeystoneAnswer> GetAsync(string path, IReadOnlyList<KeyValuePair<string, string>> headers, CancellationToken cancel)
    {
        try
        {
            OwnToken mine = await OwnAsync(renew: null, cancel);
            KeystoneAnswer first = await SendAsync(mine, path, headers, cancel);
            if (first.Status != HttpStatusCode.Unauthorized) return first;
            mine = await OwnAsync(renew: mine, cancel);
            KeystoneAnswer second = await SendAsync(mine, path, headers, cancel);
            return second.Status != HttpStatusCode.Unauthorized ? second : throw new IdentityServiceException($"The identity service at {options.AuthUrl} refuses even a new token of user {options.Username}.");
        }
        catch (HttpRequestException e)
        {
            throw new IdentityServiceException($"The identity service at {options.AuthUrl} cannot be reached: {e.Message}", e);
        }
        catch (TaskCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new IdentityServiceException($"The identity service at {options.AuthUrl} did not answer within {options.Timeout.TotalSeconds:0} s.", e);
        }
    }

    private static SocketsHttpHandler Handler(KeystoneOptions options)
    {
        var handler = new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5), UseProxy = false, UseCookies = false };
#pragma warning disable CA5359 // Option "insecure": the operator asked for it.
        if (options.Insecure) handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        else if (options.CaFile is { Length: > 0 } file)
        {
            var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            trust.CustomTrustStore.ImportFromPemFile(file);
            handler.SslOptions.CertificateChainPolicy = trust;
        }

        return handler;
    }

    private static string Versioned(string url) => url.TrimEnd('/') is var trimmed && trimmed.EndsWith("/v3", StringComparison.Ordinal) ? trimmed : $"{trimmed}/v3";

    private async Task<KeystoneAnswer> SendAsync(OwnToken mine, string path, IReadOnlyList<KeyValuePair<string, string>> headers, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{Versioned(mine.IdentityUrl ?? options.AuthUrl)}/{path}");
        request.Headers.TryAddWithoutValidation("X-Auth-Token", mine.Text);
        foreach ((string name, string value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using HttpResponseMessage response = await http.SendAsync(request, cancel);
        return new KeystoneAnswer(response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancel));
    }

    /// <param name="renew">The token that Keystone just refused; any other one is still believed.</param>
    private async Task<OwnToken> OwnAsync(OwnToken? renew, CancellationToken cancel)
    {
        if (IsUsable(own, renew)) return own!;
        await renewing.WaitAsync(cancel);
        try
        {
            if (!IsUsable(own, renew)) own = await LogInAsync(cancel);
            return own!;
        }
        finally
        {
            renewing.Release();
        }
    }

    private bool IsUsable(OwnToken? token, OwnToken? refused) => token is not null && token != refused && token.ExpiresAt - RenewBefore > time.GetUtcNow();

    private async Task<OwnToken> LogInAsync(CancellationToken cancel)
    {
        using var content = new ByteArrayContent(KeystoneLogin.Document(options));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using HttpResponseMessage response = await http.PostAsync(new Uri($"{Versioned(options.AuthUrl)}/auth/tokens"), content, cancel);
        if (response.StatusCode != HttpStatusCode.Created)
        {
            throw new IdentityServiceException(
                $"The identity service at {options.AuthUrl} answered {(int)response.StatusCode} to user {options.Username}: check [{options.Section}] username, password and project_name.");
        }

        KeystoneToken token = KeystoneToken.Parse(await response.Content.ReadAsByteArrayAsync(cancel), options.RegionName, options.KeyManager);
        return new OwnToken(response.Headers.GetValues("X-Subject-Token").First(), token.ExpiresAt, token.IdentityUrl);
    }

    private sealed record OwnToken(string Text, DateTimeOffset ExpiresAt, string? IdentityUrl);
}

/// <summary>What Keystone said.</summary>
public sealed record KeystoneAnswer(HttpStatusCode Status, byte[] Body);
