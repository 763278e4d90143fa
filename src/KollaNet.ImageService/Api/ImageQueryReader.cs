using System.Collections.Frozen;
using System.Collections.Immutable;
using KollaNet.ImageService.Metadata;

namespace KollaNet.ImageService.Api;

/// <summary>Turns the parameters of <c>GET /v2/images</c> into a query. Source: image-api reference 2.3.</summary>
public static class ImageQueryReader
{
    private static readonly FrozenSet<string> ListFilters = new[] { "name", "id", "status", "container_format", "disk_format" }.ToFrozenSet();
    private static readonly FrozenSet<string> EqualFilters = new[] { "checksum", "os_hash_value", "os_hash_algo", "owner", "size", "min_disk", "min_ram" }.ToFrozenSet();
    private static readonly string[] Visibilities = ["public", "private", "shared", "community", "all"];
    private static readonly string[] MemberStatuses = ["accepted", "pending", "rejected", "all"];
    private static readonly string[] TimeOperators = ["gt", "gte", "lt", "lte", "eq", "neq"];

    /// <param name="defaultLimit">Option <c>limit_param_default</c>.</param>
    /// <param name="maxLimit">Option <c>api_limit_max</c>.</param>
    /// <exception cref="ApiException">400.</exception>
    public static ImageQuery Read(IReadOnlyList<KeyValuePair<string, string>> parameters, int defaultLimit, int maxLimit)
    {
        var query = new ImageQuery { Limit = Math.Min(defaultLimit, maxLimit), Sort = SortReader.Read(parameters) };
        foreach ((string key, string value) in parameters) query = ReadOne(query, key, value, maxLimit);
        return query;
    }

    private static ImageQuery ReadOne(ImageQuery query, string key, string value, int maxLimit) => key switch
    {
        "limit" => query with { Limit = (int)Math.Min(Number(key, value), maxLimit) },
        "marker" => query with { Marker = value },
        "sort_key" or "sort_dir" or "sort" or "deleted" => query,
        "visibility" => query with { Visibility = OneOf(key, value, Visibilities) },
        "member_status" => query with { MemberStatus = OneOf(key, value, MemberStatuses) },
        "os_hidden" => query with { Hidden = OneOf(key, value.ToLowerInvariant(), ["true", "false"]) == "true" },
        "protected" => query with { Protected = OneOf(key, value, ["true", "false"]) == "true" },
        "tag" => value.Length <= 255 ? query with { Tags = query.Tags.Add(value) } : throw ApiException.Malformed("Tags may have at most 255 characters."),
        "size_min" => query with { SizeMin = Number(key, value) },
        "size_max" => query with { SizeMax = Number(key, value) },
        "created_at" or "updated_at" => query with { Times = query.Times.Add(Time(key, value)) },
        "changes-since" => throw ApiException.Malformed("changes-since is not supported."),
        _ when ListFilters.Contains(key) => query with { AnyOf = query.AnyOf.SetItem(key, FilterValues.Parse(key, value)) },
        "size" or "min_disk" or "min_ram" when Number(key, value) < 0 => query,
        _ when EqualFilters.Contains(key) => query with { Equal = query.Equal.SetItem(key, value) },
        _ => query with { Properties = query.Properties.SetItem(key, value) },
    };

    private static long Number(string key, string value) =>
        QueryParameters.TryNumber(value, out long number) ? number : throw ApiException.Malformed($"{key} must be a non-negative whole number.");

    private static string OneOf(string key, string value, string[] choices) =>
        choices.Contains(value) ? value : throw ApiException.Malformed($"{key} must be one of {string.Join(", ", choices)}.");

    private static TimeCondition Time(string key, string value)
    {
        // A bare time has colons too, so the operator is what stands before the first one only if it is a word.
        int colon = value.IndexOf(':');
        bool named = colon > 0 && char.IsAsciiLetter(value[0]);
        string comparison = named ? value[..colon] : "eq";
        if (!TimeOperators.Contains(comparison)) throw ApiException.Malformed($"{key}: '{comparison}' is not one of {string.Join(", ", TimeOperators)}.");
        string text = named ? value[(colon + 1)..] : value;
        return IsoTime.TryParse(text, out DateTime at)
            ? new TimeCondition(key, comparison, at)
            : throw ApiException.Malformed($"{key}: '{text}' is not an ISO 8601 time.");
    }
}
