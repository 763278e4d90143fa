using System.Collections.Immutable;
using System.Text.Json;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Api;

/// <summary>Changes to an image's locations, as consumers that write to the backend themselves make them. Source: image-api reference 2.5, /locations.</summary>
public sealed class LocationPatcher(GlanceOptions options, ImageAccess access, StoreCatalog stores)
{
    private const int UrlLimit = 255;

    /// <summary>The image after one operation; nothing is saved, no data is touched, and no backend is asked.</summary>
    /// <param name="sizeOf">Url of a new location → bytes there.</param>
    /// <exception cref="ApiException">It cannot be done.</exception>
    /// <exception cref="ImageFormatsMissingException">It would be the first data of an image without disk_format or container_format.</exception>
    public Image Apply(Image image, PatchOperation operation, Caller caller, Func<string, long> sizeOf)
    {
        if (!options.ShowMultipleLocations) throw ApiException.Forbidden($"It's not allowed to {operation.Verb} locations if locations are invisible.");
        if (image.Status is not (ImageStatus.Queued or ImageStatus.Active)) throw ApiException.Conflict($"Locations cannot be changed while the image is {image.Status.Name()}.");
        return operation.Verb switch
        {
            "remove" => Remove(image, operation, caller),
            "add" when operation.Path.Length == 2 => Add(image, operation, caller, sizeOf),
            "add" => throw ApiException.Malformed("Locations are added one at a time, at /locations/- or /locations/<number>."),
            _ when operation.Path.Length == 1 => Replace(image, operation, caller, sizeOf),
            _ => throw ApiException.Malformed("Locations are replaced as a whole, at /locations."),
        };
    }

    /// <summary>How many bytes there are at a url that <see cref="Apply"/> wants to know of. May take as long as its store lets a backend take.</summary>
    /// <exception cref="ApiException">400: its backend has nothing there, does not say how much, or does not answer.</exception>
    public async Task<long> AskSizeAsync(string url, CancellationToken cancel)
    {
        try
        {
            return await GetStore(url).Store.SizeAsync(url, cancel);
        }
        catch (Exception e) when (e is ImageDataMissingException or StoreUnreachableException or StoreFailedException or StoreForbidsWritingException)
        {
            throw ApiException.Malformed("Invalid location");
        }
    }

    private Image Remove(Image image, PatchOperation operation, Caller caller)
    {
        access.Require("delete_image_location", image, caller);
        if (operation.Path.Length == 1) throw ApiException.Forbidden("Property locations may not be removed.");
        int last = image.Locations.Length - 1, index = operation.Path[1] == "-" && last >= 0 ? last : IndexOf(operation.Path[1], last);
        if (image.Locations.Length == 1) throw ApiException.Forbidden("The last location of an image may not be removed.");
        return image with { Locations = image.Locations.RemoveAt(index) };
    }

    private Image Add(Image image, PatchOperation operation, Caller caller, Func<string, long> sizeOf)
    {
        access.Require("set_image_location", image, caller);
        int index = operation.Path[1] == "-" ? image.Locations.Length : IndexOf(operation.Path[1], image.Locations.Length);
        ImageLocation location = Read(operation.Value);
        if (image.Locations.Any(known => known.Url == location.Url)) throw ApiException.Malformed("The location is there already.");
        Quotas.Require("locations", image.Locations.Length + 1, options.ImageLocationQuota);
        return Located(Verified(image, operation.Value), image.Locations.Insert(index, location), FindSize([location], sizeOf));
    }

