using System.Text;
using System.Text.Json;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Imports;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Api;

/// <summary><c>/v2/images/{id}/locations</c>: for services that write to the backend themselves. Source: image-api reference 2.14, Locations API.</summary>
public sealed class LocationsApi(
    GlanceOptions options, IImageRepository images, ITaskRepository tasks, ImageAccess access, StoreCatalog stores, LocationImport work, TaskRunner runner, TimeProvider time)
{
    private const int UrlLimit = 255;
    private static readonly string[] Algorithms = ["md5", "sha1", "sha256", "sha512"];

    /// <summary><c>GET</c></summary>
    public async Task ListAsync(ApiRequest request)
    {
        Image image = await access.GetAsync(request);
        using var json = new PythonJsonWriter(asciiOnly: true);
        json.BeginArray();
        foreach (ImageLocation location in image.Locations)
        {
            json.BeginObject();
            json.Name("url");
            json.Text(location.Url);
            json.Name("metadata");
            json.BeginObject();
            foreach ((string key, string value) in location.Metadata)
            {
                json.Name(key);
                json.Text(value);
            }

            json.EndObject();
            json.EndObject();
        }

        json.EndArray();
        await request.JsonAsync(StatusCodes.Status200OK, json);
    }

    /// <summary><c>POST</c></summary>
    public async Task AddAsync(ApiRequest request)
    {
        using JsonDocument document = await JsonBody.ReadAsync(request);
        LocationOrder order = Read(document.RootElement, request.ImageId);
        Image image = await access.GetAsync(request);
        RequireUrl(order.Url, request.Caller);
        if (image.Status != ImageStatus.Queued) throw ApiException.Conflict($"Only a queued image takes a location; it is '{image.Status.Name()}'.");
        ImageFormatsMissingException.ThrowIfMissing(image);
        string? stale = await ImageTasks.FindStaleAsync(tasks, image, time, request.Cancel);
        if (runner.IsFull) throw new ApiException(StatusCodes.Status503ServiceUnavailable, "Too many tasks are waiting; try again later.");
        DateTime now = WholeSeconds.Now(time);
        ImageTask task = ImageTasks.Make("location_import", image.Id, request, Input(order, document.RootElement), now);
        await ImageTasks.TakeAsync(tasks, images, task, stale, now + options.Imports.TimeToLive, current => Begin(current, order, now), request.Cancel);
        await runner.StartAsync(new LocationJob(task, order, work));
        await request.EmptyAsync(StatusCodes.Status202Accepted);
    }

    private Image Begin(Image current, LocationOrder order, DateTime now)
    {
        if (current.Status != ImageStatus.Queued) throw new ImageStatusConflictException(current.Id, ImageStatus.Queued, current.Status);
        ImageFormatsMissingException.ThrowIfMissing(current);
        return UploadOwnership.Take(current) with { Status = work.HashesFirst(order) ? ImageStatus.Importing : ImageStatus.Queued, UpdatedAt = now };
    }

    /// <summary>Whoever is no service, administrators too, may only point to the web.</summary>
    private void RequireUrl(string url, Caller caller)
    {
        if (caller.Roles.Contains("service") || caller.ServiceRoles.Contains("service")) return;
        bool isWeb = url.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || url.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
        if (!isWeb || stores.All.All(store => store.Options.Type != "http")) throw ApiException.Forbidden("Only http and https locations are allowed, and only with an http store.");
    }

    private static LocationOrder Read(JsonElement body, string imageId)
    {
        if (body.ValueKind != JsonValueKind.Object || Text(body, "url") is not { Length: > 0 } url) throw ApiException.Malformed("A location is an object with a url.");
        if (url.Length > UrlLimit) throw ApiException.Malformed($"A location's url may have at most {UrlLimit} characters.");
        if (!body.TryGetProperty("validation_data", out JsonElement data) || (data.ValueKind == JsonValueKind.Object && !data.EnumerateObject().Any())) return new LocationOrder(imageId, url, null, null);
        ValidationData promise = ValidationData.Read(data);
        if (!Algorithms.Contains(promise.Algorithm)) throw ApiException.Malformed($"os_hash_algo must be one of {string.Join(", ", Algorithms)}.");
        if (promise.FindFault() is { } fault) throw ApiException.Malformed(fault);
        return new LocationOrder(imageId, url, promise.Algorithm, promise.HashValue);
    }

    private static string? Text(JsonElement data, string name) => data.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string Input(LocationOrder order, JsonElement body)
    {
        using var json = new PythonJsonWriter(asciiOnly: true);
        json.BeginObject();
        json.Name("image_id");
        json.Text(order.ImageId);
        json.Name("loc_url");
        json.Text(order.Url);
        json.Name("validation_data");
        if (body.TryGetProperty("validation_data", out JsonElement data)) json.Element(data);
        else json.Null();
        json.EndObject();
        return Encoding.UTF8.GetString(json.Written.Span);
    }
}
