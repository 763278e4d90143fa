using System.Collections.Immutable;
using System.Text.Json;
using KollaNet.Engine.Planning;

namespace KollaNet.Engine.Steps.Identity;

/// <summary>A service and its endpoints in the catalogue: made when missing, URLs corrected, duplicates of an interface in our region removed.</summary>
public sealed record EnsureCatalogueStep(StepId Id, string Service, ImmutableArray<StepId> After, IdentityServer Server, DesiredCatalogueEntry Entry) : IdentityStep(Id, Service, After, Server)
{
    private protected override async Task<List<string>> EnsureAsync(IdentitySession keystone, bool act, CancellationToken cancel)
    {
        var done = new List<string>();
        // Both at once: they are the only two requests when nothing has to be done.
        Task<ICollection<JsonElement>> endpoints = keystone.AllAsync("endpoints", cancel);
        JsonElement? service = (await keystone.AllAsync("services", cancel)).Where(item => IdentitySession.Text(item, "type") == Entry.Type)
            .OrderByDescending(item => IdentitySession.Text(item, "name") == Entry.Name).Cast<JsonElement?>().FirstOrDefault();
        string? id = service is { } found ? IdentitySession.Text(found, "id") : null;
        if (service is null)
        {
            done.Add($"service {Entry.Type} created");
            if (act) id = IdentitySession.Text(await keystone.CreateAsync("services", "service", WriteService, cancel), "id");
        }
        else if (IdentitySession.Text(service.Value, "name") != Entry.Name || IdentitySession.Text(service.Value, "description") != Entry.Description)
        {
            done.Add("service name and description set");
            if (act) await keystone.Client.UpdateAsync($"services/{id}", "service", WriteService, cancel);
        }
        foreach ((string face, string url) in Entry.Endpoints)
            await EnsureEndpointAsync(keystone, [.. (await endpoints).Where(item => IsOurs(item, id, face))], id, face, url, act, done, cancel);
        if (act && done.Count > 0) keystone.Forget("endpoints");
        return done;
    }

    private bool IsOurs(JsonElement endpoint, string? service, string face) => service is not null
        && IdentitySession.Text(endpoint, "service_id") == service && IdentitySession.Text(endpoint, "interface") == face
        && (IdentitySession.Text(endpoint, "region_id") ?? IdentitySession.Text(endpoint, "region")) == Server.Region;

    private async Task EnsureEndpointAsync(IdentitySession keystone, JsonElement[] found, string? service, string face, string url, bool act, List<string> done, CancellationToken cancel)
    {
        if (found.Length == 0)
        {
            done.Add($"{face} endpoint {url} created");
            if (act) await keystone.CreateAsync("endpoints", "endpoint", json => WriteEndpoint(json, service!, face, url), cancel);
            return;
        }
        JsonElement kept = found.OrderByDescending(item => IdentitySession.Text(item, "url") == url).ThenBy(item => IdentitySession.Text(item, "id"), StringComparer.Ordinal).First();
        if (IdentitySession.Text(kept, "url") != url)
        {
            done.Add($"{face} endpoint: {IdentitySession.Text(kept, "url")} → {url}");
            if (act) await keystone.Client.UpdateAsync($"endpoints/{IdentitySession.Text(kept, "id")}", "endpoint", json => json.WriteString("url", url), cancel);
        }
        foreach (JsonElement stale in found.Where(item => IdentitySession.Text(item, "id") != IdentitySession.Text(kept, "id")))
        {
            done.Add($"duplicate {face} endpoint {IdentitySession.Text(stale, "url")} removed");
            if (act) await keystone.Client.DeleteAsync($"endpoints/{IdentitySession.Text(stale, "id")}", cancel);
        }
    }

    private void WriteService(Utf8JsonWriter json)
    {
        json.WriteString("name", Entry.Name);
        json.WriteString("type", Entry.Type);
        json.WriteString("description", Entry.Description);
    }

    private void WriteEndpoint(Utf8JsonWriter json, string service, string face, string url)
    {
        json.WriteString("service_id", service);
        json.WriteString("interface", face);
        json.WriteString("region_id", Server.Region);
        json.WriteString("url", url);
    }
}
