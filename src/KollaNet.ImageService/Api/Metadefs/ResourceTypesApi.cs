using KollaNet.ImageService.Metadata.Metadefs;

namespace KollaNet.ImageService.Api.Metadefs;

/// <summary><c>/v2/metadefs/resource_types</c> and <c>/v2/metadefs/namespaces/{namespace}/resource_types</c>.</summary>
public sealed class ResourceTypesApi(IMetadefRepository metadefs, MetadefAccess access, MetadefBody bodies)
{
    /// <summary><c>GET /v2/metadefs/resource_types</c></summary>
    public async Task ListAsync(ApiRequest request)
    {
        access.Require(request.Route.Policy!, null, request.Caller);
        IReadOnlyList<MetadefResourceType> types = await metadefs.ListResourceTypesAsync(request.Cancel);
        using var json = new PythonJsonWriter();
        json.BeginObject();
        MetadefDocument.List(json, "resource_types", types, type => MetadefDocument.Write(json, type));
        json.EndObject();
        await request.JsonAsync(StatusCodes.Status200OK, json);
    }

    /// <summary><c>GET …/resource_types</c></summary>
    public async Task ListAssociationsAsync(ApiRequest request)
    {
        MetadefNamespace of = await access.GetAsync(request);
        bool shows = access.Allows("get_metadef_resource_type", of, request.Caller);
        IEnumerable<MetadefAssociation> associations = shows ? (await metadefs.ListAssociationsAsync([of.Id], request.Cancel))[of.Id] : [];
        using var json = new PythonJsonWriter();
        json.BeginObject();
        MetadefDocument.List(json, "resource_type_associations", associations, one => MetadefDocument.Write(json, one));
        json.EndObject();
        await request.JsonAsync(StatusCodes.Status200OK, json);
    }

    /// <summary><c>POST …/resource_types</c></summary>
    public async Task AssociateAsync(ApiRequest request)
    {
        MetadefAssociation association = await bodies.ReadAsync(request, "resource_type", (reader, body) => reader.ReadAssociation(body));
        await metadefs.AddAssociationAsync(await access.GetAsync(request), association, request.Cancel);
        using var json = new PythonJsonWriter();
        MetadefDocument.Write(json, association);
        await request.JsonAsync(StatusCodes.Status201Created, json);
    }

    /// <summary><c>DELETE …/resource_types/{name}</c></summary>
    public async Task RemoveAsync(ApiRequest request)
    {
        MetadefNamespace from = await access.GetAsync(request);
        string name = request.Arguments[1];
        if (!await metadefs.RemoveAssociationAsync(from, name, request.Cancel)) throw new ApiException(404, $"Failed to find resource type {name} to delete");
        await request.EmptyAsync(StatusCodes.Status204NoContent);
    }
}
