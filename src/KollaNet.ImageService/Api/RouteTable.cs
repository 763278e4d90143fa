using KollaNet.ImageService.Api.Caching;
using KollaNet.ImageService.Api.Metadefs;

namespace KollaNet.ImageService.Api;

/// <summary>Every route there is. A path that is not here does not exist. Source: image-api reference 1.2 and 2.</summary>
public static class RouteTable
{
    /// <summary>The routes, with what they do to a body and which policy decides.</summary>
    public static IReadOnlyList<Route> Of(ImagesApi images, ImageDataApi data, TagsApi tags, MembersApi members, StoresApi stores, SchemasApi schemas, TasksApi tasks, ImageStageApi stage, ImportApi imports, LocationsApi locations,
        StoreDataApi copies, MetadefApis metadefs, CacheApi cache, CacheManagementApi? cacheManagement) =>
    [
        new("GET", "/v2/images", BodyRule.Ignored, "get_images", images.ListAsync),
        new("POST", "/v2/images", BodyRule.Json, "add_image", images.CreateAsync),
        new("GET", "/v2/images/{id}", BodyRule.Refused, "get_image", images.ShowAsync),
        new("PATCH", "/v2/images/{id}", BodyRule.Json, "modify_image", images.PatchAsync),
        new("DELETE", "/v2/images/{id}", BodyRule.Refused, "delete_image", images.DeleteAsync),
        new("POST", "/v2/images/{id}/actions/deactivate", BodyRule.Refused, "deactivate", images.DeactivateAsync),
        new("POST", "/v2/images/{id}/actions/reactivate", BodyRule.Refused, "reactivate", images.ReactivateAsync),
        new("GET", "/v2/images/{id}/file", BodyRule.Refused, "download_image", data.DownloadAsync),
        new("PUT", "/v2/images/{id}/file", BodyRule.Stream, "upload_image", data.UploadAsync),
        new("PUT", "/v2/images/{id}/stage", BodyRule.Stream, "modify_image", stage.StageAsync),
        new("POST", "/v2/images/{id}/import", BodyRule.Json, null, imports.ImportAsync),
        new("POST", "/v2/images/{id}/locations", BodyRule.Json, "add_image_location", locations.AddAsync),
        new("GET", "/v2/images/{id}/locations", BodyRule.Ignored, "fetch_image_location", locations.ListAsync) { IsAdvertised = false },
        new("DELETE", "/v2/stores/{store}/{image}", BodyRule.Refused, "delete_image_location", copies.DeleteAsync),
        new("GET", "/v2/images/{id}/tasks", BodyRule.Refused, null, tasks.ListForImageAsync),
        new("GET", "/v2/tasks", BodyRule.Ignored, "tasks_api_access", tasks.ListAsync),
        new("POST", "/v2/tasks", BodyRule.Json, "tasks_api_access", tasks.CreateAsync),
        new("GET", "/v2/tasks/{id}", BodyRule.Ignored, "tasks_api_access", tasks.ShowAsync),
        new("PUT", "/v2/images/{id}/tags/{tag}", BodyRule.Refused, "modify_image", tags.AddAsync),
        new("DELETE", "/v2/images/{id}/tags/{tag}", BodyRule.Refused, "modify_image", tags.RemoveAsync),
        new("GET", "/v2/images/{id}/members", BodyRule.Refused, "get_members", members.ListAsync),
        new("POST", "/v2/images/{id}/members", BodyRule.Json, "add_member", members.AddAsync),
        new("GET", "/v2/images/{id}/members/{project}", BodyRule.Refused, "get_member", members.ShowAsync),
        new("PUT", "/v2/images/{id}/members/{project}", BodyRule.Json, "modify_member", members.SetStatusAsync),
        new("DELETE", "/v2/images/{id}/members/{project}", BodyRule.Refused, "delete_member", members.RemoveAsync),
        new("GET", "/v2/info/import", BodyRule.Refused, null, stores.ImportAsync),
        new("GET", "/v2/info/stores", BodyRule.Refused, null, stores.ListAsync),
        new("GET", "/v2/info/stores/detail", BodyRule.Refused, "stores_info_detail", stores.DetailAsync),
        new("GET", "/v2/info/usage", BodyRule.Refused, null, stores.UsageAsync) { IsAdvertised = false },
        new("GET", "/v2/metadefs/resource_types", BodyRule.Refused, "list_metadef_resource_types", metadefs.ResourceTypes.ListAsync),
        new("GET", "/v2/metadefs/namespaces", BodyRule.Ignored, "get_metadef_namespaces", metadefs.Namespaces.ListAsync),
        new("POST", "/v2/metadefs/namespaces", BodyRule.Json, "add_metadef_namespace", metadefs.Namespaces.CreateAsync),
        new("GET", "/v2/metadefs/namespaces/{namespace}", BodyRule.Refused, "get_metadef_namespace", metadefs.Namespaces.ShowAsync),
        new("PUT", "/v2/metadefs/namespaces/{namespace}", BodyRule.Json, "modify_metadef_namespace", metadefs.Namespaces.ReplaceAsync),
        new("DELETE", "/v2/metadefs/namespaces/{namespace}", BodyRule.Refused, "delete_metadef_namespace", metadefs.Namespaces.DeleteAsync),
        new("GET", "/v2/metadefs/namespaces/{namespace}/resource_types", BodyRule.Refused, "list_metadef_resource_types", metadefs.ResourceTypes.ListAssociationsAsync),
        new("POST", "/v2/metadefs/namespaces/{namespace}/resource_types", BodyRule.Json, "add_metadef_resource_type_association", metadefs.ResourceTypes.AssociateAsync),
        new("DELETE", "/v2/metadefs/namespaces/{namespace}/resource_types/{type}", BodyRule.Refused, "remove_metadef_resource_type_association", metadefs.ResourceTypes.RemoveAsync),
        new("GET", "/v2/metadefs/namespaces/{namespace}/properties", BodyRule.Ignored, "get_metadef_properties", metadefs.Properties.ListAsync),
        new("POST", "/v2/metadefs/namespaces/{namespace}/properties", BodyRule.Json, "add_metadef_property", metadefs.Properties.CreateAsync),
        new("DELETE", "/v2/metadefs/namespaces/{namespace}/properties", BodyRule.Ignored, "delete_metadef_namespace", metadefs.Properties.ClearAsync),
        new("GET", "/v2/metadefs/namespaces/{namespace}/properties/{property}", BodyRule.Ignored, "get_metadef_property", metadefs.Properties.ShowAsync),
        new("PUT", "/v2/metadefs/namespaces/{namespace}/properties/{property}", BodyRule.Json, "modify_metadef_property", metadefs.Properties.ReplaceAsync),
        new("DELETE", "/v2/metadefs/namespaces/{namespace}/properties/{property}", BodyRule.Ignored, "remove_metadef_property", metadefs.Properties.DeleteAsync),
        new("GET", "/v2/metadefs/namespaces/{namespace}/objects", BodyRule.Ignored, "get_metadef_objects", metadefs.Objects.ListAsync),
        new("POST", "/v2/metadefs/namespaces/{namespace}/objects", BodyRule.Json, "add_metadef_object", metadefs.Objects.CreateAsync),
        new("DELETE", "/v2/metadefs/namespaces/{namespace}/objects", BodyRule.Ignored, "delete_metadef_namespace", metadefs.Objects.ClearAsync),
        new("GET", "/v2/metadefs/namespaces/{namespace}/objects/{object}", BodyRule.Refused, "get_metadef_object", metadefs.Objects.ShowAsync),
        new("PUT", "/v2/metadefs/namespaces/{namespace}/objects/{object}", BodyRule.Json, "modify_metadef_object", metadefs.Objects.ReplaceAsync),
        new("DELETE", "/v2/metadefs/namespaces/{namespace}/objects/{object}", BodyRule.Refused, "delete_metadef_object", metadefs.Objects.DeleteAsync),
        new("GET", "/v2/metadefs/namespaces/{namespace}/tags", BodyRule.Ignored, "get_metadef_tags", metadefs.Tags.ListAsync),
        new("POST", "/v2/metadefs/namespaces/{namespace}/tags", BodyRule.Json, "add_metadef_tags", metadefs.Tags.CreateManyAsync),
        new("DELETE", "/v2/metadefs/namespaces/{namespace}/tags", BodyRule.Refused, "delete_metadef_tags", metadefs.Tags.ClearAsync),
        new("GET", "/v2/metadefs/namespaces/{namespace}/tags/{tag}", BodyRule.Refused, "get_metadef_tag", metadefs.Tags.ShowAsync),
        new("POST", "/v2/metadefs/namespaces/{namespace}/tags/{tag}", BodyRule.Refused, "add_metadef_tag", metadefs.Tags.CreateAsync),
        new("PUT", "/v2/metadefs/namespaces/{namespace}/tags/{tag}", BodyRule.Json, "modify_metadef_tag", metadefs.Tags.RenameAsync),
        new("DELETE", "/v2/metadefs/namespaces/{namespace}/tags/{tag}", BodyRule.Refused, "delete_metadef_tag", metadefs.Tags.DeleteAsync),
        new("GET", "/v2/cache", BodyRule.Refused, "cache_list", cache.ListAsync),
        new("DELETE", "/v2/cache", BodyRule.Ignored, "cache_delete", cache.ClearAsync),
        new("PUT", "/v2/cache/{id}", BodyRule.Ignored, "cache_image", cache.QueueAsync),
        new("DELETE", "/v2/cache/{id}", BodyRule.Ignored, "cache_delete", cache.DeleteAsync),
        new("GET", "/v2/cache/nodes/{id}", BodyRule.Ignored, "list_cached_nodes", cache.ListNodesAsync),
        new("POST", "/v2/cache/clean", BodyRule.Ignored, "cache_clean", cache.CleanAsync),
        new("POST", "/v2/cache/prune", BodyRule.Ignored, "cache_prune", cache.PruneAsync),
        .. cacheManagement is null ? [] : OfCacheManagement(cacheManagement),
        .. schemas.Routes,
    ];

    /// <summary>The old routes to the image cache, with flavor <c>+cachemanagement</c> only.</summary>
    private static IReadOnlyList<Route> OfCacheManagement(CacheManagementApi cache) =>
    [
        new("GET", "/v2/cached_images", BodyRule.Ignored, "manage_image_cache", cache.ListCachedAsync),
        new("DELETE", "/v2/cached_images", BodyRule.Ignored, "manage_image_cache", cache.ClearCachedAsync),
        new("DELETE", "/v2/cached_images/{id}", BodyRule.Ignored, "manage_image_cache", cache.DeleteCachedAsync),
        new("GET", "/v2/queued_images", BodyRule.Ignored, "manage_image_cache", cache.ListQueuedAsync),
        new("DELETE", "/v2/queued_images", BodyRule.Ignored, "manage_image_cache", cache.ClearQueuedAsync),
        new("PUT", "/v2/queued_images/{id}", BodyRule.Ignored, "manage_image_cache", cache.QueueAsync),
        new("DELETE", "/v2/queued_images/{id}", BodyRule.Ignored, "manage_image_cache", cache.DeleteQueuedAsync),
    ];
}
