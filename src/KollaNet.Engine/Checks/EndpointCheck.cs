using System.Text.Json;
using KollaNet.Engine.Running;

namespace KollaNet.Engine.Checks;

/// <summary>Asks an endpoint whether it is there, and which version it speaks.</summary>
internal static class EndpointCheck
{
    public static async Task<EndpointStatus> AskAsync(ServiceEndpoint endpoint, HttpClient http, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(5));
        try
        {
            using HttpResponseMessage answer = await http.GetAsync(endpoint.Url, patience.Token);
            string? version = VersionIn(await answer.Content.ReadAsByteArrayAsync(patience.Token));
            return Status((int)answer.StatusCode < 500, version, $"HTTP {(int)answer.StatusCode}");
        }
        catch (HttpRequestException e)
        {
            return Status(false, null, e.InnerException?.Message ?? e.Message);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return Status(false, null, "no answer within 5 s");
        }

        EndpointStatus Status(bool answers, string? version, string detail) => new(endpoint.Service, endpoint.Interface, endpoint.Url, answers, version, detail);
    }

    /// <summary>The id of the version that a discovery document calls current (or stable). Source: OpenStack API-SIG guideline "Version Discovery".</summary>
    internal static string? VersionIn(byte[] body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            return Find(document.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Find(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Array) return element.EnumerateArray().Select(Find).FirstOrDefault(found => found is not null);
        if (element.ValueKind != JsonValueKind.Object) return null;
        bool current = element.TryGetProperty("status", out JsonElement status) && status.ValueKind == JsonValueKind.String && status.GetString()!.ToUpperInvariant() is "CURRENT" or "STABLE";
        if (current && element.TryGetProperty("id", out JsonElement id) && id.ValueKind == JsonValueKind.String) return id.GetString();
        return element.EnumerateObject().Select(member => Find(member.Value)).FirstOrDefault(found => found is not null);
    }
}