    private Image Replace(Image image, PatchOperation operation, Caller caller, Func<string, long> sizeOf)
    {
        access.Require("set_image_location", image, caller);
        if (operation.Value.ValueKind != JsonValueKind.Array) throw ApiException.Malformed("locations must be an array.");
        ImmutableArray<ImageLocation> wanted = [.. operation.Value.EnumerateArray().Select(Read)];
        if (wanted.Length == 0) throw ApiException.Forbidden("The locations of an image may not be emptied.");
        if (wanted.DistinctBy(location => location.Url).Count() < wanted.Length) throw ApiException.Malformed("A location is there twice.");
        if (image.Locations.Length > 0)
        {
            if (!wanted.Select(location => location.Url).Order().SequenceEqual(image.Locations.Select(location => location.Url).Order()))
                throw ApiException.Malformed("Locations can be replaced by other metadata of the same urls only.");
            Image verified = operation.Value.EnumerateArray().Aggregate(image, Verified);
            return verified with { Locations = [.. wanted.Select(location => location with { RowId = image.Locations.First(known => known.Url == location.Url).RowId })] };
        }

        Quotas.Require("locations", wanted.Length, options.ImageLocationQuota);
        return Located(operation.Value.EnumerateArray().Aggregate(image, Verified), wanted, FindSize(wanted, sizeOf));
    }

    /// <summary>Each is looked at, also when the image has a size already: a location where nothing is would be of no use.</summary>
    private long FindSize(ImmutableArray<ImageLocation> added, Func<string, long> sizeOf)
    {
        long sizeBytes = 0;
        foreach (ImageLocation location in added)
        {
            GetStore(location.Url);
            sizeBytes = sizeOf(location.Url);
        }

        return sizeBytes;
    }

    private static Image Located(Image image, ImmutableArray<ImageLocation> locations, long sizeBytes)
    {
        if (image.Status == ImageStatus.Queued) ImageFormatsMissingException.ThrowIfMissing(image);
        return image with { Locations = locations, Status = ImageStatus.Active, SizeBytes = image.SizeBytes ?? sizeBytes };
    }

    /// <summary>Checks the digests a client vouches for: they become a queued image's own, once, and must equal any other image's.</summary>
    private Image Verified(Image image, JsonElement location)
    {
        if (!location.TryGetProperty("validation_data", out JsonElement data)) return image;
        ValidationData promise = ValidationData.ReadWithChecksum(data);
        if (image.Status != ImageStatus.Queued || image.HashValue is not null) return promise.IsOf(image) ? image : throw ApiException.Conflict("validation_data differs from what the image has.");
        if (promise.Algorithm != options.HashingAlgorithm) throw ApiException.Malformed($"os_hash_algo must be {options.HashingAlgorithm}.");
        if (promise.FindFault() is { } fault) throw ApiException.Conflict(fault);
        return image with { HashAlgorithm = promise.Algorithm, HashValue = promise.HashValue, Checksum = promise.Checksum };
    }

    private static string? Text(JsonElement data, string name) =>
        data.ValueKind == JsonValueKind.Object && data.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static ImageLocation Read(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object || Text(value, "url") is not { } url || !value.TryGetProperty("metadata", out JsonElement metadata) || metadata.ValueKind != JsonValueKind.Object)
            throw ApiException.Malformed("A location is an object with url and metadata.");
        if (url.Length > UrlLimit) throw ApiException.Malformed($"A location's url may have at most {UrlLimit} characters.");
        if (metadata.EnumerateObject().Any(entry => entry.Value.ValueKind != JsonValueKind.String)) throw ApiException.Malformed("A location's metadata values must be strings.");
        return new ImageLocation(0, url, ImmutableSortedDictionary<string, string>.Empty.SetItems(metadata.EnumerateObject().Select(entry => KeyValuePair.Create(entry.Name, entry.Value.GetString()!))));
    }

    private static int IndexOf(string text, int last) =>
        int.TryParse(text, out int index) && index >= 0 && index <= last ? index : throw ApiException.Malformed($"There is no place {text} in the image's locations.");

    /// <summary>Files of this host and credentials of its configuration are nobody's to name.</summary>
    private ConfiguredStore GetStore(string url) =>
        (url.Split(':')[0].ToLowerInvariant() is "file" or "filesystem" or "swift+config" ? null : stores.All.FirstOrDefault(store => store.Store.Owns(url))) ?? throw ApiException.Malformed("Invalid location");
}
