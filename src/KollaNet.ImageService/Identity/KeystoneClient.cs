using System.Net;
<<<<<<< HEAD
=======
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
>>>>>>> 20521d0 (Store images in Swift and S3, as Glance does)

namespace KollaNet.ImageService.Identity;

/// <summary>Asks Keystone about other people's tokens. Source: image-api reference 5.</summary>
public sealed class KeystoneClient(KeystoneSession session, KeystoneOptions options) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => session.Dispose();

    /// <summary>What Keystone says about a token; null when it is not good.</summary>
    /// <param name="allowExpired">A good service token came with it, so it may be past its time.</param>
    /// <exception cref="IdentityServiceException">Keystone is away, or refuses this service.</exception>
    public async Task<KeystoneToken?> ValidateAsync(string token, bool allowExpired, CancellationToken cancel)
    {
        KeystoneAnswer answer = await session.GetAsync($"auth/tokens{(allowExpired ? "?allow_expired=1" : "")}", [new("X-Subject-Token", token), new("OpenStack-Identity-Access-Rules", "1.0")], cancel);
        return answer.Status switch
        {
            HttpStatusCode.OK => KeystoneToken.Parse(answer.Body, options.RegionName, options.KeyManager),
            HttpStatusCode.NotFound => null,
            var other => throw new IdentityServiceException($"The identity service answered {(int)other} when asked about a token."),
        };
    }
<<<<<<< HEAD
=======

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

    private static PasswordCredentials Credentials(KeystoneOptions options) => new(options.Username, options.Password, options.ProjectName)
    {
        UserDomainId = options.UserDomainId,
        UserDomainName = options.UserDomainName,
        ProjectDomainId = options.ProjectDomainId,
        ProjectDomainName = options.ProjectDomainName,
    };

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
        using var content = new ByteArrayContent(Credentials(options).ToDocument());
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

    private sealed record OwnToken(string Text, DateTimeOffset ExpiresAt, string? IdentityUrl);
>>>>>>> 20521d0 (Store images in Swift and S3, as Glance does)
}
