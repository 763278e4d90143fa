using KollaNet.ImageService.Metadata.Metadefs;

namespace KollaNet.ImageService.Api.Metadefs;

/// <summary><c>/v2/metadefs/namespaces/{namespace}/objects</c> and <c>…/{object}</c>.</summary>
public sealed class ObjectsApi(IMetadefRepository metadefs, MetadefAccess access, MetadefBody bodies, MetadefListReader lists)
{
    /// <summary><c>GET …/objects</c></summary>
    public async Task ListAsync(ApiRequest request)
    {
        List<KeyValuePair<string, string>> parameters = QueryParameters.Parse(request.Http.Request.QueryString.Value ?? "");
        MetadefPage page = lists.Objects(parameters);
        MetadefNamespace of = await access.GetAsync(request);
        IReadOnlyList<MetadefObject> objects = await metadefs.Objects.ListAsync(of, page, request.Cancel);
        bool shows = access.Allows("get_metadef_object", of, request.Caller);

        using var json = new PythonJsonWriter();
        json.BeginObject();
        MetadefDocument.List(json, "objects", shows ? objects : [], one => MetadefDocument.Write(json, of, one));
        string path = $"{MetadefDocument.Path}/{of.Name}/objects";
        List<KeyValuePair<string, string>> kept = [.. parameters.Where(parameter => parameter.Key != "marker")];
        MetadefDocument.Text(json, "first", QueryParameters.Link(path, kept));
        if (objects.Count > 0 && objects.Count == page.Limit)
            MetadefDocument.Text(json, "next", QueryParameters.Link(path, kept.Append(new("marker", objects[^1].Name))));
        MetadefDocument.Text(json, "schema", "v2/schemas/metadefs/objects");
        json.EndObject();
        await request.JsonAsync(StatusCodes.Status200OK, json);
    }

    /// <summary><c>POST …/objects</c></summary>
    public async Task CreateAsync(ApiRequest request)
    {
        MetadefObject added = await ReadAsync(request);
        MetadefNamespace to = await access.GetAsync(request);
        await metadefs.Objects.AddAsync(to, [added], replace: false, request.Cancel);
        await SendAsync(request, StatusCodes.Status201Created, to, added);
    }

    /// <summary><c>GET …/objects/{object}</c></summary>
    public async Task ShowAsync(ApiRequest request)
    {
        MetadefNamespace of = await access.GetAsync(request);
        await SendAsync(request, StatusCodes.Status200OK, of, await metadefs.Objects.FindAsync(of, request.Arguments[1], request.Cancel) ?? throw NotFound(request));
    }

    /// <summary><c>PUT …/objects/{object}</c></summary>
    public async Task ReplaceAsync(ApiRequest request)
    {
        MetadefObject changed = await ReadAsync(request);
        MetadefNamespace of = await access.GetAsync(request);
        await SendAsync(request, StatusCodes.Status200OK, of, await metadefs.Objects.SaveAsync(of, request.Arguments[1], changed, request.Cancel));
    }

    /// <summary><c>DELETE …/objects/{object}</c></summary>
    public async Task DeleteAsync(ApiRequest request)
    {
        MetadefNamespace from = await access.GetAsync(request);
        if (!await metadefs.Objects.RemoveAsync(from, request.Arguments[1], request.Cancel)) throw NotFound(request);
        await request.EmptyAsync(StatusCodes.Status204NoContent);
    }

    /// <summary><c>DELETE …/objects</c></summary>
    public async Task ClearAsync(ApiRequest request)
    {
        await metadefs.Objects.ClearAsync(await access.GetAsync(request), request.Cancel);
        await request.EmptyAsync(StatusCodes.Status204NoContent);
    }

    private Task<MetadefObject> ReadAsync(ApiRequest request) => bodies.ReadAsync(request, "object", (reader, body) => reader.ReadObject(body));

    private static ApiException NotFound(ApiRequest request) => new(404, $"Could not find metadata object {request.Arguments[1]}");

    private static async Task SendAsync(ApiRequest request, int status, MetadefNamespace of, MetadefObject one)
    {
        using var json = new PythonJsonWriter();
        MetadefDocument.Write(json, of, one);
        await request.JsonAsync(status, json);
    }
}
