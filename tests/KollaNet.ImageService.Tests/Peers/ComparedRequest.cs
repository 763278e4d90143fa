namespace KollaNet.ImageService.Tests.Peers;

/// <summary>One request that two services are asked, with <c>{name}</c> for what an earlier answer was kept as.</summary>
/// <param name="Caller">One of the tokens of <see cref="Api.ApiServer"/>.</param>
/// <param name="Line">Method and path.</param>
/// <param name="Body">Null for none.</param>
internal sealed record ComparedRequest(string Caller, string Line, string? Body = null)
{
    public string ContentType { get; init; } = "application/json";

    /// <summary><c>Name: value</c>.</summary>
    public string[] Headers { get; init; } = [];

    /// <summary>Keeps the answer's <c>id</c> under this name.</summary>
    public string? Keep { get; init; }

    /// <summary>Status and media type are compared, the text of the body is not: the same meaning is enough.</summary>
    public bool AnyText { get; init; }
}
