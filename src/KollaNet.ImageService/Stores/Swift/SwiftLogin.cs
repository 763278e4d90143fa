using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using KollaNet.ImageService.Identity;

namespace KollaNet.ImageService.Stores.Swift;

/// <summary>Logs in as a reference says: at Keystone, or at the proxy itself with tempauth.</summary>
internal sealed class SwiftLogin(HttpClient http, SwiftStoreOptions options)
{
    /// <exception cref="StoreForbidsWritingException">User and key are not good for it.</exception>
    /// <exception cref="StoreFailedException">The answer makes no sense.</exception>
    public Task<SwiftAccess> AsAsync(SwiftReference reference, CancellationToken cancel) =>
        reference.AuthVersion == 1 ? TempauthAsync(reference, cancel) : KeystoneAsync(reference, cancel);

    /// <summary>Where the account of somebody else's token is, by the catalog that comes with it.</summary>
    public async Task<SwiftAccess> AsCallerAsync(SwiftReference reference, string token, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{Versioned(reference.AuthAddress)}/auth/catalog");
        request.Headers.TryAddWithoutValidation("X-Auth-Token", token);
        using HttpResponseMessage answer = await http.SendAsync(request, cancel);
        RequireSuccess(answer, reference.AuthAddress, "the caller's token");
        using JsonDocument document = await ReadAsync(answer, reference, cancel);
        return new SwiftAccess(StorageUrl(document.RootElement, reference), token, null);
    }

    private async Task<SwiftAccess> TempauthAsync(SwiftReference reference, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, reference.AuthAddress);
        request.Headers.TryAddWithoutValidation("X-Auth-User", reference.User);
        request.Headers.TryAddWithoutValidation("X-Auth-Key", reference.Key);
        using HttpResponseMessage answer = await http.SendAsync(request, cancel);
        RequireSuccess(answer, reference.AuthAddress, $"user {reference.User}");
        if (!answer.Headers.TryGetValues("X-Auth-Token", out IEnumerable<string>? tokens) || !answer.Headers.TryGetValues("X-Storage-Url", out IEnumerable<string>? urls))
            throw new StoreFailedException($"{reference.AuthAddress} answered without X-Auth-Token and X-Storage-Url: it is not a Swift proxy with tempauth.");
        return new SwiftAccess(options.Endpoint ?? urls.First().TrimEnd('/'), tokens.First(), null);
    }

    private async Task<SwiftAccess> KeystoneAsync(SwiftReference reference, CancellationToken cancel)
    {
        var login = new KeystoneOptions
        {
            AuthUrl = reference.AuthAddress,
            WwwAuthenticateUri = reference.AuthAddress,
            Username = reference.UserName,
            Password = reference.Key,
            ProjectName = reference.ProjectName,
            UserDomainId = reference.UserDomainId,
            UserDomainName = reference.UserDomainName,
            ProjectDomainId = reference.ProjectDomainId,
            ProjectDomainName = reference.ProjectDomainName,
        };
        using var content = new ByteArrayContent(KeystoneLogin.Document(login));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using HttpResponseMessage answer = await http.PostAsync(new Uri($"{Versioned(reference.AuthAddress)}/auth/tokens"), content, cancel);
        RequireSuccess(answer, reference.AuthAddress, $"user {reference.User}");
        using JsonDocument document = await ReadAsync(answer, reference, cancel);
        JsonElement token = document.RootElement.GetProperty("token");
        DateTimeOffset expires = DateTimeOffset.Parse(token.GetProperty("expires_at").GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        return new SwiftAccess(StorageUrl(token, reference), answer.Headers.GetValues("X-Subject-Token").First(), expires);
    }

    private static string Versioned(string url) => url.EndsWith("/v3", StringComparison.Ordinal) ? url : $"{url}/v3";

    private static void RequireSuccess(HttpResponseMessage answer, string address, string who)
    {
        if (answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
            throw new StoreForbidsWritingException($"{address} does not let {who} in ({(int)answer.StatusCode}): check user and key of the Swift store.");
        if (answer.StatusCode >= HttpStatusCode.InternalServerError) throw new HttpRequestException($"{address} answered {(int)answer.StatusCode}.", null, answer.StatusCode);
        if (!answer.IsSuccessStatusCode) throw new StoreFailedException($"{address} answered {(int)answer.StatusCode} to the login of {who}: check auth_address and auth_version of the Swift store.");
    }

    private static async Task<JsonDocument> ReadAsync(HttpResponseMessage answer, SwiftReference reference, CancellationToken cancel)
    {
        try
        {
            return JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(cancel));
        }
        catch (JsonException e)
        {
            throw new StoreFailedException($"{reference.AuthAddress} sent something that is not a token document.", e);
        }
    }

    /// <param name="holder">What has the <c>catalog</c>.</param>
    private string StorageUrl(JsonElement holder, SwiftReference reference)
    {
        if (options.Endpoint is { } fixedUrl && !options.IsMultiTenant) return fixedUrl;
        if (holder.TryGetProperty("catalog", out JsonElement catalog))
        {
            foreach (JsonElement service in catalog.EnumerateArray().Where(service => service.GetProperty("type").GetString() == options.ServiceType))
            {
                foreach (JsonElement endpoint in service.GetProperty("endpoints").EnumerateArray())
                {
                    bool here = options.Region is null || endpoint.GetProperty("region_id").GetString() == options.Region;
                    if (here && endpoint.GetProperty("interface").GetString() == options.Interface) return endpoint.GetProperty("url").GetString()!.TrimEnd('/');
                }
            }
        }

        throw new StoreFailedException($"The catalog of Keystone at {reference.AuthAddress} has no {options.Interface} endpoint of type {options.ServiceType}"
            + $"{(options.Region is null ? "" : $" in region {options.Region}")}: register Swift there, or set swift_store_endpoint_type, swift_store_region or swift_store_endpoint.");
    }
}
