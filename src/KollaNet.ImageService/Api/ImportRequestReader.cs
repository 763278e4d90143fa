using System.Collections.Immutable;
using System.Text.Json;
using KollaNet.ImageService.Imports;

namespace KollaNet.ImageService.Api;

/// <summary>The body of an import, its shape checked.</summary>
/// <param name="Uri">Of web-download; null for the others.</param>
/// <param name="Stores">Null when the body does not name them.</param>
public sealed record ImportBody(string Method, string? Uri, ImmutableArray<string>? Stores, bool AllStores, bool MustSucceed);

/// <summary>Reads the body of <c>POST /v2/images/{id}/import</c>. Source: image-api reference 2.11.</summary>
public static class ImportRequestReader
{
    /// <param name="enabled">Methods on offer.</param>
    /// <exception cref="ApiException">400.</exception>
    public static ImportBody Read(JsonElement body, IReadOnlyList<string> enabled)
    {
        if (body.ValueKind != JsonValueKind.Object) throw ApiException.Malformed("The import request must be a JSON object.");
        if (!body.TryGetProperty("method", out JsonElement method) || method.ValueKind != JsonValueKind.Object) throw ApiException.Malformed("Import request requires a 'method' field.");
        if (!method.TryGetProperty("name", out JsonElement name) || name.ValueKind != JsonValueKind.String) throw ApiException.Malformed("Import request requires a 'name' field.");
        string chosen = name.GetString()!;
        if (!enabled.Contains(chosen)) throw ApiException.Malformed($"Unknown import method name '{chosen}'.");
        return new ImportBody(chosen, ReadUri(method, chosen), ReadStores(body), ReadFlag(body, "all_stores", false), ReadFlag(body, "all_stores_must_succeed", true));
    }

    /// <summary>What glance-download is to fetch.</summary>
    /// <exception cref="ApiException">400.</exception>
    public static RemoteImage ReadRemote(JsonElement body)
    {
        JsonElement method = body.GetProperty("method");
        string? region = ReadText(method, "glance_region"), id = ReadText(method, "glance_image_id");
        if (string.IsNullOrEmpty(region)) throw ApiException.Malformed("The method glance-download requires a 'glance_region' field.");
        if (!Guid.TryParse(id, out Guid image)) throw ApiException.Malformed("The method glance-download requires a 'glance_image_id' field that is a UUID.");
        string face = ReadText(method, "glance_service_interface") ?? "public";
        if (face is not ("public" or "internal" or "admin")) throw ApiException.Malformed("glance_service_interface must be public, internal or admin.");
        return new RemoteImage(region, image.ToString("D"), face);
    }

    private static string? ReadText(JsonElement method, string name)
    {
        if (!method.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null) return null;
        return value.ValueKind == JsonValueKind.String ? value.GetString() : throw ApiException.Malformed($"{name} must be a text.");
    }

    private static string? ReadUri(JsonElement method, string chosen)
    {
        if (chosen != "web-download") return null;
        return method.TryGetProperty("uri", out JsonElement uri) && uri.ValueKind == JsonValueKind.String ? uri.GetString() : throw ApiException.Malformed("The method web-download requires a 'uri' field.");
    }

    private static ImmutableArray<string>? ReadStores(JsonElement body)
    {
        if (!body.TryGetProperty("stores", out JsonElement stores)) return null;
        if (stores.ValueKind != JsonValueKind.Array || stores.EnumerateArray().Any(store => store.ValueKind != JsonValueKind.String)) throw ApiException.Malformed("stores must be a list of store ids.");
        return [.. stores.EnumerateArray().Select(store => store.GetString()!).Distinct()];
    }

    private static bool ReadFlag(JsonElement body, string name, bool absent)
    {
        if (!body.TryGetProperty(name, out JsonElement flag)) return absent;
        return flag.ValueKind is JsonValueKind.True or JsonValueKind.False ? flag.GetBoolean() : throw ApiException.Malformed($"{name} must be true or false.");
    }
}
