using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Metadata.Metadefs;

namespace KollaNet.ImageService.Api.Metadefs;

/// <summary>What answers below <c>/v2/metadefs</c>.</summary>
public sealed record MetadefApis(NamespacesApi Namespaces, ResourceTypesApi ResourceTypes, PropertiesApi Properties, ObjectsApi Objects, MetadefTagsApi Tags)
{
    /// <summary>Puts them together.</summary>
    public static MetadefApis Of(GlanceOptions options, IMetadefRepository metadefs, Policies policies, SchemaDocuments schemas, RequestOrigin origin, TimeProvider time)
    {
        var access = new MetadefAccess(metadefs, policies);
        var bodies = new MetadefBody(schemas, time);
        var lists = new MetadefListReader(options.LimitParamDefault, options.ApiLimitMax);
        return new MetadefApis(
            new NamespacesApi(metadefs, access, bodies, lists, origin), new ResourceTypesApi(metadefs, access, bodies), new PropertiesApi(metadefs, access, bodies),
            new ObjectsApi(metadefs, access, bodies, lists), new MetadefTagsApi(metadefs, access, bodies, lists));
    }
}
