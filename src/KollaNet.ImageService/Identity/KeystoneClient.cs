using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace KollaNet.ImageService.Identity;

/// <summary>Talks to Keystone: gets the service's own token, keeps it fresh, and asks about other tokens. Source: image-api reference 5.</summary>
public sealed class KeystoneClient : IDisposable
{
    /// <summary>An own token this close to its end is not used any more.</summary>
    private static readonly TimeSpan RenewBefore = TimeSpan.FromMinutes(1);

    private readonly KeystoneOptions options;
    private readonly TimeProvider time;
    private readonly HttpClient http;
    private readonly SemaphoreSlim renewing = new(1);
    private OwnToken? own;

    /// <summary>Opens no connection yet.</summary>
    public KeystoneClient(KeystoneOptions options, TimeProvider time)
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

    /// <summary>What Keystone says about a token; null when it is not good.</summary>
    /// <param name="allowExpired">A good service token came with it, so it may be past its time.</param>
    /// <exception cref="IdentityServiceException">Keystone is away, or refuses this service.</exception>
    public async Task<KeystoneToken?> ValidateAsync(string token, bool allowExpired, CancellationToken cancel)
    {
        try
        {
            OwnToken mine = await OwnAsync(renew: null, cancel);
            using HttpResponseMessage first = await AskAsync(mine, token, allowExpired, cancel);
            if (first.StatusCode != HttpStatusCode.Unauthorized) return await ReadAsync(first, cancel);
            mine = await OwnAsync(renew: mine, cancel);
            using HttpResponseMessage second = await AskAsync(mine, token, allowExpired, cancel);
            return await ReadAsync(second, cancel);
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

    private async Task<HttpResponseMessage> AskAsync(OwnToken mine, string token, bool allowExpired, CancellationToken cancel)
    {
        string url = $"{Versioned(mine.IdentityUrl ?? options.AuthUrl)}/auth/tokens{(allowExpired ? "?allow_expired=1" : "")}";
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.TryAddWithoutValidation("X-Auth-Token", mine.Text);
        request.Headers.TryAddWithoutValidation("X-Subject-Token", token);
        request.Headers.TryAddWithoutValidation("OpenStack-Identity-Access-Rules", "1.0");
        return await http.SendAsync(request, cancel);
    }

    private async Task<KeystoneToken?> ReadAsync(HttpResponseMessage response, CancellationToken cancel) => response.StatusCode switch
    {
        HttpStatusCode.OK => KeystoneToken.Parse(await response.Content.ReadAsByteArrayAsync(cancel), options.RegionName),
        HttpStatusCode.NotFound => null,
        var other => throw new IdentityServiceException($"The identity service answered {(int)other} when asked about a token."),
    };

    /// <param name="renew">The token that Keystone just refused; any other one is still believed.</param>
    private async Task<OwnToken> OwnAsync(OwnToken? renew, CancellationToken cancel)
    {
        if (IsUsable(own, renew)) return own!;
        await renewing.WaitAsync(cancel);
        try
        {
            if (!IsUsable(own, renew)) own = await AuthenticateAsync(cancel);
            return own!;
        }
        finally
        {
            renewing.Release();
        }
    }

    private bool IsUsable(OwnToken? token, OwnToken? refused) => token is not null && token != refused && token.ExpiresAt - RenewBefore > time.GetUtcNow();

    private async Task<OwnToken> AuthenticateAsync(CancellationToken cancel)
    {
        using var content = new ByteArrayContent(Credentials());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using HttpResponseMessage response = await http.PostAsync(new Uri($"{Versioned(options.AuthUrl)}/auth/tokens"), content, cancel);
        if (response.StatusCode != HttpStatusCode.Created)
        {
            throw new IdentityServiceException(
                $"The identity service at {options.AuthUrl} answered {(int)response.StatusCode} to user {options.Username}: check [keystone_authtoken] username, password and project_name.");
        }

        KeystoneToken token = KeystoneToken.Parse(await response.Content.ReadAsByteArrayAsync(cancel), options.RegionName);
        return new OwnToken(response.Headers.GetValues("X-Subject-Token").First(), token.ExpiresAt, token.IdentityUrl);
    }

    private byte[] Credentials()
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteStartObject("auth");
            json.WriteStartObject("identity");
            json.WriteStartArray("methods");
            json.WriteStringValue("password");
            json.WriteEndArray();
            json.WriteStartObject("password");
            json.WriteStartObject("user");
            json.WriteString("name", options.Username);
            json.WriteString("password", options.Password);
            WriteDomain(json, options.UserDomainId, options.UserDomainName);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteStartObject("scope");
            json.WriteStartObject("project");
            json.WriteString("name", options.ProjectName);
            WriteDomain(json, options.ProjectDomainId, options.ProjectDomainName);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return text.ToArray();
    }

    private static void WriteDomain(Utf8JsonWriter json, string? id, string? name)
    {
        json.WriteStartObject("domain");
        if (id is { Length: > 0 }) json.WriteString("id", id);
        else json.WriteString("name", name is { Length: > 0 } ? name : "Default");
        json.WriteEndObject();
    }

    private sealed record OwnToken(string Text, DateTimeOffset ExpiresAt, string? IdentityUrl);
}
