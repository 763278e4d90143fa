using KollaNet.ImageService.Metadata.Metadefs;

namespace KollaNet.ImageService.Api.Metadefs;

/// <summary><c>/v2/metadefs/namespaces/{namespace}/tags</c> and <c>…/{tag}</c>.</summary>
public sealed class MetadefTagsApi(IMetadefRepository metadefs, MetadefAccess access, MetadefBody bodies, MetadefListReader lists)
{
    /// <summary>What oslo takes for yes, in lower case.</summary>
    private static readonly string[] Yes = ["1", "t", "true", "on", "y", "yes"];

    /// <summary><c>GET …/tags</c></summary>
    public async Task ListAsync(ApiRequest request)
    {
        MetadefPage page = lists.Tags(QueryParameters.Parse(request.Http.Request.QueryString.Value ?? ""));
        MetadefNamespace of = await access.GetAsync(request);
        await SendAsync(request, StatusCodes.Status200OK, await metadefs.Tags.ListAsync(of, page, request.Cancel));
    }

    /// <summary><c>POST …/tags</c>: replaces all, unless <c>X-Openstack-Append</c> says to add.</summary>
    public async Task CreateManyAsync(ApiRequest request)
    {
        IReadOnlyList<MetadefTag> tags = await bodies.ReadTagsAsync(request);
        bool appends = Yes.Contains(request.Header("X-Openstack-Append")?.Trim().ToLowerInvariant());
        await metadefs.Tags.AddAsync(await access.GetAsync(request), tags, replace: !appends, request.Cancel);
        await SendAsync(request, StatusCodes.Status201Created, tags);
    }

    /// <summary><c>DELETE …/tags</c></summary>
    public async Task ClearAsync(ApiRequest request)
    {
        await metadefs.Tags.ClearAsync(await access.GetAsync(request), request.Cancel);
        await request.EmptyAsync(StatusCodes.Status204NoContent);
    }

    /// <summary><c>POST …/tags/{tag}</c></summary>
    public async Task CreateAsync(ApiRequest request)
    {
        MetadefNamespace to = await access.FindAsync(request);
        MetadefTag tag = bodies.Tag(request.Caller, request.Arguments[1]);
        access.Require(request.Route.Policy!, to, request.Caller);
        await metadefs.Tags.AddAsync(to, [tag], replace: false, request.Cancel);
        await SendAsync(request, StatusCodes.Status201Created, tag);
    }

    /// <summary><c>GET …/tags/{tag}</c></summary>
    public async Task ShowAsync(ApiRequest request)
    {
        MetadefNamespace of = await access.GetAsync(request);
        await SendAsync(request, StatusCodes.Status200OK, await metadefs.Tags.FindAsync(of, request.Arguments[1], request.Cancel) ?? throw NotFound(request));
    }

    /// <summary><c>PUT …/tags/{tag}</c>: gives it another name.</summary>
    public async Task RenameAsync(ApiRequest request)
    {
        MetadefTag changed = await bodies.ReadAsync(request, "tag", (reader, body) => reader.MakeTag(MetadefReader.NameOf(body)));
        MetadefNamespace of = await access.GetAsync(request);
        await SendAsync(request, StatusCodes.Status200OK, await metadefs.Tags.SaveAsync(of, request.Arguments[1], changed, request.Cancel));
    }

    /// <summary><c>DELETE …/tags/{tag}</c></summary>
    public async Task DeleteAsync(ApiRequest request)
    {
        MetadefNamespace from = await access.GetAsync(request);
        if (!await metadefs.Tags.RemoveAsync(from, request.Arguments[1], request.Cancel)) throw NotFound(request);
        await request.EmptyAsync(StatusCodes.Status204NoContent);
    }

    private static ApiException NotFound(ApiRequest request) => new(404, $"Could not find metadata tag {request.Arguments[1]}");

    private static async Task SendAsync(ApiRequest request, int status, MetadefTag tag)
    {
        using var json = new PythonJsonWriter();
        MetadefDocument.Write(json, tag);
        await request.JsonAsync(status, json);
    }

    private static async Task SendAsync(ApiRequest request, int status, IEnumerable<MetadefTag> tags)
    {
        using var json = new PythonJsonWriter();
        json.BeginObject();
        MetadefDocument.List(json, "tags", tags, tag => MetadefDocument.WriteName(json, tag));
        json.EndObject();
        await request.JsonAsync(status, json);
    }
}
