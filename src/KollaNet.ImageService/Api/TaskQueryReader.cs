using KollaNet.ImageService.Imports;
using KollaNet.ImageService.Metadata;

namespace KollaNet.ImageService.Api;

/// <summary>Turns the parameters of <c>GET /v2/tasks</c> into a query. Source: image-api reference 2.13.</summary>
public static class TaskQueryReader
{
    private static readonly string[] SortKeys = ["id", "type", "status", "owner", "created_at", "updated_at"];

    /// <param name="defaultLimit">Option <c>limit_param_default</c>.</param>
    /// <param name="maxLimit">Option <c>api_limit_max</c>.</param>
    /// <exception cref="ApiException">400.</exception>
    public static TaskQuery Read(IReadOnlyList<KeyValuePair<string, string>> parameters, int defaultLimit, int maxLimit)
    {
        var query = new TaskQuery { Limit = Math.Min(defaultLimit, maxLimit), Sort = SortReader.Read(parameters, SortKeys) };
        foreach ((string key, string value) in parameters)
        {
            query = key switch
            {
                "limit" => query with { Limit = (int)Math.Min(ReadLimit(value), maxLimit) },
                "marker" => query with { Marker = Guid.TryParseExact(value, "D", out _) ? value : throw ApiException.Malformed("marker must be a UUID.") },
                "status" => query with { Status = ReadStatus(value) },
                "type" => value == "import" ? query with { Type = value } : throw ApiException.Malformed($"Invalid type value: {value}"),
                _ => query,
            };
        }

        return query;
    }

    private static long ReadLimit(string value) =>
        QueryParameters.TryNumber(value, out long limit) ? limit : throw ApiException.Malformed("limit must be a non-negative whole number.");

    private static ImageTaskStatus ReadStatus(string value) => value switch
    {
        "pending" => ImageTaskStatus.Pending,
        "processing" => ImageTaskStatus.Processing,
        "success" => ImageTaskStatus.Success,
        "failure" => ImageTaskStatus.Failure,
        _ => throw ApiException.Malformed($"Invalid status value: {value}"),
    };
}
