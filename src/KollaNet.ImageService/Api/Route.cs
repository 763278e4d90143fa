namespace KollaNet.ImageService.Api;

/// <summary>What a route does with a request body.</summary>
public enum BodyRule
{
    /// <summary>Not looked at.</summary>
    Ignored,

    /// <summary>A body is a mistake: 400.</summary>
    Refused,

    /// <summary>A JSON document is needed, at most 1 MiB.</summary>
    Json,

    /// <summary>Image data of any length, read as it comes.</summary>
    Stream,
}

/// <summary>One line of <see cref="RouteTable"/>.</summary>
/// <param name="Method">Upper case.</param>
/// <param name="Path">Segments in braces match anything and become the request's arguments, in order.</param>
/// <param name="Body">What happens to a body.</param>
/// <param name="Policy">The rule that decides who may; for images it is asked about the image, and decides between 403 and 404 too. Null: asked by the handler.</param>
/// <param name="Handler">Answers the request.</param>
public sealed record Route(string Method, string Path, BodyRule Body, string? Policy, Func<ApiRequest, Task> Handler)
{
    /// <summary>False where Glance's <c>Allow</c> leaves the method out. A path whose methods are all left out has no 405: it answers others with 404.</summary>
    public bool IsAdvertised { get; init; } = true;
}
