namespace KollaNet.ImageService.Api;

/// <summary>A request that ends with an error status. Anything else thrown below is looked up in <see cref="ApiErrors"/>.</summary>
/// <param name="status">HTTP status.</param>
/// <param name="explanation">The first text of the body; null for the status's usual sentence.</param>
/// <param name="detail">A second text, for the statuses whose first one is fixed.</param>
public sealed class ApiException(int status, string? explanation = null, string? detail = null) : Exception(explanation ?? detail ?? $"HTTP {status}")
{
    /// <summary>HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>The first text of the body; null for the status's usual sentence.</summary>
    public string? Explanation { get; } = explanation;

    /// <summary>A second text, for the statuses whose first one is fixed.</summary>
    public string? Detail { get; } = detail;

    /// <summary>Headers that belong to this answer (<c>Accept-Patch</c>, <c>WWW-Authenticate</c>).</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>The document has the wrong shape.</summary>
    public static ApiException Malformed(string why) => new(400, why);

    /// <summary>The caller may see it but may not do that.</summary>
    public static ApiException Forbidden(string why) => new(403, why);

    /// <summary>It does not exist, or the caller may not see it.</summary>
    public static ApiException ImageNotFound(string id) => new(404, $"No image found with ID {id}");

    /// <summary>Right shape, wrong moment.</summary>
    public static ApiException Conflict(string why) => new(409, why);

    /// <summary>A quota or a size is exceeded.</summary>
    public static ApiException TooLarge(string why) => new(413, why);
}
