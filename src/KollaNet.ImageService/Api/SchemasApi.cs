namespace KollaNet.ImageService.Api;

/// <summary><c>/v2/schemas/…</c></summary>
public sealed class SchemasApi(SchemaDocuments schemas)
{
    /// <summary>One route for each document.</summary>
    public IEnumerable<Route> Routes => schemas.Paths.Select(path => new Route("GET", $"/v2/schemas/{path}", BodyRule.Refused, null, request => SendAsync(request, path)));

    private async Task SendAsync(ApiRequest request, string path)
    {
        ReadOnlyMemory<byte> document = schemas.Get(path);
        request.Http.Response.ContentType = "application/json";
        request.Http.Response.ContentLength = document.Length;
        await request.Http.Response.BodyWriter.WriteAsync(document, request.Cancel);
    }
}
