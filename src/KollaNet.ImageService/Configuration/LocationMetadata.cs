using System.Collections.Immutable;
using System.Text.Json;

namespace KollaNet.ImageService.Configuration;

/// <summary>What a file store adds to the metadata of its locations, so that clients on the same file system find the file. Source: glance_store, <c>filesystem_store_metadata_file</c>.</summary>
/// <param name="Folder">Where the files are that it is for, without a slash at the end.</param>
/// <param name="Entries">With <c>id</c> and <c>mountpoint</c>.</param>
public sealed record LocationMetadata(string Folder, ImmutableSortedDictionary<string, string> Entries)
{
    /// <summary>Reads a file: a JSON object, or a list of them.</summary>
    /// <param name="name">In messages.</param>
    internal static ImmutableArray<LocationMetadata> Read(string path, string name, ICollection<string> problems)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement root = document.RootElement;
            LocationMetadata?[] all = [.. (root.ValueKind == JsonValueKind.Array ? [.. root.EnumerateArray()] : new[] { root }).Select(ReadOne)];
            if (!all.Contains(null)) return [.. all.OfType<LocationMetadata>()];
            problems.Add($"{name}: {path}: holds something else than JSON objects of texts, each with 'id' and 'mountpoint'");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            problems.Add($"{name}: {path}: {e.Message}");
        }

        return [];
    }

    /// <summary>Those of the innermost folder that a file lies in; empty when there is none.</summary>
    internal static ImmutableSortedDictionary<string, string> Of(ImmutableArray<LocationMetadata> all, string file) =>
        all.Where(one => file.StartsWith($"{one.Folder}/", StringComparison.Ordinal)).MaxBy(one => one.Folder.Length)?.Entries ?? ImmutableSortedDictionary<string, string>.Empty;

    private static LocationMetadata? ReadOne(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object || element.EnumerateObject().Any(entry => entry.Value.ValueKind != JsonValueKind.String)) return null;
        var entries = ImmutableSortedDictionary<string, string>.Empty.WithComparers(StringComparer.Ordinal).SetItems(element.EnumerateObject().Select(entry => KeyValuePair.Create(entry.Name, entry.Value.GetString()!)));
        return entries.ContainsKey("id") && entries.TryGetValue("mountpoint", out string? folder) ? new LocationMetadata(folder.TrimEnd('/'), entries) : null;
    }
}
