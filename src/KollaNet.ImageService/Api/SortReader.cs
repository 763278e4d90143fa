using System.Collections.Immutable;
using KollaNet.ImageService.Metadata;

namespace KollaNet.ImageService.Api;

/// <summary>Reads <c>sort</c>, or <c>sort_key</c> with <c>sort_dir</c>, and adds the keys that make the order total. Source: image-api reference 2.3.</summary>
public static class SortReader
{
    private static readonly string[] Keys = ["name", "status", "container_format", "disk_format", "size", "id", "created_at", "updated_at"];

    /// <summary>For images.</summary>
    /// <exception cref="ApiException">400: unknown keys or directions, counts that do not fit, both ways mixed.</exception>
    public static ImmutableArray<SortKey> Read(IReadOnlyList<KeyValuePair<string, string>> parameters) => Read(parameters, Keys);

    /// <param name="known">Columns that may be sorted by.</param>
    /// <exception cref="ApiException">400: unknown keys or directions, counts that do not fit, both ways mixed.</exception>
    public static ImmutableArray<SortKey> Read(IReadOnlyList<KeyValuePair<string, string>> parameters, IReadOnlyCollection<string> known)
    {
        string[] keys = Values(parameters, "sort_key"), directions = Values(parameters, "sort_dir"), sort = Values(parameters, "sort");
        if (sort.Length > 0)
        {
            if (keys.Length + directions.Length > 0) throw ApiException.Malformed("sort cannot be used together with sort_key or sort_dir.");
            string[][] pairs = [.. sort[^1].Split(',').Select(pair => pair.Trim().Split(':', 2))];
            keys = [.. pairs.Select(pair => pair[0])];
            directions = [.. pairs.Select(pair => pair.Length == 2 ? pair[1] : "desc")];
        }

        if (keys.Length == 0) keys = ["created_at"];
        if (directions.Length > 1 && directions.Length != keys.Length) throw ApiException.Malformed("Number of sort dirs does not match the number of sort keys.");
        string rest = directions.Length == 1 ? directions[0] : "desc";
        return Complete(keys.Select((key, i) => Key(key, directions.Length > 1 ? directions[i] : rest, known)), Key("id", rest, known).Descending);
    }

    private static ImmutableArray<SortKey> Complete(IEnumerable<SortKey> asked, bool descending)
    {
        ImmutableArray<SortKey> keys = [.. asked.DistinctBy(key => key.Column)];
        foreach (string column in new[] { "created_at", "id" })
        {
            if (keys.All(key => key.Column != column)) keys = keys.Add(new SortKey(column, descending));
        }

        return keys;
    }

    private static SortKey Key(string column, string direction, IReadOnlyCollection<string> known)
    {
        if (!known.Contains(column)) throw ApiException.Malformed($"Invalid sort key: {column}. It must be one of {string.Join(", ", known)}.");
        return direction is "asc" or "desc" ? new SortKey(column, direction == "desc") : throw ApiException.Malformed($"Invalid sort direction: {direction}");
    }

    private static string[] Values(IReadOnlyList<KeyValuePair<string, string>> parameters, string name) =>
        [.. parameters.Where(parameter => parameter.Key == name).Select(parameter => parameter.Value.Trim())];
}
