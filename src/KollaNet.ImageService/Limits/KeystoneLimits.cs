using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using KollaNet.ImageService.Identity;

namespace KollaNet.ImageService.Limits;

/// <summary>Reads Keystone's unified limits: a project's own limit, else what is registered for everybody, else nothing is allowed. Answers are kept for
/// half a minute. Source: Identity API v3, unified limits; oslo.limit, flat enforcement.</summary>
public sealed class KeystoneLimits(KeystoneSession session, LimitedService service, TimeProvider time) : IProjectLimits, IDisposable
{
    private const int MostProjects = 10_000;
    private static readonly TimeSpan KeepFor = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, (DateTimeOffset Until, ProjectLimits Limits)> known = new();
    private volatile ServicePlace? place;

    /// <inheritdoc/>
    public async Task<ProjectLimits> OfAsync(string project, CancellationToken cancel)
    {
        if (known.TryGetValue(project, out (DateTimeOffset Until, ProjectLimits Limits) kept) && kept.Until > time.GetUtcNow()) return kept.Limits;
        ServicePlace here = place ??= await FindPlaceAsync(cancel);
        string query = $"service_id={Uri.EscapeDataString(here.ServiceId)}";
        Dictionary<string, long> limits = await ReadAsync($"registered_limits?{query}", "registered_limits", "default_limit", here, project: null, cancel);
        foreach ((string name, long limit) in await ReadAsync($"limits?{query}&project_id={Uri.EscapeDataString(project)}", "limits", "resource_limit", here, project, cancel)) limits[name] = limit;
        long Limit(string name) => limits.GetValueOrDefault(name);
        var found = new ProjectLimits(Limit(ProjectLimits.SizeTotal), Limit(ProjectLimits.StageTotal), Limit(ProjectLimits.Count), Limit(ProjectLimits.Uploading));
        if (known.Count >= MostProjects) known.Clear();
        known[project] = (time.GetUtcNow() + KeepFor, found);
        return found;
    }

    /// <inheritdoc/>
    public void Dispose() => session.Dispose();

    /// <summary>Resource name → limit. What is registered for our region goes before what is for all regions.</summary>
    private async Task<Dictionary<string, long>> ReadAsync(string path, string list, string value, ServicePlace here, string? project, CancellationToken cancel)
    {
        using JsonDocument document = await GetAsync(path, cancel);
        var byRank = from entry in document.RootElement.GetProperty(list).EnumerateArray()
                     let region = Text(entry, "region_id")
                     where region is null || region == here.RegionId
                     where project is null || Text(entry, "project_id") == project
                     orderby region is null ? 0 : 1
                     select (Name: Text(entry, "resource_name")!, Limit: entry.GetProperty(value).GetInt64());
        var limits = new Dictionary<string, long>();
        foreach ((string name, long limit) in byRank) limits[name] = limit;
        return limits;
    }

    private async Task<ServicePlace> FindPlaceAsync(CancellationToken cancel)
    {
        if (service.EndpointId is { } id)
        {
            using JsonDocument one = await GetAsync($"endpoints/{Uri.EscapeDataString(id)}", cancel);
            JsonElement endpoint = one.RootElement.GetProperty("endpoint");
            return new ServicePlace(Text(endpoint, "service_id")!, Text(endpoint, "region_id"));
        }

        using JsonDocument services = await GetAsync($"services?type={Uri.EscapeDataString(service.Type)}", cancel);
        string? found = services.RootElement.GetProperty("services").EnumerateArray()
            .Where(one => service.Name is null || Text(one, "name") == service.Name).Select(one => Text(one, "id")).FirstOrDefault();
        return new ServicePlace(found ?? throw new IdentityServiceException($"The identity service knows no service of type {service.Type}: check [oslo_limit] endpoint_id."), service.RegionName);
    }

    private async Task<JsonDocument> GetAsync(string path, CancellationToken cancel)
    {
        KeystoneAnswer answer = await session.GetAsync(path, [], cancel);
        if (answer.Status != HttpStatusCode.OK)
        {
            throw new IdentityServiceException(
                $"The identity service answered {(int)answer.Status} to GET {path.Split('?')[0]}: the user of [oslo_limit] needs role reader for the whole system (system_scope = all), and endpoint_id must exist.");
        }

        return JsonDocument.Parse(answer.Body);
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private sealed record ServicePlace(string ServiceId, string? RegionId);
}

/// <summary>Which service's limits count. Mirrors <c>[oslo_limit] endpoint_*</c>.</summary>
/// <param name="EndpointId">Decides alone when set.</param>
/// <param name="Name">Null for the first of that type.</param>
/// <param name="RegionName">Null: only limits for all regions count.</param>
public sealed record LimitedService(string? EndpointId, string Type, string? Name, string? RegionName);
