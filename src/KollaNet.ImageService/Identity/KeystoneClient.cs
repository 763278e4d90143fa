using System.Net;

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
}
