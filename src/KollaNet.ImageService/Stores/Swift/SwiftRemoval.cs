using System.Net;

namespace KollaNet.ImageService.Stores.Swift;

/// <summary>Deletes images with everything that belongs to them, whoever wrote them and however: plain, joined by prefix (DLO) or by list (SLO).</summary>
internal static class SwiftRemoval
{
    private const int AtOnce = 4;

    /// <summary>What a dynamic large object is made of: a container and the beginning of names in it; null when it is none.</summary>
    public static (string Container, string Prefix)? ManifestOf(HttpResponseMessage answer) =>
        answer.Headers.TryGetValues("X-Object-Manifest", out IEnumerable<string>? values) && Uri.UnescapeDataString(values.First()).Split('/', 2) is [var container, { Length: > 0 } prefix]
            ? (container, prefix)
            : null;

    /// <summary>Segments first, then what joins them, so that an interrupted deletion can be repeated.</summary>
    /// <returns>False: nothing there.</returns>
    public static async Task<bool> DeleteAsync(SwiftClient client, string container, string id, CancellationToken cancel)
    {
        string path = SwiftPath.Of(container, id);
        using HttpResponseMessage found = await client.SendAsync(new SwiftRequest(HttpMethod.Head, path), cancel);
        if (found.StatusCode == HttpStatusCode.NotFound) return false;
        SwiftFailures.ThrowUnlessSuccess(found, $"delete {path}");
        if (ManifestOf(found) is { } manifest) await DeleteSegmentsAsync(client, manifest.Container, manifest.Prefix, cancel);
        bool isList = found.Headers.TryGetValues("X-Static-Large-Object", out IEnumerable<string>? values) && values.First().Equals("true", StringComparison.OrdinalIgnoreCase);
        if (!isList) return await client.DeleteAsync(path, cancel);
        using HttpResponseMessage deleted = await client.SendAsync(new SwiftRequest(HttpMethod.Delete, $"{path}?multipart-manifest=delete"), cancel);
        SwiftFailures.ThrowUnlessSuccess(deleted, $"delete {path}");
        return true;
    }

    /// <summary>A container of one image's own, with what a killed upload left in it. One that holds anything else stays, and a missing one is no error.</summary>
    public static async Task DeleteOwnContainerAsync(SwiftClient client, string container, string id, CancellationToken cancel)
    {
        await DeleteSegmentsAsync(client, container, $"{id}-", cancel);
        using HttpResponseMessage deleted = await client.SendAsync(new SwiftRequest(HttpMethod.Delete, SwiftPath.Of(container)), cancel);
        if (deleted.StatusCode is not (HttpStatusCode.NotFound or HttpStatusCode.Conflict)) SwiftFailures.ThrowUnlessSuccess(deleted, $"delete {container}");
    }

    /// <summary>Missing ones are no error.</summary>
    public static async Task DeleteSegmentsAsync(SwiftClient client, string container, string prefix, CancellationToken cancel)
    {
        List<string> names = [];
        await foreach (SwiftObject segment in client.ListAsync(container, prefix, cancel)) names.Add(segment.Name);
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel };
        await Parallel.ForEachAsync(names, options, async (name, stop) => await client.DeleteAsync(SwiftPath.Of(container, name), stop));
    }
}
