using System.Collections.Immutable;
using KollaNet.ImageService.Metadata.Metadefs;

namespace KollaNet.ImageService.Api.Metadefs;

/// <summary>Reads the parameters of lists of metadata definitions. Parameters nobody knows are left alone.</summary>
/// <param name="defaultLimit">Option <c>limit_param_default</c>: namespaces in a page when the request does not say. Other lists are whole then.</param>
/// <param name="maxLimit">Option <c>api_limit_max</c>.</param>
public sealed class MetadefListReader(int defaultLimit, int maxLimit)
{
    /// <exception cref="ApiException">400.</exception>
    public MetadefQuery Namespaces(IReadOnlyList<KeyValuePair<string, string>> parameters)
    {
        MetadefPage page = Sorted(parameters, MetadefPage.NamespaceSortKeys);
        return new MetadefQuery
        {
            Page = page with { Limit = page.Limit ?? Math.Min(defaultLimit, maxLimit) },
            IsPublic = Last(parameters, "visibility") switch
            {
                null or "" => null,
                "public" => true,
                "private" => false,
                var other => throw ApiException.Malformed($"Invalid visibility value: {other}"),
            },
            ResourceTypes = Last(parameters, "resource_types") is { Length: > 0 } types ? [.. types.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)] : [],
        };
    }

    /// <exception cref="ApiException">400.</exception>
    public MetadefPage Tags(IReadOnlyList<KeyValuePair<string, string>> parameters) => Sorted(parameters, MetadefPage.ItemSortKeys);

    /// <summary>Objects come in one order, oldest first.</summary>
    /// <exception cref="ApiException">400.</exception>
    public MetadefPage Objects(IReadOnlyList<KeyValuePair<string, string>> parameters)
    {
        MetadefPage page = Plain(parameters);
        if (page.Limit == 0) throw ApiException.Malformed("limit param must be positive");
        return page with { SortKey = "id", Descending = false };
    }

    private MetadefPage Sorted(IReadOnlyList<KeyValuePair<string, string>> parameters, ImmutableArray<string> keys)
    {
        string key = Last(parameters, "sort_key") ?? "created_at";
        if (!keys.Contains(key)) throw ApiException.Malformed($"Invalid sort key: {key}. It must be one of {string.Join(", ", keys)}.");
        return Plain(parameters) with { SortKey = key };
    }

    private MetadefPage Plain(IReadOnlyList<KeyValuePair<string, string>> parameters)
    {
        string direction = Last(parameters, "sort_dir") ?? "desc";
        if (direction is not ("asc" or "desc")) throw ApiException.Malformed($"Invalid sort direction: {direction}");
        return new MetadefPage { Marker = Last(parameters, "marker"), Limit = Limit(Last(parameters, "limit")), Descending = direction == "desc" };
    }

    private int? Limit(string? text)
    {
        if (text is null) return null;
        return QueryParameters.TryNumber(text, out long limit)
            ? (int)Math.Min(limit, maxLimit)
            : throw ApiException.Malformed("limit param must be a non-negative whole number");
    }

    private static string? Last(IReadOnlyList<KeyValuePair<string, string>> parameters, string name) =>
        parameters.Where(parameter => parameter.Key == name).Select(parameter => parameter.Value).LastOrDefault();
}
