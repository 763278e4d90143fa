using System.Collections.Immutable;
using KollaNet.ImageService.Metadata.Metadefs;

namespace KollaNet.ImageService.Api.Metadefs;

/// <summary><c>/v2/metadefs/namespaces</c> and <c>…/{namespace}</c>.</summary>
public sealed class NamespacesApi(IMetadefRepository metadefs, MetadefAccess access, MetadefBody bodies, MetadefListReader lists, RequestOrigin origin)
{
    /// <summary>What a document of a whole namespace shows, each by its own policy.</summary>
    private static readonly string[] ShownPolicies = ["list_metadef_resource_types", "get_metadef_objects", "get_metadef_properties", "get_metadef_tags"];

    /// <summary><c>GET /v2/metadefs/namespaces</c></summary>
    public async Task ListAsync(ApiRequest request)
    {
        access.Require(request.Route.Policy!, null, request.Caller);
        access.Require("list_metadef_resource_types", null, request.Caller);
        List<KeyValuePair<string, string>> parameters = QueryParameters.Parse(request.Http.Request.QueryString.Value ?? "");
        MetadefQuery query = lists.Namespaces(parameters);
        IReadOnlyList<MetadefNamespace> page = await metadefs.ListAsync(query, request.Caller, request.Cancel);
        ILookup<long, MetadefAssociation> associations = await metadefs.ListAssociationsAsync([.. page.Select(one => one.Id)], request.Cancel);

        using var json = new PythonJsonWriter();
        json.BeginObject();
        MetadefDocument.List(json, "namespaces", page.Where(one => access.Allows("get_metadef_namespace", one, request.Caller)),
            one => MetadefDocument.Write(json, new MetadefContents(one) { Associations = [.. associations[one.Id]] }));
        List<KeyValuePair<string, string>> kept = [.. parameters.Where(parameter => parameter.Key != "marker")];
        if (page.Count > 0 && page.Count == query.Page.Limit)
            MetadefDocument.Text(json, "next", QueryParameters.Link(MetadefDocument.Path, kept.Append(new("marker", page[^1].Name))));
        MetadefDocument.Text(json, "schema", "/v2/schemas/metadefs/namespaces");
        MetadefDocument.Text(json, "first", QueryParameters.Link(MetadefDocument.Path, kept));
        json.EndObject();
        await request.JsonAsync(StatusCodes.Status200OK, json);
    }

    /// <summary><c>POST /v2/metadefs/namespaces</c>: with everything in it, all or nothing.</summary>
    public async Task CreateAsync(ApiRequest request)
    {
        MetadefContents contents = await bodies.ReadAsync(request, "namespace", (reader, json) => reader.ReadContents(json));
        access.Require(request.Route.Policy!, null, request.Caller);
        RequireNested(request, contents.Associations, "add_metadef_resource_type_association");
        RequireNested(request, contents.Objects, "add_metadef_object");
        RequireNested(request, contents.Properties, "add_metadef_property");
        RequireNested(request, contents.Tags, "add_metadef_tag");
        MetadefNamespace added = await metadefs.AddAsync(contents, request.Cancel);
        request.Http.Response.Headers.Location = $"{origin.HostUrl(request.Http)}{origin.Prefix(request.Http)}{MetadefDocument.Path}/{Segment(added.Name)}";
        await SendAsync(request, StatusCodes.Status201Created, contents with { Namespace = added });
    }

    /// <summary><c>GET …/{namespace}</c>, with everything in it; <c>?resource_type=</c> puts that type's prefix before names of properties.</summary>
    public async Task ShowAsync(ApiRequest request)
    {
        MetadefNamespace of = await access.FindAsync(request);
        if (!access.Allows(request.Route.Policy!, of, request.Caller)) throw MetadefAccess.NotFound(of.Name);
        foreach (string policy in ShownPolicies) access.Require(policy, of, request.Caller);
        MetadefContents contents = await metadefs.ReadAsync(of, request.Cancel);
        string? type = request.Http.Request.Query["resource_type"];
        string? prefix = contents.Associations.FirstOrDefault(association => association.Name == type)?.Prefix;
        await SendAsync(request, StatusCodes.Status200OK, contents, prefix ?? "");
    }

    /// <summary><c>PUT …/{namespace}</c>: what is not sent goes back to its default; what is in the namespace stays, whatever is sent.</summary>
    public async Task ReplaceAsync(ApiRequest request)
    {
        MetadefNamespace wanted = await bodies.ReadAsync(request, "namespace", (reader, json) => reader.ReadNamespace(json));
        MetadefNamespace stored = await access.GetAsync(request);
        MetadefNamespace changed = wanted with { Id = stored.Id, CreatedAt = stored.CreatedAt };
        await metadefs.SaveAsync(changed, request.Cancel);
        await SendAsync(request, StatusCodes.Status200OK, new MetadefContents(changed));
    }

    /// <summary><c>DELETE …/{namespace}</c></summary>
    public async Task DeleteAsync(ApiRequest request)
    {
        await metadefs.DeleteAsync(await access.GetAsync(request), request.Cancel);
        await request.EmptyAsync(StatusCodes.Status204NoContent);
    }

    /// <summary>Headers are ASCII and a slash in a name is not one of the path; colons, which most names have, stay readable.</summary>
    private static string Segment(string name) => Uri.EscapeDataString(name).Replace("%3A", ":", StringComparison.Ordinal);

    private void RequireNested<T>(ApiRequest request, ImmutableArray<T> items, string policy)
    {
        if (!items.IsEmpty) access.Require(policy, null, request.Caller);
    }

    private static async Task SendAsync(ApiRequest request, int status, MetadefContents contents, string prefix = "")
    {
        using var json = new PythonJsonWriter();
        MetadefDocument.Write(json, contents, prefix);
        await request.JsonAsync(status, json);
    }
}
