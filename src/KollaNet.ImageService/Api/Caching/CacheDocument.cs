using KollaNet.ImageService.Caching;

namespace KollaNet.ImageService.Api.Caching;

/// <summary>Writes what is cached and what waits to be. Source: image-api reference 2.14, Cache.</summary>
internal static class CacheDocument
{
    /// <summary><c>"cached_images": […]</c>; times are seconds since 1970.</summary>
    public static void WriteCached(PythonJsonWriter json, IReadOnlyList<CacheEntry> entries)
    {
        json.Name("cached_images");
        json.BeginArray();
        foreach (CacheEntry entry in entries)
        {
            json.BeginObject();
            json.Name("image_id");
            json.Text(entry.ImageId);
            json.Name("last_accessed");
            json.Real((entry.LastAccessed - DateTime.UnixEpoch).TotalSeconds);
            json.Name("last_modified");
            json.Real((entry.LastModified - DateTime.UnixEpoch).TotalSeconds);
            json.Name("size");
            json.Number(entry.SizeBytes);
            json.Name("hits");
            json.Number(entry.Hits);
            json.Name("checksum");
            json.Text(entry.Checksum);
            json.EndObject();
        }

        json.EndArray();
    }

    /// <summary><c>"queued_images": […]</c></summary>
    public static void WriteQueued(PythonJsonWriter json, IReadOnlyList<string> ids)
    {
        json.Name("queued_images");
        json.BeginArray();
        foreach (string id in ids) json.Text(id);
        json.EndArray();
    }
}
