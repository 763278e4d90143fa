using System.Text.Json;
using KollaNet.ImageService.Metadata.Metadefs;

namespace KollaNet.ImageService.Api.Metadefs;

/// <summary><c>/v2/metadefs/namespaces/{namespace}/properties</c> and <c>…/{property}</c>.</summary>
public sealed class PropertiesApi(IMetadefRepository metadefs, MetadefAccess access, MetadefBody bodies)
{
    /// <summary><c>GET …/properties</c></summary>
    public async Task ListAsync(ApiRequest request)
    {
        MetadefNamespace of = await access.GetAsync(request);
        IReadOnlyList<MetadefProperty> properties = await metadefs.Properties.ListAsync(of, null, request.Cancel);
        using var json = new PythonJsonWriter();
        json.BeginObject();
        MetadefDocument.Properties(json, properties);
        json.EndObject();
        await request.JsonAsync(StatusCodes.Status200OK, json);
    }

    /// <summary><c>POST …/properties</c></summary>
    public async Task CreateAsync(ApiRequest request)
    {
        MetadefProperty property = await ReadAsync(request);
        await metadefs.Properties.AddAsync(await access.GetAsync(request), [property], replace: false, request.Cancel);
        await SendAsync(request, StatusCodes.Status201Created, property);
    }

    /// <summary><c>GET …/properties/{property}</c>; with <c>?resource_type=</c> the name must begin with that type's prefix, which is taken away.</summary>
    public async Task ShowAsync(ApiRequest request)
    {
        MetadefNamespace of = await access.GetAsync(request);
        string name = request.Arguments[1];
        string? type = request.Http.Request.Query["resource_type"];
        if (!string.IsNullOrEmpty(type)) name = await WithoutPrefixAsync(request, of, name, type);
        await SendAsync(request, StatusCodes.Status200OK, await metadefs.Properties.FindAsync(of, name, request.Cancel) ?? throw NotFound(name));
    }

    /// <summary><c>PUT …/properties/{property}</c></summary>
    public async Task ReplaceAsync(ApiRequest request)
    {
        MetadefProperty property = await ReadAsync(request);
        MetadefNamespace of = await access.GetAsync(request);
        await SendAsync(request, StatusCodes.Status200OK, await metadefs.Properties.SaveAsync(of, request.Arguments[1], property, request.Cancel));
    }

    /// <summary><c>DELETE …/properties/{property}</c></summary>
    public async Task DeleteAsync(ApiRequest request)
    {
        MetadefNamespace from = await access.GetAsync(request);
        if (!await metadefs.Properties.RemoveAsync(from, request.Arguments[1], request.Cancel)) throw NotFound(request.Arguments[1]);
        await request.EmptyAsync(StatusCodes.Status204NoContent);
    }

    /// <summary><c>DELETE …/properties</c></summary>
    public async Task ClearAsync(ApiRequest request)
    {
        await metadefs.Properties.ClearAsync(await access.GetAsync(request), request.Cancel);
        await request.EmptyAsync(StatusCodes.Status204NoContent);
    }

    private Task<MetadefProperty> ReadAsync(ApiRequest request) =>
        bodies.ReadAsync(request, "property", (reader, body) => reader.ReadProperty(MetadefReader.NameOf(body), body));

    private async Task<string> WithoutPrefixAsync(ApiRequest request, MetadefNamespace of, string name, string type)
    {
        access.Require("get_metadef_resource_type", of, request.Caller);
        MetadefAssociation? association = (await metadefs.ListAssociationsAsync([of.Id], request.Cancel))[of.Id].FirstOrDefault(one => one.Name == type);
        if (association is null) throw new ApiException(404, $"Namespace {of.Name} is not associated with resource type {type}.");
        return !string.IsNullOrEmpty(association.Prefix) && name.StartsWith(association.Prefix, StringComparison.Ordinal)
            ? name[association.Prefix.Length..]
            : throw new ApiException(404, $"Property {name} does not start with the expected resource type association prefix of '{association.Prefix}'.");
    }

    private static ApiException NotFound(string name) => new(404, $"Could not find property {name}");

    private static async Task SendAsync(ApiRequest request, int status, MetadefProperty property)
    {
        using JsonDocument definition = JsonDocument.Parse(property.Schema);
        using var json = new PythonJsonWriter();
        PropertyDocument.Write(json, definition.RootElement, property.Name);
        await request.JsonAsync(status, json);
    }
}
